/**
 * The worker thread that holds the records of one file: reads it, reads it again when it changes,
 * and looks up keys. A large file costs the event loop of the program nothing.
 */

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { fileTrouble } from '../../domain/file-trouble.ts';
import { CsvReader } from './csv.ts';
import {
  type FoundRecord,
  foldedKey,
  type RecordMap,
  readRecord,
  recordMap,
  textAt,
} from './record.ts';
import type { SourceSettings } from './source.ts';

export interface FileQuestion {
  id: number;
  key: string;
}

/** The record under the key and how many there are, or why nobody knows, as the end of a sentence. */
export type FileAnswer = { id: number } & (
  | { record: FoundRecord | null; count: number }
  | { trouble: string }
);

const largestFile = 50_000_000;

type Records = ReadonlyMap<string, FoundRecord>;

class Unusable extends Error {}

/** Of several records under one key the first counts: exports give an order a row for each article. */
function keep(records: Map<string, FoundRecord>, record: unknown, map: RecordMap): void {
  const key = map.key === null ? null : textAt(record, map.key);
  if (key === null || records.has(foldedKey(key))) return;
  records.set(foldedKey(key), readRecord(record, map));
}

async function readCsv(file: string, map: RecordMap): Promise<Records> {
  const records = new Map<string, FoundRecord>();
  const reader = new CsvReader();
  for await (const piece of createReadStream(file, 'utf8') as AsyncIterable<string>)
    for (const record of reader.read(piece)) keep(records, record, map);
  for (const record of reader.end()) keep(records, record, map);
  return records;
}

async function readJson(file: string, map: RecordMap): Promise<Records> {
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Unusable('it is no JSON');
  }
  if (typeof document !== 'object' || document === null)
    throw new Unusable('it is neither a list nor an object of records');
  const records = new Map<string, FoundRecord>();
  for (const record of Object.values(document)) keep(records, record, map);
  return records;
}

/** The records of one file, as it is at each look. */
class HeldFile {
  readonly #file: string;
  readonly #map: RecordMap;
  #seen = '';
  #records: Records = new Map();

  constructor(file: string, map: RecordMap) {
    this.#file = file;
    this.#map = map;
  }

  async records(): Promise<Records> {
    const { size, mtimeMs, ino } = await stat(this.#file);
    const seen = `${size} ${mtimeMs} ${ino}`;
    if (seen === this.#seen) return this.#records;
    if (size > largestFile) throw new Unusable(`it has more than ${largestFile / 1_000_000} MB`);
    const read = this.#file.toLowerCase().endsWith('.json') ? readJson : readCsv;
    this.#records = await read(this.#file, this.#map);
    // Only now: a file that could not be read is read again at the next look.
    this.#seen = seen;
    return this.#records;
  }
}

async function answer(file: HeldFile, { id, key }: FileQuestion): Promise<FileAnswer> {
  try {
    const records = await file.records();
    return { id, record: records.get(foldedKey(key)) ?? null, count: records.size };
  } catch (error) {
    return { id, trouble: error instanceof Unusable ? error.message : fileTrouble(error) };
  }
}

const settings = workerData as SourceSettings;
if (settings.place.kind === 'file') {
  const file = new HeldFile(settings.place.path, recordMap(settings));
  // One after another, or a changed file would be read twice at once.
  let line: Promise<void> = Promise.resolve();
  parentPort?.on('message', (question: FileQuestion) => {
    line = line.then(async () => parentPort?.postMessage(await answer(file, question)));
  });
}
