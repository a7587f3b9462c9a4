/** The worker thread that holds the records of one large file: a look costs the event loop nothing. */

import { parentPort, workerData } from 'node:worker_threads';
import { type FileAnswer, RecordFile } from './record-file.ts';
import type { SourceSettings } from './source.ts';

export interface ThreadQuestion {
  id: number;
  key: string;
}

export interface ThreadAnswer {
  id: number;
  answer: FileAnswer;
}

const settings = workerData as SourceSettings;
if (settings.place.kind === 'file') {
  const file = new RecordFile(settings.place.path, settings);
  parentPort?.on('message', async ({ id, key }: ThreadQuestion) => {
    parentPort?.postMessage({ id, answer: await file.look(key) } satisfies ThreadAnswer);
  });
}
