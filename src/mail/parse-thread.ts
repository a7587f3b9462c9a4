/** The thread for large mail: see `capped-thread.ts`. */

import type { ParsedMail } from '../domain/message.ts';
import { CappedThread, ownMemory, type ThreadLimits } from './capped-thread.ts';
import type { ThreadAnswer, ThreadRequest } from './parse-worker.ts';
import { type AttachmentContent, UnreadableMail } from './read-mail.ts';

/**
 * A mail of 40 MB needs 10 s and less than half of the heap. Starting a thread takes 0.2 s, keeping
 * it 30 MB.
 */
const defaultLimits: ThreadLimits = {
  milliseconds: 30_000,
  heapMegabytes: 256,
  bytesMegabytes: 400,
  idleMilliseconds: 20_000,
};

/** One thread, one request at a time; the next ones wait in line. */
export class ParseThread {
  readonly #thread: CappedThread<ThreadRequest, ThreadAnswer>;

  constructor(limits: Partial<ThreadLimits> = {}) {
    this.#thread = new CappedThread(
      new URL('./parse-worker.ts', import.meta.url),
      { ...defaultLimits, ...limits },
      (reason, options) => new UnreadableMail(reason, options),
    );
  }

  /**
   * Has a mail read in the thread.
   *
   * @param raw is handed over: its memory is gone for the caller, unless it was part of a larger one.
   * @throws UnreadableMail: it cannot be read, or not within the limits. The thread is then another
   *   one, and the next mail is none the worse.
   */
  async mail(raw: Buffer): Promise<ParsedMail> {
    const own = ownMemory(raw);
    return (await this.#ask({ task: 'mail', raw: own }, [own.buffer])) as ParsedMail;
  }

  /** Has the contents of some attachments read in the thread; otherwise as `mail`. */
  async attachments(
    raw: Buffer,
    indexes: readonly number[],
    mostBytes: number,
  ): Promise<AttachmentContent[]> {
    const own = ownMemory(raw);
    const request = { task: 'attachments', raw: own, indexes, mostBytes } as const;
    return (await this.#ask(request, [own.buffer])) as AttachmentContent[];
  }

  async #ask(request: ThreadRequest, memory: ArrayBuffer[]): Promise<unknown> {
    const answer = await this.#thread.ask(request, memory);
    if ('unreadable' in answer) throw new UnreadableMail(answer.unreadable);
    return answer.found;
  }

  /** Ends the thread, if there is one. */
  async close(): Promise<void> {
    await this.#thread.close();
  }
}
