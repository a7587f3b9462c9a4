/** The text of a PDF's first pages, read in a thread that a hostile PDF can end and nothing more. */

import { CappedThread, ownMemory, type ThreadLimits } from './capped-thread.ts';
import type { PdfAnswer, PdfRequest } from './pdf-worker.ts';
import { wellFormed } from './text-hygiene.ts';

/** A catalogue of 10 MB needs 2 s. A thread costs 60 MB, so that it goes as soon as it idles. */
const defaultLimits: ThreadLimits = {
  milliseconds: 10_000,
  heapMegabytes: 192,
  bytesMegabytes: 150,
  idleMilliseconds: 5_000,
};

class UnreadablePdf extends Error {
  override name = 'UnreadablePdf';
}

/** What a person is shown of a PDF. */
export type PdfText =
  /** `pages` of them in all; `texts` of the first few, empty for a page that is a picture. */
  { pages: number; texts: string[] } | { unreadable: string };

const reasons = {
  locked: 'It is locked with a password.',
  broken: 'It is broken, or not a PDF at all.',
} as const;

/** One thread, one PDF at a time. */
export class PdfReader {
  readonly #thread: CappedThread<PdfRequest, PdfAnswer>;

  constructor(limits: Partial<ThreadLimits> = {}) {
    this.#thread = new CappedThread(
      new URL('./pdf-worker.ts', import.meta.url),
      { ...defaultLimits, ...limits },
      (reason, options) => new UnreadablePdf(reason, options),
    );
  }

  /**
   * Reads a PDF.
   *
   * @param raw is handed over: its memory is gone for the caller, unless it was part of a larger one.
   * @returns its text, or a sentence why there is none. A PDF never makes it throw.
   */
  async read(raw: Uint8Array): Promise<PdfText> {
    try {
      const own = ownMemory(raw);
      const answer = await this.#thread.ask({ raw: own }, [own.buffer]);
      if ('unreadable' in answer) return { unreadable: reasons[answer.unreadable] };
      return { ...answer, texts: answer.texts.map((text) => wellFormed(text, text.length)) };
    } catch (error) {
      if (!(error instanceof UnreadablePdf)) throw error;
      return { unreadable: `It cannot be read: ${error.message}.` };
    }
  }

  /** Ends the thread, if there is one. */
  async close(): Promise<void> {
    await this.#thread.close();
  }
}

/** One for the whole process: two PDFs at a time would need twice the memory. */
const reader = new PdfReader();

/** The text of a PDF's first pages, as `PdfReader.read` reads it. */
export async function pdfText(raw: Uint8Array): Promise<PdfText> {
  return await reader.read(raw);
}
