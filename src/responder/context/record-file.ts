/** The records of one CSV or JSON file by their keys, read again when the file changes. */

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
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

/** The record under a key and how many there are, or why nobody knows, as the end of a sentence. */
export type FileAnswer = { record: FoundRecord | null; count: number } | { trouble: string };

const largestFile = 50_000_000;

/** What makes the record under a key: a row is read only when it is asked for. */
type Records = Map<string, () => unknown>;

class Unusable extends Error {}

/** Of several records under one key the first counts: exports give an order a row for each article. */
function keep(records: Records, key: string | null | undefined, record: () => unknown): void {
  const folded = foldedKey(key ?? '');
  if (folded !== '' && !records.has(folded)) records.set(folded, record);
}

/** Keeps the rows of one table; the first one names the columns. */
function rowKeeper(records: Records, map: RecordMap): (row: string[]) => void {
  let names: readonly string[] | null = null;
  let keyAt = -1;
  return (row) => {
    if (names !== null) {
      const columns = names;
      return keep(records, row[keyAt], () =>
        Object.fromEntries(columns.map((name, at) => [name, row[at] ?? ''])),
      );
    }
    names = row.map((name) => name.trim());
    // A row has no other places than `/column`.
    keyAt = map.key?.length === 1 ? names.lastIndexOf(map.key[0] ?? '') : -1;
    if (keyAt < 0) throw new Unusable(`it has no column ${map.key?.join('/') ?? 'for keys'}`);
  };
}

async function readCsv(file: string, map: RecordMap): Promise<Records> {
  const records: Records = new Map();
  const [reader, take] = [new CsvReader(), rowKeeper(records, map)];
  for await (const piece of createReadStream(file, 'utf8') as AsyncIterable<string>)
    for (const row of reader.read(piece)) take(row);
  for (const row of reader.end()) take(row);
  return records;
}

async function readJson(file: string, { key }: RecordMap): Promise<Records> {
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Unusable('it is no JSON');
  }
  if (typeof document !== 'object' || document === null)
    throw new Unusable('it is neither a list nor an object of records');
  const records: Records = new Map();
  for (const record of Object.values(document))
    keep(records, key === null ? null : textAt(record, key), () => record);
  return records;
}

/** One file as it is at each look. */
export class RecordFile {
  readonly #file: string;
  readonly #map: RecordMap;
  #seen = '';
  #records: Records = new Map();
  /** One look after another, or a changed file would be read twice at once. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(file: string, settings: SourceSettings) {
    this.#file = file;
    this.#map = recordMap(settings);
  }

  look(key: string): Promise<FileAnswer> {
    const answer = this.#line.then(() => this.#answer(key));
    this.#line = answer;
    return answer;
  }

  async #answer(key: string): Promise<FileAnswer> {
    try {
      await this.#refresh();
    } catch (error) {
      return { trouble: error instanceof Unusable ? error.message : fileTrouble(error) };
    }
    const found = this.#records.get(foldedKey(key));
    const record = found === undefined ? null : readRecord(found(), this.#map);
    return { record, count: this.#records.size };
  }

  async #refresh(): Promise<void> {
    const { size, mtimeMs, ino } = await stat(this.#file);
    const seen = `${size} ${mtimeMs} ${ino}`;
    if (seen === this.#seen) return;
    if (size > largestFile) throw new Unusable(`it has more than ${largestFile / 1_000_000} MB`);
    const read = this.#file.toLowerCase().endsWith('.json') ? readJson : readCsv;
    this.#records = await read(this.#file, this.#map);
    // Only now: a file that could not be read is read again at the next look.
    this.#seen = seen;
  }
}
