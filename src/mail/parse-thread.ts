/** The thread for large mail, and for many mails at once: started when one comes, ended when it idles, lost when a mail breaks it. */

import { Worker } from 'node:worker_threads';
import type { ParsedMail } from '../domain/message.ts';
import type { MailRead, ThreadAnswer, ThreadRequest } from './parse-worker.ts';
import { type AttachmentContent, UnreadableMail } from './read-mail.ts';

/** What one mail may cost. A mail of 40 MB needs 10 s and less than half of the heap. */
export interface ThreadLimits {
  milliseconds: number;
  /** Of the JavaScript heap; the bytes of the mail and its parts are not in it. */
  heapMegabytes: number;
  /** How long a thread without work is kept: starting one takes 0.2 s, keeping it 30 MB. */
  idleMilliseconds: number;
}

const defaultLimits: ThreadLimits = {
  milliseconds: 30_000,
  heapMegabytes: 256,
  idleMilliseconds: 20_000,
};

/** The memory of `raw` alone, so that handing it over copies nothing and takes nothing else along. */
function ownMemory(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength, byteOffset } = raw;
  const alone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return alone ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(raw);
}

/** Sends a request, and the memory of its mails with it. */
function post(worker: Worker, request: ThreadRequest): void {
  if (request.task === 'mails') {
    const memory = request.raws.map(({ buffer }) => buffer as ArrayBuffer);
    worker.postMessage(request, memory);
    return;
  }
  const raw = ownMemory(request.raw);
  worker.postMessage({ ...request, raw }, [raw.buffer]);
}

/** One thread, one request at a time; the next ones wait in line. */
export class ParseThread {
  readonly #limits: ThreadLimits;
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #line: Promise<unknown> = Promise.resolve();

  constructor(limits: Partial<ThreadLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /**
   * Has a mail read in the thread.
   *
   * @param raw is handed over: its memory is gone for the caller, unless it was part of a larger one.
   * @throws UnreadableMail: it cannot be read, or not within the limits. The thread is then another
   *   one, and the next mail is none the worse.
   */
  async mail(raw: Buffer): Promise<ParsedMail> {
    return (await this.#ask({ task: 'mail', raw })) as ParsedMail;
  }

  /**
   * Has small mails read in the thread, one after the other, within the limits of one; their bytes
   * stay the caller's.
   *
   * @throws UnreadableMail when one of them breaks the thread; the mails can still be read alone.
   */
  async mails(raws: readonly Buffer[]): Promise<MailRead[]> {
    const copies = raws.map((raw) => new Uint8Array(raw));
    return (await this.#ask({ task: 'mails', raws: copies })) as MailRead[];
  }

  /** Has the contents of some attachments read in the thread; otherwise as `mail`. */
  async attachments(raw: Buffer, indexes: readonly number[]): Promise<AttachmentContent[]> {
    const request: ThreadRequest = { task: 'attachments', raw, indexes: [...indexes] };
    return (await this.#ask(request)) as AttachmentContent[];
  }

  async #ask(request: ThreadRequest): Promise<unknown> {
    const asked = this.#line.then(() => this.#askNow(request));
    // The line goes on whatever becomes of this mail; its caller hears of it.
    this.#line = asked.catch(() => undefined);
    const answer = await asked;
    if ('unreadable' in answer) throw new UnreadableMail(answer.unreadable);
    return answer.found;
  }

  /** Ends the thread, if there is one. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./parse-worker.ts', import.meta.url), {
      name: 'parse',
      resourceLimits: {
        maxOldGenerationSizeMb: this.#limits.heapMegabytes,
        maxYoungGenerationSizeMb: 16,
      },
    });
    // Who waits for an answer listens, too; with no listener at all it would end the process.
    worker.on('error', () => this.#forget(worker)).on('exit', () => this.#forget(worker));
    this.#worker = worker;
    return worker;
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = null;
  }

  async #askNow(request: ThreadRequest): Promise<ThreadAnswer> {
    clearTimeout(this.#idle);
    const worker = this.#worker ?? this.#start();
    worker.ref();
    try {
      const answer = await this.#exchange(worker, request);
      // A thread without work does not keep the process from ending.
      worker.unref();
      this.#idle = setTimeout(() => void this.close(), this.#limits.idleMilliseconds).unref();
      return answer;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #exchange(worker: Worker, request: ThreadRequest): Promise<ThreadAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<ThreadAnswer>();
    const { milliseconds } = this.#limits;
    const late = setTimeout(
      () => reject(new UnreadableMail(`reading it takes longer than ${milliseconds / 1000} s`)),
      milliseconds,
    );
    const failed = (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? new UnreadableMail(`reading it takes more than ${this.#limits.heapMegabytes} MB`, {
              cause: error,
            })
          : new UnreadableMail('the thread that read it broke', { cause: error }),
      );
    const ended = () => reject(new UnreadableMail('the thread that read it ended'));
    worker.once('message', resolve).once('error', failed).once('exit', ended);
    post(worker, request);
    return promise.finally(() => {
      clearTimeout(late);
      worker.off('message', resolve).off('error', failed).off('exit', ended);
    });
  }
}
