/** One scan of an IMAP folder: from which UID on, after which renumbering, and up to which mark. */

import type { ImapFlow, MailboxObject } from 'imapflow';
import type { Log } from '../log.ts';
import { openMailbox } from './imap-connection.ts';
import { type Fetched, type Fetching, fetchInto, uidsAbove } from './imap-fetch.ts';
import { uidsSince } from './imap-since.ts';
import type { ImapSettings, Mark, ScanReport, ScanWish, Store } from './watched.ts';

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

/** Where the mail begins that a scan takes, and what kind of scan it is. */
interface Start {
  above: number;
  renumbered: boolean;
  /** Only recent mail is taken after a renumbering. */
  bounded: boolean;
  /** Mail below `above` is wanted too when it was received from then on. */
  since: Date | null;
}

function startOf(
  { settings, log }: Scanning,
  mailbox: MailboxObject,
  mark: Mark | null,
  since: Date | null,
): Start {
  const firstOfNew = mark === null && settings.firstScan === 'new';
  const renumbered = mark !== null && isRenumbered(mark, mailbox);
  if (renumbered)
    log.warn('imap_renumbered', {
      was: mark.uidvalidity,
      uidvalidity: Number(mailbox.uidValidity),
    });
  const fromZero = mark === null || renumbered;
  return {
    above: firstOfNew ? mailbox.uidNext - 1 : fromZero ? 0 : mark.uid,
    renumbered,
    bounded: renumbered && settings.firstScan === 'new',
    since,
  };
}

/** The UIDs that this scan wants, ascending, and the highest that it then knows. */
async function wantedUids(
  context: Fetching,
  { above, bounded, since }: Start,
): Promise<{ uids: number[]; last: number }> {
  const older = since === null ? [] : await uidsSince(context, since);
  const { uids, last } = await uidsToFetch(context, above, bounded);
  return { uids: [...new Set([...older, ...uids])].toSorted((a, b) => a - b), last };
}

/** A folder's numbers when it was last opened. */
export interface Numbers {
  uidvalidity: number;
  uidNext: number;
}

/**
 * The report of a scan that would find nothing, from the folder's STATUS alone (RFC 9051, section
 * 6.3.11); null when the folder has to be opened.
 *
 * @param read the folder's numbers when it was read to the mark. They say more than the mark, which
 *   stays below mails that were expunged.
 */
export async function emptyReport(
  client: ImapFlow,
  folder: string,
  mark: Mark,
  read: Numbers | null,
): Promise<ScanReport | null> {
  const status = await client.status(folder, { uidNext: true, uidValidity: true });
  const { uidvalidity } = mark;
  const known = read?.uidvalidity === uidvalidity ? read.uidNext : mark.uid + 1;
  const same =
    status !== false && Number(status.uidValidity) === uidvalidity && status.uidNext === known;
  return same ? { uidvalidity, stored: 0, waiting: 0, renumbered: false, mark } : null;
}

/**
 * Hands every mail above the mark to `store`, and older mail that was wished for.
 *
 * @returns the report, the note for the next scan, and the folder's numbers at its begin.
 * @throws ReplywrightError `imap_*`; whatever `store` throws.
 */
export async function scanWith(
  scanning: Scanning,
  mark: Mark | null,
  store: Store,
  wish: ScanWish = {},
): Promise<{ report: ScanReport; beyond: Beyond; numbers: Numbers }> {
  const { client, settings, log, beyond } = scanning;
  const mailbox = await openMailbox(client, settings.folder, settings);
  const uidvalidity = Number(mailbox.uidValidity);
  const start = startOf(scanning, mailbox, mark, wish.since ?? null);
  const { renumbered, bounded, above, since } = start;
  // A mark in the middle would end the bound of a scan that breaks off, or go back to older mail.
  const marking = !bounded && since === null;
  const context: Fetching = { client, settings, log, uidvalidity, marking };
  const { uids, last } = await wantedUids(context, start);
  const noted = beyond.mark?.uidvalidity === mark?.uidvalidity && beyond.mark?.uid === mark?.uid;
  const known: ReadonlySet<number> = noted && !renumbered ? beyond.uids : new Set();
  const wanted = uids.filter((uid) => !known.has(uid));
  wish.expect?.(wanted.length);
  const fetched = await fetchInto(context, wanted, store);
  const closed =
    since === null || fetched.withheld.length === 0
      ? closeScan(uidvalidity, last, known, fetched)
      : // The mark must not go back to older mail that waits; the wish stands until it has come.
        { mark: { uidvalidity, uid: above }, uids: new Set([...known, ...fetched.stored]) };
  return {
    report: {
      uidvalidity,
      stored: fetched.stored.length,
      waiting: fetched.withheld.length,
      renumbered,
      mark: closed.mark,
    },
    beyond: closed,
    numbers: { uidvalidity, uidNext: mailbox.uidNext },
  };
}
