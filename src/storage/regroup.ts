/** Regrouping: messages move between conversations, with all that answers them. */

import { sql } from 'kysely';
import { ReplywrightError } from '../domain/errors.ts';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

/** A conversation as regrouping needs it; locked until the transaction ends. */
export interface Regroupable {
  id: number;
  mailboxId: number;
  customer: { name: string; address: string };
  lastMessageId: number | null;
  mergedInto: number | null;
  participants: string[];
}

/**
 * Locks conversations, in the order of their ids so that nobody waits for each other.
 *
 * @throws ReplywrightError `not_found`.
 */
export async function lockConversations(tx: Tx, ids: readonly number[]): Promise<Regroupable[]> {
  const locked: Regroupable[] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const row = await tx
      .selectFrom('conversation')
      .selectAll()
      .where('id', '=', id)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) throw new ReplywrightError('not_found', { what: 'conversation', id });
    locked.push({
      id,
      mailboxId: row.mailbox_id,
      customer: { name: row.customer_name, address: row.customer_address },
      lastMessageId: row.last_message_id,
      mergedInto: row.merged_into,
      participants: row.participants,
    });
  }
  return ids.flatMap((id) => locked.find((each) => each.id === id) ?? []);
}

/**
 * Moves messages to another conversation. Their drafts and deliveries go with them, the files attached
 * to their replies, and the replies to them, ours and colleagues'; what reports on a reply stays with
 * it. Both conversations must be locked, and have no open draft.
 */
export async function moveMessages(tx: Tx, ids: readonly number[], toId: number): Promise<void> {
  const moved = sql`${ids}::bigint[]`;
  await sql`update draft set conversation_id = ${toId}
    where message_id = any(${moved})`.execute(tx);
  await sql`update delivery set conversation_id = ${toId}
    where message_id = any(${moved})`.execute(tx);
  await sql`update enclosure set conversation_id = ${toId}
    where message_id = any(${moved})`.execute(tx);
  await sql`update candidate set conversation_id = ${toId}
    where message_id = any(${moved})`.execute(tx);
  await sql`update message as reply set conversation_id = ${toId} from message as answered
    where answered.id = any(${moved}) and reply.conversation_id = answered.conversation_id
      and reply.direction = 'outbound' and reply.in_reply_to = answered.message_id`.execute(tx);
  // An array, and no "or" beside a subquery, which would have all messages read.
  await sql`update message set conversation_id = ${toId} where id = any(${moved} || array(
    select sent_message_id from delivery where message_id = any(${moved})))`.execute(tx);
  // Found first by their own indexes: in one condition with "or", every report would be looked at.
  await sql`update message set conversation_id = delivery.conversation_id
    from delivery_report join delivery on delivery.id = delivery_id
    where message.id = delivery_report.message_id and message.state in ('automated', 'blocked')
      and message.conversation_id <> delivery.conversation_id
      and message.id = any(${moved} || array(select report.message_id
        from delivery as about join delivery_report as report on report.delivery_id = about.id
        where about.message_id = any(${moved})))`.execute(tx);
  await sql`update message set conversation_id = reply.conversation_id
    from delivery_report join message as reply on reply.id = reply_id
    where message.id = delivery_report.message_id and message.state in ('automated', 'blocked')
      and message.conversation_id <> reply.conversation_id
      and message.id = any(${moved} || array(select report.message_id
        from message as about join delivery_report as report on report.reply_id = about.id
        where about.conversation_id = ${toId}))`.execute(tx);
}

/** Moves what is left in a conversation that is merged: mail of ours that names none it answers. */
export async function moveTheRest(tx: Tx, fromId: number, intoId: number): Promise<void> {
  await sql`update message set conversation_id = ${intoId}
    where conversation_id = ${fromId}`.execute(tx);
}

/** The messages of a conversation that others wrote, oldest first, from `fromId` on. */
export async function inboundOf(db: Db, conversationId: number, fromId = 0) {
  return await db
    .selectFrom('message')
    .select(['id', 'state', 'subject', 'from_name as fromName', 'from_address as fromAddress'])
    .where('conversation_id', '=', conversationId)
    .where('direction', '=', 'inbound')
    .where('id', '>=', fromId)
    .orderBy('id')
    .execute();
}

