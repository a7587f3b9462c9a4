/** How long to wait before trying again what may well succeed later. */

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
