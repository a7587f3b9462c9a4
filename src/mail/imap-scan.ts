/** One scan of an IMAP folder: from which UID on, after which renumbering, and up to which mark. */

import type { ImapFlow, MailboxObject } from 'imapflow';
import type { Log } from '../log.ts';
import { openMailbox } from './imap-connection.ts';
import { type Fetched, type Fetching, fetchInto, uidsAbove } from './imap-fetch.ts';
import type { ImapSettings, Mark, ScanReport, Store } from './watched.ts';

/** How far back mail is taken after a renumbering when old mail was never to be taken. */
const renumberedDays = 30;

const dayMs = 24 * 3_600_000;

/**
 * Mails that were stored although one below them is withheld. The mark stays below that one, so
 * without this note every scan would fetch all of them again.
 */
export interface Beyond {
  /** The mark that the note belongs to; with any other it means nothing. */
  mark: Mark | null;
  uids: ReadonlySet<number>;
}

/** What a scan works with. */
export interface Scanning {
  client: ImapFlow;
  settings: ImapSettings;
  log: Log;
  beyond: Beyond;
}

/**
 * Whether the mark is of another numbering than the folder's. UIDs only grow (RFC 9051, section
 * 2.3.1.1), so a mark that has reached UIDNEXT proves that even under the same UIDVALIDITY: a
 * server restored from a backup, or another account behind the same settings.
 */
function isRenumbered(mark: Mark, mailbox: MailboxObject): boolean {
  return mark.uidvalidity !== Number(mailbox.uidValidity) || mark.uid >= mailbox.uidNext;
}

/**
 * Which UIDs to fetch, and up to which everything is then known.
 *
 * After a renumbering that is all mail, and what is stored already is known by its hash. With
 * `firstScan: 'new'` older mail was never stored and cannot be known, so there it is only what the
 * server received within the last 30 days: mail from before the first scan may be taken in that
 * way, and mail that waited longer than that is passed over.
 */
async function uidsToFetch(
  context: Fetching,
  above: number,
  bounded: boolean,
): Promise<{ uids: number[]; last: number }> {
  const all = await uidsAbove(context, above);
  const last = all.at(-1) ?? above;
  if (!bounded) return { uids: all, last };
  context.log.warn('mailbox_renumbered_bounded', { days: renumberedDays });
  // A day more: SINCE disregards time and time zone (RFC 9051, section 6.4.4).
  const since = new Date(Date.now() - (renumberedDays + 1) * dayMs);
  const recent = new Set(await uidsAbove(context, above, since));
  return { uids: all.filter((uid) => recent.has(uid)), last };
}

/** The mark below everything withheld, and the note of what was stored beyond it. */
function closeScan(
  uidvalidity: number,
  last: number,
  known: ReadonlySet<number>,
  { stored, withheld }: Fetched,
): Beyond & { mark: Mark } {
  const [first] = withheld;
  if (first === undefined) return { mark: { uidvalidity, uid: last }, uids: new Set() };
  const uids = [...known, ...stored].filter((uid) => uid > first);
  return { mark: { uidvalidity, uid: first - 1 }, uids: new Set(uids) };
}

/**
 * Hands every mail above the mark to `store`.
 *
 * @returns the report, and the note for the next scan.
 * @throws ReplywrightError `imap_*`; whatever `store` throws.
 */
export async function scanWith(
  { client, settings, log, beyond }: Scanning,
  mark: Mark | null,
  store: Store,
): Promise<{ report: ScanReport; beyond: Beyond }> {
  const mailbox = await openMailbox(client, settings.folder, settings);
  const uidvalidity = Number(mailbox.uidValidity);
  if (mark === null && settings.firstScan === 'new') {
    const first = { uidvalidity, uid: mailbox.uidNext - 1 };
    const report = { uidvalidity, stored: 0, waiting: 0, renumbered: false, mark: first };
    return { report, beyond: { mark: first, uids: new Set() } };
  }
  const renumbered = mark !== null && isRenumbered(mark, mailbox);
  if (renumbered) log.warn('imap_renumbered', { was: mark.uidvalidity, uidvalidity });
  const bounded = renumbered && settings.firstScan === 'new';
  // A mark in the middle of a bounded scan that then breaks off would end the bound.
  const context: Fetching = { client, settings, log, uidvalidity, marking: !bounded };
  const above = mark === null || renumbered ? 0 : mark.uid;
  const { uids, last } = await uidsToFetch(context, above, bounded);
  const noted = beyond.mark?.uidvalidity === mark?.uidvalidity && beyond.mark?.uid === mark?.uid;
  const known: ReadonlySet<number> = noted && !renumbered ? beyond.uids : new Set();
  const wanted = uids.filter((uid) => !known.has(uid));
  const fetched = await fetchInto(context, wanted, store);
  const closed = closeScan(uidvalidity, last, known, fetched);
  return {
    report: {
      uidvalidity,
      stored: fetched.stored.length,
      waiting: fetched.withheld.length,
      renumbered,
      mark: closed.mark,
    },
    beyond: closed,
  };
}
