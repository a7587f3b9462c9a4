/** A source that is a CSV or JSON file: a small one is read here, a large one by a thread that holds it. */

import { stat } from 'node:fs/promises';
import { ReplywrightError } from '../../domain/errors.ts';
import { type FileAnswer, RecordFile } from './record-file.ts';
import { RecordThread } from './record-thread.ts';
import type { FilePlace, Source, SourceSettings } from './source.ts';

/** Read and parsed within some milliseconds; a thread of its own costs 30 MB. */
const smallBytes = 256_000;

/** A source with how many records it has, for whoever examines it. */
export interface FileSource extends Source {
  count(signal: AbortSignal): Promise<number>;
}

/** What comes of `work`, or the reason for which nobody waits any longer. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  return await Promise.race([work, promise]).finally(() =>
    signal.removeEventListener('abort', abort),
  );
}

export function fileSource(settings: SourceSettings & { place: FilePlace }): FileSource {
  const { name, kind, place } = settings;
  const small = new RecordFile(place.path, settings);
  const large = new RecordThread(settings);

  async function lookNow(key: string): Promise<FileAnswer> {
    // What cannot be looked at is told in words by who reads it.
    const { size } = await stat(place.path).catch(() => ({ size: 0 }));
    return await (size > smallBytes ? large : small).look(key);
  }

  async function look(key: string, signal: AbortSignal) {
    const answer = await unlessAborted(lookNow(key), signal);
    if ('count' in answer) return answer;
    throw new ReplywrightError('order_source_failed', { source: name, detail: answer.trouble });
  }

  return {
    name,
    kind,
    look: async ({ key }, signal) => (await look(key, signal)).record,
    count: async (signal) => (await look('', signal)).count,
    close: () => large.close(),
  };
}
