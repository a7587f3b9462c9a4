/** A moment in the past as people write it: a number of days (`7d`) or a date (`2026-11-01`). */

import * as z from 'zod';

/** What `sinceMoment` takes. */
const sincePattern = /^(?:[1-9]\d{0,3}d|\d{4}-\d{2}-\d{2})$/;

/**
 * The moment itself; a date begins at midnight on this machine.
 *
 * @returns null for what is no such moment, a date that no calendar has for instance.
 */
export function sinceMoment(written: string, now: Date): Date | null {
  if (!sincePattern.test(written)) return null;
  if (written.endsWith('d'))
    return new Date(now.getTime() - Number(written.slice(0, -1)) * 24 * 3_600_000);
  const [year = 0, month = 0, day = 0] = written.split('-').map(Number);
  const moment = new Date(year, month - 1, day);
  return moment.getMonth() === month - 1 && moment.getDate() === day ? moment : null;
}

const form = 'expected new, all, a number of days like 7d or a date like 2026-11-01';

/** What the first look at a mailbox takes in: new mail, all there is, or what came since a moment. */
export const firstScan = z.union(
  [
    z.enum(['new', 'all']),
    z.string().refine((written) => sinceMoment(written, new Date()) !== null, form),
  ],
  form,
);
