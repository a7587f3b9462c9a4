/** A thread for one large file: started when it is first asked, and again after it broke. */

import { Worker } from 'node:worker_threads';
import type { ThreadAnswer, ThreadQuestion } from './file-worker.ts';
import type { FileAnswer } from './record-file.ts';
import type { SourceSettings } from './source.ts';

/** Enough for a file of 50 MB in the clumsiest form. */
const heapMegabytes = 512;

export class RecordThread {
  readonly #settings: SourceSettings;
  #worker: Worker | null = null;
  #asked = 0;
  readonly #waiting = new Map<number, (answer: FileAnswer) => void>();

  constructor(settings: SourceSettings) {
    this.#settings = settings;
  }

  async look(key: string): Promise<FileAnswer> {
    const worker = this.#worker ?? this.#start();
    const id = ++this.#asked;
    const { promise, resolve } = Promise.withResolvers<FileAnswer>();
    this.#waiting.set(id, resolve);
    worker.ref();
    worker.postMessage({ id, key } satisfies ThreadQuestion);
    const answer = await promise;
    this.#waiting.delete(id);
    // A thread that nobody waits for does not keep the program from ending.
    if (this.#waiting.size === 0) this.#worker?.unref();
    return answer;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#forget(worker, 'it was closed');
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./file-worker.ts', import.meta.url), {
      workerData: this.#settings,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    worker
      .on('message', ({ id, answer }: ThreadAnswer) => this.#waiting.get(id)?.(answer))
      .on('error', () => this.#forget(worker, 'reading it takes too much memory'))
      .on('exit', () => this.#forget(worker, 'the thread that reads it ended'));
    this.#worker = worker;
    return worker;
  }

  #forget(worker: Worker | null, trouble: string): void {
    if (worker === null || this.#worker !== worker) return;
    this.#worker = null;
    for (const resolve of this.#waiting.values()) resolve({ trouble });
  }
}
