/** Mailboxes: who polls them, how far they are read, and how they are doing. */

import { sql } from 'kysely';
import { explain, type ReplywrightError } from '../domain/errors.ts';
import type { ImapPlace } from '../domain/message.ts';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

/** First half of the advisory lock's key; the second is the mailbox. */
const filingLock = 0x5257;

export interface MailboxRow {
  id: number;
  name: string;
  address: string;
  /** Everything up to this place is stored; null before the first scan. */
  mark: ImapPlace | null;
}

/**
 * The row of a configured mailbox, created when it is new.
 *
 * @param source names account and folder. Another source is another mailbox: its numbers may be the
 *   same, so that the mark of the former one would skip its mail for ever.
 */
export async function ensureMailbox(
  db: Db,
  { name, address, source }: { name: string; address: string; source: string },
): Promise<MailboxRow> {
  const row = await db
    .insertInto('mailbox')
    .values({ name, address, source })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({
        address,
        source,
        // No server numbers with 0 (RFC 9051, section 9: nz-number): the scan takes it for a
        // numbering that changed, and looks at everything again.
        uidvalidity: sql`case when mailbox.source = excluded.source or mailbox.uidvalidity is null
          then mailbox.uidvalidity else 0 end`,
        uid: sql`case when mailbox.source = excluded.source or mailbox.uid is null
          then mailbox.uid else 0 end`,
      }),
    )
    .returning(['id', 'uidvalidity', 'uid'])
    .executeTakeFirstOrThrow();
  const { id, uidvalidity, uid } = row;
  const mark = uidvalidity === null || uid === null ? null : { uidvalidity, uid };
  return { id, name, address, mark };
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

/** Lets one transaction at a time file mail of a mailbox, so that two cannot start one thread. */
export async function lockFiling(tx: Tx, mailboxId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(${filingLock}, ${mailboxId})`.execute(tx);
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

/** Gives the lease back, so that another process can poll at once. */
export async function releaseLease(db: Db, mailboxId: number, holder: string): Promise<void> {
  await db
    .updateTable('mailbox')
    .set({ lease_holder: null, lease_until: null })
    .where('id', '=', mailboxId)
    .where('lease_holder', '=', holder)
    .execute();
}

/** Notes that the mailbox was read to its end just now. */
export async function recordContact(db: Db, mailboxId: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('mailbox')
      .set({ contacted_at: new Date(), error_code: null, error_text: null, error_at: null })
      .where('id', '=', mailboxId)
      .execute();
    await announce(tx, { kind: 'mailbox', mailboxId });
  });
}

/** Notes why the mailbox could not be read. */
export async function recordTrouble(
  db: Db,
  mailboxId: number,
  error: ReplywrightError,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('mailbox')
      .set({ error_code: error.code, error_text: explain(error), error_at: new Date() })
      .where('id', '=', mailboxId)
      .execute();
    await announce(tx, { kind: 'mailbox', mailboxId });
  });
}

export interface MailboxHealth {
  id: number;
  name: string;
  address: string;
  contactedAt: Date | null;
  lastMailAt: Date | null;
  errorText: string | null;
  errorAt: Date | null;
}

/** How every mailbox is doing, by name. */
export async function mailboxHealth(db: Db): Promise<MailboxHealth[]> {
  const rows = await db
    .selectFrom('mailbox')
    .select((from) => [
      'id',
      'name',
      'address',
      'contacted_at as contactedAt',
      'error_text as errorText',
      'error_at as errorAt',
      from
        .selectFrom('conversation')
        .whereRef('conversation.mailbox_id', '=', 'mailbox.id')
        .select(({ fn }) => fn.max('last_message_at').as('at'))
        .as('lastMailAt'),
    ])
    .orderBy('name')
    .execute();
  return rows;
}
