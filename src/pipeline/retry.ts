/** How long to wait before trying again what may well succeed later. */

import { setTimeout } from 'node:timers/promises';
import { asReplywrightError } from '../domain/errors.ts';

const baseMs = 1_000;
const capMs = 600_000;

/**
 * Exponential backoff with full jitter on its upper half, or the wait that the other side asked for.
 *
 * @param failures failures in a row so far, from 0.
 * @param askedMs what a Retry-After said, in milliseconds; followed from a second to an hour.
 */
export function retryDelayMs(failures: number, askedMs: number | null): number {
  // "At once" would have us ask again and again without a pause.
  if (askedMs !== null) return Math.max(baseMs, Math.min(askedMs, 3_600_000));
  const delay = Math.min(capMs, baseMs * 2 ** Math.min(failures, 20));
  return delay / 2 + Math.random() * (delay / 2);
}

/**
 * Repeats what records an outcome for as long as the database is away, up to about ten minutes:
 * what another server said is known nowhere else.
 */
export async function insist<Result>(record: () => Promise<Result>): Promise<Result> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await record();
    } catch (error) {
      if (asReplywrightError(error).code !== 'database_unreachable' || failures === 25) throw error;
      await setTimeout(Math.min(30_000, retryDelayMs(failures, null)));
    }
  }
}
