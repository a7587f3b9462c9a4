/** How every mailbox is doing: written by whoever polls it, read by the desk, /healthz and doctor. */

import { type SqlBool, sql } from 'kysely';
import { explain, type ReplywrightError } from '../domain/errors.ts';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

/**
 * - `never`: nothing was heard of the server since the mailbox was set up, and nothing went wrong
 * - `connected`: the last look went to the end; mails may wait that could not be taken
 * - `trouble`: the last try failed
 * - `unwatched`: the process that watched it is gone without a word
 * - `paused`: the process that watched it was stopped in order
 */
export type MailboxState = 'never' | 'connected' | 'trouble' | 'unwatched' | 'paused';

export interface MailboxHealth {
  id: number;
  name: string;
  address: string;
  state: MailboxState;
  /** When the server last answered; to within a minute. */
  contactedAt: Date | null;
  /** Up to here all mail is stored; to within a minute. */
  readAt: Date | null;
  /** Seconds since `readAt`: no mail that is not stored can be older. Null before the first. */
  lagSeconds: number | null;
  /** What went wrong, since when; null when nothing did. */
  error: { code: string; text: string; since: Date } | null;
  /** When the mailbox is looked at next, or was to be. */
  nextTryAt: Date | null;
  /** Mails that are there but cannot be taken now. */
  waiting: number;
  /** A scan that takes long enough to be watched; null when there is none. */
  taking: { done: number; total: number } | null;
  /** When the newest mail came in; what we send does not count. */
  lastMailAt: Date | null;
}

/** A healthy mailbox is noted this often, so that a quiet one costs next to nothing. */
const noteEvery = sql`interval '1 minute'`;

async function tell(tx: Tx, mailboxId: number): Promise<void> {
  await announce(tx, { kind: 'mailbox', mailboxId });
}

/** What a scan that came to its end has seen. */
export interface Read {
  /** Mails that could not be taken. */
  waiting: number;
  /** What is to be told of them; null when there are none. */
  left: ReplywrightError | null;
  /** When the next look is due. */
  nextLookAt: Date;
}

/** Notes that the mailbox was read to its end just now; writes when that is news, or once a minute. */
export async function recordRead(db: Db, mailboxId: number, read: Read): Promise<void> {
  const { waiting, left, nextLookAt } = read;
  const none = { error_code: null, error_text: null, trouble_since: null };
  const told = left && {
    ...{ error_code: left.code, error_text: explain(left) },
    trouble_since: sql<Date>`case when error_code = ${left.code} then trouble_since else now() end`,
  };
  await db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('mailbox')
      .set({
        contacted_at: sql<Date>`now()`,
        // A mail that waits is older than this scan.
        ...(waiting === 0 ? { read_at: sql<Date>`now()` } : {}),
        ...(told ?? none),
        ...{ taking_done: null, taking_total: null, next_look_at: nextLookAt, waiting },
      })
      .where('id', '=', mailboxId)
      .where(
        sql<SqlBool>`error_code is distinct from ${left?.code ?? null} or taking_total is not null
          or waiting <> ${waiting} or coalesce(contacted_at < now() - ${noteEvery}, true)
          or (${waiting} = 0 and coalesce(read_at < now() - ${noteEvery}, true))`,
      )
      .executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) await tell(tx, mailboxId);
  });
}

/** Notes that the server answered between two scans; writes once a minute. */
export async function recordAnswer(db: Db, mailboxId: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('mailbox')
      .set({ contacted_at: sql<Date>`now()` })
      .where('id', '=', mailboxId)
      .where(sql<SqlBool>`coalesce(contacted_at < now() - ${noteEvery}, true)`)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) await tell(tx, mailboxId);
  });
}

/** Notes how far a long scan has come; the server answers meanwhile. */
export async function recordTaking(
  db: Db,
  mailboxId: number,
  { done, total }: { done: number; total: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('mailbox')
      .set({ taking_done: done, taking_total: total, contacted_at: sql<Date>`now()` })
      .where('id', '=', mailboxId)
      .execute();
    await tell(tx, mailboxId);
  });
}

/** Notes why the mailbox could not be read, and when that is tried again. */
export async function recordTrouble(
  db: Db,
  mailboxId: number,
  error: ReplywrightError,
  nextTryAt: Date,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('mailbox')
      .set({
        error_code: error.code,
        error_text: explain(error),
        trouble_since: sql<Date>`case when error_code = 'mails_waiting' then now()
          else coalesce(trouble_since, now()) end`,
        ...{ taking_done: null, taking_total: null, next_look_at: nextTryAt },
      })
      .where('id', '=', mailboxId)
      .execute();
    await tell(tx, mailboxId);
  });
}

/** Asks whoever polls the mailbox to look now; false when there is no such mailbox. */
export async function askForCheck(db: Db, mailboxId: number): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const found = await tx
      .selectFrom('mailbox')
      .select('id')
      .where('id', '=', mailboxId)
      .executeTakeFirst();
    if (found !== undefined) await announce(tx, { kind: 'mailbox_check', mailboxId });
    return found !== undefined;
  });
}

/** How every mailbox of the settings is doing, by name. */
export async function mailboxHealth(db: Db): Promise<MailboxHealth[]> {
  const rows = await db
    .selectFrom('mailbox')
    .select((from) => [
      ...(['id', 'name', 'address', 'waiting', 'error_code', 'error_text'] as const),
      ...(['trouble_since', 'taking_done', 'taking_total'] as const),
      'contacted_at as contactedAt',
      'read_at as readAt',
      'next_look_at as nextTryAt',
      sql<number | null>`extract(epoch from now() - read_at)::float`.as('lagSeconds'),
      sql<MailboxState>`case
        when not polled then case when contacted_at is null then 'never' else 'paused' end
        when coalesce(lease_until < now(), true) then 'unwatched'
        when error_code <> 'mails_waiting' then 'trouble'
        when contacted_at is null then 'never'
        else 'connected' end`.as('state'),
      from
        .selectFrom('message')
        .whereRef('message.mailbox_id', '=', 'mailbox.id')
        // What we sent, or took from the past, says nothing about mail coming in.
        .where('message.direction', '=', 'inbound')
        .where('message.state', '<>', 'imported')
        .select(({ fn }) => fn.max('message.received_at').as('at'))
        .as('lastMailAt'),
    ])
    .where('watched', '=', true)
    .orderBy('name')
    .execute();
  return rows.map(
    ({ error_code, error_text, trouble_since, taking_done, taking_total, ...row }) => ({
      ...row,
      lagSeconds: row.lagSeconds === null ? null : Math.max(0, Math.round(row.lagSeconds)),
      error:
        error_code === null || trouble_since === null
          ? null
          : { code: error_code, text: error_text ?? '', since: trouble_since },
      taking: taking_total === null ? null : { done: taking_done ?? 0, total: taking_total },
    }),
  );
}
