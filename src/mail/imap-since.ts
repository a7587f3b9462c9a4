/** Which mails of a folder the server received from a moment on, whatever their numbers. */

import { assertAlive } from './imap-connection.ts';
import { type Fetching, uidsAbove } from './imap-fetch.ts';

const dayMs = 24 * 3_600_000;

/** So many dates are asked for at a time. */
const batch = 500;

/**
 * The UIDs of mail received at `since` or later, ascending.
 *
 * @throws ReplywrightError `imap_unreachable`, `imap_refused`.
 */
export async function uidsSince(context: Fetching, since: Date): Promise<number[]> {
  const { client, settings } = context;
  // A day more: SINCE disregards time and time zone (RFC 9051, section 6.4.4).
  const near = await uidsAbove(context, 0, new Date(since.getTime() - dayMs));
  const found: number[] = [];
  for (let at = 0; at < near.length; at += batch) {
    const some = near.slice(at, at + batch).join(',');
    const query = { uid: true, internalDate: true };
    const dated = await client.fetchAll(some, query, { uid: true });
    assertAlive(client, settings);
    for (const { uid, internalDate } of dated) {
      const received = internalDate === undefined ? Number.NaN : new Date(internalDate).getTime();
      // One without a readable date is rather taken than passed over.
      if (!(received < since.getTime())) found.push(uid);
    }
  }
  return found.toSorted((a, b) => a - b);
}