/**
 * Which of the messages wait for an answer that nobody has decided on, the newest first. A rejection
 * that asked for another draft decides nothing; a colleague's reply does.
 */
export async function undecidedAmong(tx: Tx, ids: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select id from message
    where id = any(${ids}::bigint[]) and not exists (select from draft
      left join decision on decision.draft_id = draft.id and decision.undone_at is null
      where draft.message_id = message.id and (draft.state in ('approved', 'answered')
        or (draft.state = 'rejected' and not coalesce(decision.redraft, false))))
    order by id desc`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Leaves an empty conversation behind as a sign to where its messages are now. */
export async function markMerged(tx: Tx, id: number, intoId: number): Promise<void> {
  await tx
    .updateTable('conversation')
    .set({ merged_into: intoId, last_message_id: null })
    .where('id', '=', id)
    .execute();
  // Pages that show it look again, and find where it went.
  await announce(tx, { kind: 'message', messageId: 0, conversationId: id });
}

/** Lets a merged conversation stand for itself again. */
export async function unmarkMerged(tx: Tx, id: number): Promise<void> {
  await tx.updateTable('conversation').set({ merged_into: null }).where('id', '=', id).execute();
}

/** Sets who takes part in a conversation besides its customer. */
export async function setParticipants(tx: Tx, id: number, participants: string[]): Promise<void> {
  await tx.updateTable('conversation').set({ participants }).where('id', '=', id).execute();
}

export interface NewRegrouping {
  kind: 'merge' | 'split';
  fromId: number;
  intoId: number;
  messageIds: readonly number[];
  intoParticipants: string[];
  /** Null when a mail did it. */
  accountId: number | null;
}

/** Records what was moved, so that it can be moved back. */
export async function recordRegrouping(tx: Tx, regrouping: NewRegrouping): Promise<number> {
  const { id } = await tx
    .insertInto('regrouping')
    .values({
      kind: regrouping.kind,
      from_id: regrouping.fromId,
      into_id: regrouping.intoId,
      message_ids: [...regrouping.messageIds],
      into_participants: regrouping.intoParticipants,
      account_id: regrouping.accountId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** A regrouping, locked until the transaction ends; null when there is none of that id. */
export async function lockRegrouping(tx: Tx, id: number) {
  const row = await tx
    .selectFrom('regrouping')
    .select([
      'id',
      'kind',
      'from_id as fromId',
      'into_id as intoId',
      'message_ids as messageIds',
      'into_participants as intoParticipants',
      'undone_at as undoneAt',
    ])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  // The driver gives the numbers of an array of bigint as texts.
  return row === undefined ? null : { ...row, messageIds: row.messageIds.map(Number) };
}

/** Marks a regrouping as undone, and by whom. */
export async function markRegroupingUndone(tx: Tx, id: number, accountId: number): Promise<void> {
  await tx
    .updateTable('regrouping')
    .set({ undone_at: new Date(), undone_by: accountId })
    .where('id', '=', id)
    .where('undone_at', 'is', null)
    .execute();
}

export interface RegroupingView {
  id: number;
  kind: 'merge' | 'split';
  /** The conversation that the messages came from, and the one they went into. */
  fromId: number;
  intoId: number;
  /** Null when a mail did it. */
  by: string | null;
  at: Date;
}

/** The last merge or split that a conversation took part in, unless undone. */
export async function lastRegrouping(db: Db, id: number): Promise<RegroupingView | null> {
  const row = await db
    .selectFrom('regrouping')
    .leftJoin('account', 'account.id', 'regrouping.account_id')
    .select([
      'regrouping.id',
      'regrouping.kind',
      'regrouping.from_id as fromId',
      'regrouping.into_id as intoId',
      'regrouping.created_at as at',
      'account.name as by',
    ])
    .where((where) => where.or([where('into_id', '=', id), where('from_id', '=', id)]))
    .where('regrouping.undone_at', 'is', null)
    .orderBy('regrouping.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}
