/** Mailboxes: who polls them, and how far they are read. */

import { sql } from 'kysely';
import type { ImapPlace } from '../domain/message.ts';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

/** First half of the advisory lock's key; the second stands for the customer. */
const filingLock = 0x5257;
/** First half of the key under which the rows of mailboxes are made. */
const mailboxesLock = 0x5258;

export interface MailboxRow {
  id: number;
  name: string;
  address: string;
  /** Everything up to this place is stored; null before the first scan. */
  mark: ImapPlace | null;
}

/** A mailbox as the settings have it. */
export interface WatchedPlace {
  name: string;
  address: string;
  /** Names account and folder: what the mark counts in. */
  source: string;
  /** What every source of the same account begins with. */
  account?: string;
}

/**
 * The row that stands for it: that of its name, or else that of the same source under a name which
 * is in nobody's settings any more, so that a mailbox keeps its mark and history when it is renamed.
 */
async function formerRow(tx: Tx, { name, source }: WatchedPlace, names: readonly string[]) {
  return await tx
    .selectFrom('mailbox')
    .select(['id', 'source', 'uidvalidity', 'uid'])
    .where((where) =>
      where.or([
        where('name', '=', name),
        where.and([
          where('source', '=', source),
          // What was only imported into names no source.
          where('source', '<>', ''),
          where('name', 'not in', [...names, '']),
        ]),
      ]),
    )
    .orderBy((where) => where('name', '=', name), 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** What is kept of a mark when the settings name this place. */
function markAt(
  former: { source: string; uidvalidity: number | null; uid: number | null },
  { source, account = source }: WatchedPlace,
) {
  const { uidvalidity, uid } = former;
  if (former.source === source) return { uidvalidity, uid };
  // Another account's mail was never read: it begins as `firstScan` says.
  if (!former.source.startsWith(account))
    return { uidvalidity: null, uid: null, wished_since: null };
  // The same account by another host name, or another folder of it. No server numbers with 0
  // (RFC 9051, section 9: nz-number): the scan takes that for a numbering that changed, and looks at
  // everything again, since the numbers may be the same.
  return uidvalidity === null || uid === null ? { uidvalidity, uid } : { uidvalidity: 0, uid: 0 };
}

/**
 * The row of a configured mailbox, created when it is new. Two mailboxes that swap their names in
 * one change are two mailboxes of another source each.
 *
 * @param names of all mailboxes in the settings.
 */
export async function ensureMailbox(
  db: Db,
  place: WatchedPlace,
  names: readonly string[] = [place.name],
): Promise<MailboxRow> {
  const { name, address, source } = place;
  return await db.transaction().execute(async (tx) => {
    // One after the other: two that start together must not make two rows of one mailbox.
    await sql`select pg_advisory_xact_lock(${mailboxesLock}, 0)`.execute(tx);
    const former = await formerRow(tx, place, names);
    const columns = { name, address, source };
    const row =
      former === undefined
        ? tx.insertInto('mailbox').values(columns).returning(['id', 'uidvalidity', 'uid'])
        : tx
            .updateTable('mailbox')
            .set({ ...columns, watched: true, ...markAt(former, place) })
            .where('id', '=', former.id)
            .returning(['id', 'uidvalidity', 'uid']);
    const { id, uidvalidity, uid } = await row.executeTakeFirstOrThrow();
    const mark = uidvalidity === null || uid === null ? null : { uidvalidity, uid };
    return { id, name, address, mark };
  });
}

/**
 * Notes that only these mailboxes are in the settings, so that health tells of no others. One that
 * another program polls right now stays.
 */
export async function keepWatching(db: Db, names: readonly string[]): Promise<void> {
  await db
    .updateTable('mailbox')
    .set({ watched: false })
    .where('name', 'not in', [...names, ''])
    .where((where) =>
      where.or([where('lease_until', 'is', null), where('lease_until', '<', sql<Date>`now()`)]),
    )
    .execute();
}

/** Where the mailbox was read to, as it stands now. */
export async function readMark(db: Db, mailboxId: number): Promise<ImapPlace | null> {
  const { uidvalidity, uid } = await db
    .selectFrom('mailbox')
    .select(['uidvalidity', 'uid'])
    .where('id', '=', mailboxId)
    .executeTakeFirstOrThrow();
  return uidvalidity === null || uid === null ? null : { uidvalidity, uid };
}

/**
 * Lets one transaction at a time file mail of these customers, so that two cannot start one thread,
 * whichever mailboxes they came to. Once in a transaction: the locks are taken in one order.
 */
export async function lockFiling(tx: Tx, customerAddresses: readonly string[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(${filingLock}, key) from (
    select distinct hashtext(address) as key from unnest(${customerAddresses}::text[]) as of(address)
    order by key offset 0) as keys`.execute(tx);
}

/** Moves the high-water mark, in the transaction that stores what it covers. */
export async function advanceMark(tx: Tx, mailboxId: number, mark: ImapPlace): Promise<void> {
  await tx
    .updateTable('mailbox')
    .set({ uidvalidity: mark.uidvalidity, uid: mark.uid })
    .where('id', '=', mailboxId)
    .execute();
}

/**
 * Takes or renews the lease on a mailbox: one process polls it at a time.
 *
 * @returns false when another holder's lease still runs.
 */
export async function holdLease(
  db: Db,
  mailboxId: number,
  holder: string,
  seconds: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('mailbox')
    .set({
      lease_holder: holder,
      lease_until: sql<Date>`now() + make_interval(secs => ${seconds})`,
      polled: true,
    })
    .where('id', '=', mailboxId)
    .where((where) =>
      where.or([
        where('lease_holder', 'is', null),
        where('lease_holder', '=', holder),
        where('lease_until', '<', sql<Date>`now()`),
      ]),
    )
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Ends every lease, when no process is left that could hold one. */
export async function dropLeases(db: Db): Promise<void> {
  await db.updateTable('mailbox').set({ lease_holder: null, lease_until: null }).execute();
}

/** Gives the lease back, so that another process can poll at once; until then nobody watches. */
export async function releaseLease(db: Db, mailboxId: number, holder: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('mailbox')
      .set({
        ...{ lease_holder: null, lease_until: null, polled: false },
        ...{ next_look_at: null, taking_done: null, taking_total: null },
      })
      .where('id', '=', mailboxId)
      .where('lease_holder', '=', holder)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) await announce(tx, { kind: 'mailbox', mailboxId });
  });
}

/** Asks for mail that the server received from `since` on, too; an earlier wish stays. */
export async function wishForMailSince(db: Db, mailboxId: number, since: Date): Promise<void> {
  await db
    .updateTable('mailbox')
    .set({ wished_since: sql<Date>`least(wished_since, ${since})` })
    .where('id', '=', mailboxId)
    .execute();
}

/** From when on older mail is still to be taken; null when none is. */
export async function wishedSince(db: Db, mailboxId: number): Promise<Date | null> {
  const row = await db
    .selectFrom('mailbox')
    .select('wished_since')
    .where('id', '=', mailboxId)
    .executeTakeFirstOrThrow();
  return row.wished_since;
}

/** The older mail is there, in the transaction that moves the mark; a wish made meanwhile stays. */
export async function endWish(tx: Tx, mailboxId: number, fulfilled: Date): Promise<void> {
  await tx
    .updateTable('mailbox')
    .set({ wished_since: null })
    .where('id', '=', mailboxId)
    .where('wished_since', '>=', fulfilled)
    .execute();
}
