/** A source that is a CSV or JSON file: a worker thread reads it, holds its records and looks them up. */

import { Worker } from 'node:worker_threads';
import { ReplywrightError } from '../../domain/errors.ts';
import type { FileAnswer, FileQuestion } from './file-worker.ts';
import type { Source, SourceSettings } from './source.ts';

/** Enough for a file of 50 MB in the clumsiest form. */
const heapMegabytes = 512;

/** A source with how many records it has, for whoever examines it. */
export interface FileSource extends Source {
  count(signal: AbortSignal): Promise<number>;
}

type Known = Extract<FileAnswer, { count: number }>;

/** The thread of one file: started when it is first asked, and again after it broke. */
class RecordThread {
  readonly #settings: SourceSettings;
  #worker: Worker | null = null;
  #asked = 0;
  readonly #waiting = new Map<number, PromiseWithResolvers<FileAnswer>>();

  constructor(settings: SourceSettings) {
    this.#settings = settings;
  }

  async ask(key: string, signal: AbortSignal): Promise<Known> {
    signal.throwIfAborted();
    const worker = this.#worker ?? this.#start();
    const id = ++this.#asked;
    const answer = Promise.withResolvers<FileAnswer>();
    const giveUp = () => answer.reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.set(id, answer);
    worker.ref();
    worker.postMessage({ id, key } satisfies FileQuestion);
    try {
      const found = await answer.promise;
      if ('count' in found) return found;
      throw this.#failure(found.trouble);
    } finally {
      signal.removeEventListener('abort', giveUp);
      this.#waiting.delete(id);
      // A thread that nobody waits for does not keep the program from ending.
      if (this.#waiting.size === 0) this.#worker?.unref();
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#forget(worker, 'it was closed');
    await worker?.terminate();
  }

  #failure(detail: string): ReplywrightError {
    return new ReplywrightError('order_source_failed', { source: this.#settings.name, detail });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./file-worker.ts', import.meta.url), {
      // The headers of other sources are no business of this thread: it gets its own settings only.
      workerData: this.#settings,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    worker
      .on('message', (answer: FileAnswer) => this.#waiting.get(answer.id)?.resolve(answer))
      .on('error', () => this.#forget(worker, 'reading it takes too much memory'))
      .on('exit', () => this.#forget(worker, 'the thread that reads it ended'));
    this.#worker = worker;
    return worker;
  }

  #forget(worker: Worker | null, detail: string): void {
    if (worker === null || this.#worker !== worker) return;
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) reject(this.#failure(detail));
  }
}

export function fileSource(settings: SourceSettings): FileSource {
  const { name, kind } = settings;
  const thread = new RecordThread(settings);
  return {
    name,
    kind,
    look: async ({ key }, signal) => (await thread.ask(key, signal)).record,
    count: async (signal) => (await thread.ask('', signal)).count,
    close: () => thread.close(),
  };
}
