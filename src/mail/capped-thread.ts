/** A thread for work that foreign bytes decide the cost of: started when needed, lost when they break it. */

import { Worker } from 'node:worker_threads';

/** What one piece of work may cost. */
export interface ThreadLimits {
  milliseconds: number;
  /** Of the JavaScript heap; the bytes that are handed over are not in it. */
  heapMegabytes: number;
  /** Of bytes outside of the heap, to which Node itself sets no limit. */
  bytesMegabytes: number;
  /** How long a thread without work is kept. */
  idleMilliseconds: number;
}

/** Often enough that no decompression fills the memory of a machine between two looks. */
const lookMilliseconds = 50;

/** The memory of `raw` alone, so that handing it over copies nothing and takes nothing else along. */
export function ownMemory(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength, byteOffset } = raw;
  const alone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return alone ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(raw);
}

/** One thread, one request at a time; the next ones wait in line. */
export class CappedThread<Request, Answer> {
  readonly #script: URL;
  readonly #limits: ThreadLimits;
  readonly #failure: (reason: string, options?: ErrorOptions) => Error;
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #line: Promise<unknown> = Promise.resolve();

  /**
   * @param script what runs in the thread: it answers each message with one message.
   * @param failure makes the error for work that ended otherwise; its reason says why, to be put
   *   after "because".
   */
  constructor(
    script: URL,
    limits: ThreadLimits,
    failure: (reason: string, options?: ErrorOptions) => Error,
  ) {
    this.#script = script;
    this.#limits = limits;
    this.#failure = failure;
  }

  /**
   * Has something done in the thread.
   *
   * @param memory of bytes in the request that changes hands instead of being copied.
   * @throws what `failure` makes, when the limits are exceeded. The thread is then another one, and
   *   the next request is none the worse.
   */
  async ask(request: Request, memory: readonly ArrayBuffer[]): Promise<Answer> {
    const asked = this.#line.then(() => this.#askNow(request, memory));
    // The line goes on whatever becomes of this request; its caller hears of it.
    this.#line = asked.catch(() => undefined);
    return await asked;
  }

  /** Ends the thread, if there is one. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#script, {
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

  async #askNow(request: Request, memory: readonly ArrayBuffer[]): Promise<Answer> {
    clearTimeout(this.#idle);
    const worker = this.#worker ?? this.#start();
    worker.ref();
    try {
      const answer = await this.#exchange(worker, request, memory);
      // A thread without work does not keep the process from ending.
      worker.unref();
      this.#idle = setTimeout(() => void this.close(), this.#limits.idleMilliseconds).unref();
      return answer;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #exchange(worker: Worker, request: Request, memory: readonly ArrayBuffer[]): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { milliseconds, heapMegabytes, bytesMegabytes } = this.#limits;
    const look = setInterval(() => {
      // A thread that has just ended has no figures; its end is heard of elsewhere.
      void worker.getHeapStatistics().then(
        ({ external_memory: bytes }) => {
          if (bytes > bytesMegabytes * 1_000_000)
            reject(this.#failure(`reading it takes more than ${bytesMegabytes} MB`));
        },
        () => undefined,
      );
    }, lookMilliseconds);
    const late = setTimeout(
      () => reject(this.#failure(`reading it takes longer than ${milliseconds / 1000} s`)),
      milliseconds,
    );
    const failed = (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? this.#failure(`reading it takes more than ${heapMegabytes} MB`, { cause: error })
          : this.#failure('the thread that read it broke', { cause: error }),
      );
    const ended = () => reject(this.#failure('the thread that read it ended'));
    worker.once('message', resolve).once('error', failed).once('exit', ended);
    worker.postMessage(request, memory);
    return promise.finally(() => {
      clearTimeout(late);
      clearInterval(look);
      worker.off('message', resolve).off('error', failed).off('exit', ended);
    });
  }
}
