/** Export: every pair as a training record, one JSON line each, streamed. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { allPairs } from '../storage/pairs.ts';
import type { Db } from '../storage/tables.ts';
import { messagesRecord } from './formats/messages.ts';

/** The formats by name, each a function from a pair to its record. */
const formats = { messages: messagesRecord };

export type ExportFormat = keyof typeof formats;

/**
 * Writes every pair to `out`, oldest first, in memory bounded by one page of pairs.
 *
 * @returns how many records were written.
 */
export async function exportPairs(
  db: Db,
  format: ExportFormat,
  out: Writable,
): Promise<{ records: number }> {
  let records = 0;
  for await (const pair of allPairs(db)) {
    const line = `${JSON.stringify(formats[format](pair))}\n`;
    if (!out.write(line)) await once(out, 'drain');
    records += 1;
  }
  return { records };
}
