/** Export: every pair and every accepted candidate as a training record, one JSON line each, streamed. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { acceptedCandidates } from '../storage/candidates.ts';
import { allPairs } from '../storage/pairs.ts';
import type { Db } from '../storage/tables.ts';
import { messagesRecord } from './formats/messages.ts';

/** The formats by name, each a function from a pair to its record. */
const formats = { messages: messagesRecord };

export type ExportFormat = keyof typeof formats;

/**
 * Writes every pair to `out`, oldest first, and after them what a person accepted of the replies that
 * were sent without us, in memory bounded by one page of either.
 *
 * @returns how many records were written.
 */
export async function exportPairs(
  db: Db,
  format: ExportFormat,
  out: Writable,
): Promise<{ records: number }> {
  let records = 0;
  for (const source of [allPairs(db), acceptedCandidates(db)]) {
    for await (const pair of source) {
      const line = `${JSON.stringify(formats[format](pair))}\n`;
      if (!out.write(line)) await once(out, 'drain');
      records += 1;
    }
  }
  return { records };
}
