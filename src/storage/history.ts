/** History: imported mail, stored in batches, and how far each source of it was read. */

import { sql } from 'kysely';
import type { Address, ParsedMail } from '../domain/message.ts';
import { sha256 } from './hash.ts';
import { parsedColumns } from './messages.ts';
import type { Direction } from './raw-mail.ts';
import type { Db, Tx } from './tables.ts';

/** The row of a mailbox by name, created when no program has watched it yet. */
export async function mailboxByName(db: Db, name: string, address: string): Promise<number> {
  const { id } = await db
    .insertInto('mailbox')
    .values({ name, address })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ name }))
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Which of these bytes, named by their SHA-256, a mailbox holds already. */
export async function knownBytes(
  db: Db,
  mailboxId: number,
  hashes: readonly string[],
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('message')
    .select('raw_sha256')
    .where('mailbox_id', '=', mailboxId)
    .where('raw_sha256', 'in', hashes)
    .execute();
  return new Set(rows.map((row) => row.raw_sha256));
}

/** Names a mail for people: archives change bytes, but neither id, sender nor date. */
export function nameOf(mail: {
  messageId: string | null;
  from: { address: string } | null;
  date: Date | null;
}): string | null {
  if (mail.messageId === null) return null;
  return `${mail.messageId} ${mail.from?.address.toLowerCase() ?? ''} ${mail.date?.getTime() ?? ''}`;
}

/**
 * Which of these mails a mailbox holds already, though with other bytes: by `nameOf`, and by the
 * bare Message-ID where we sent them ourselves.
 */
export async function knownMails(
  db: Db,
  mailboxId: number,
  messageIds: readonly string[],
): Promise<Set<string>> {
  if (messageIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('message')
    .select(['state', 'message_id', 'from_address', 'sent_at'])
    .where('mailbox_id', '=', mailboxId)
    .where('message_id', 'in', messageIds)
    .execute();
  return new Set(
    rows.flatMap((row) => {
      if (row.state === 'outbound') return row.message_id ?? [];
      const from = row.from_address === null ? null : { address: row.from_address };
      return nameOf({ messageId: row.message_id, from, date: row.sent_at }) ?? [];
    }),
  );
}

export interface ImportedMail {
  raw: Buffer;
  direction: Direction;
  receivedAt: Date;
  /** What parsing found; null where the mail cannot be read. */
  mail: ParsedMail | null;
  conversationId: number | null;
  /** Why nothing is learned from it: it is automatic, or cannot be read. Null for people's mail. */
  reason: string | null;
}

/** Stores mails of the past in one statement: none is ever drafted, answered or shown as work. */
export async function insertImported(
  tx: Tx,
  mailboxId: number,
  mails: readonly ImportedMail[],
): Promise<void> {
  if (mails.length === 0) return;
  const nothing = { recipients: JSON.stringify({ to: [], cc: [] }), attachments: '[]' };
  await tx
    .insertInto('message')
    .values(
      mails.map(({ raw, direction, receivedAt, mail, conversationId, reason }) => ({
        ...(mail === null ? nothing : parsedColumns(mail)),
        mailbox_id: mailboxId,
        conversation_id: conversationId,
        direction,
        state: 'imported' as const,
        state_reason: reason,
        raw,
        raw_sha256: sha256(raw),
        received_at: receivedAt,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * The stored mails that have one of these Message-IDs or name one of them. They are found before they
 * are read, and id by id: of hundreds at once the database expects half of all mail to name one, and
 * would read all of it for every batch.
 */
export async function relatedMails(tx: Tx, mailboxId: number, ids: readonly string[]) {
  if (ids.length === 0) return [];
  const { rows: found } = await sql<{ id: number }>`
    select id from message where message_id = any(${ids}::text[])
    union
    select naming.id from unnest(${ids}::text[]) as wanted(name)
      cross join lateral (
        select id from message where reference_ids @> array[wanted.name] offset 0) as naming`.execute(
    tx,
  );
  if (found.length === 0) return [];
  const foundIds = found.map(({ id }) => id);
  return await tx
    .selectFrom('message')
    .leftJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select([
      'message.id',
      'message.direction',
      'message.message_id as headerMessageId',
      'message.in_reply_to as inReplyTo',
      'message.reference_ids as references',
      'message.from_address as fromAddress',
      'message.reply_to as replyTo',
      'message.recipients',
      'conversation.id as conversationId',
      'conversation.customer_name as customerName',
      'conversation.customer_address as customerAddress',
      'conversation.subject',
    ])
    .where('message.mailbox_id', '=', mailboxId)
    .where('message.id', '=', sql<number>`any(${foundIds}::bigint[])`)
    .orderBy('message.id', 'desc')
    .execute();
}

/**
 * Starts conversations of the past, which wait for nothing.
 *
 * @returns their ids, in the same order.
 */
export async function insertPastConversations(
  tx: Tx,
  mailboxId: number,
  conversations: readonly { customer: Address; subject: string; normalizedSubject: string }[],
): Promise<number[]> {
  if (conversations.length === 0) return [];
  const rows = await tx
    .insertInto('conversation')
    .values(
      conversations.map(({ customer, subject, normalizedSubject }) => ({
        mailbox_id: mailboxId,
        customer_name: customer.name,
        customer_address: customer.address,
        subject,
        normalized_subject: normalizedSubject,
      })),
    )
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Puts stored replies into the conversations that they turned out to belong to. */
export async function moveIntoConversations(
  tx: Tx,
  moves: readonly { id: number; conversationId: number }[],
): Promise<void> {
  if (moves.length === 0) return;
  const ids = moves.map(({ id }) => id);
  const conversations = moves.map(({ conversationId }) => conversationId);
  await sql`
    update message set conversation_id = found.conversation
    from unnest(${ids}::bigint[], ${conversations}::bigint[]) as found (id, conversation)
    where message.id = found.id and message.conversation_id is null`.execute(tx);
}

/** Imported replies of people that name no mail and belong to no conversation yet, page by page. */
export async function looseReplies(db: Db, mailboxId: number, after: number, limit: number) {
  return await db
    .selectFrom('message')
    .select(['id', 'subject', 'recipients', 'received_at as at'])
    .where('mailbox_id', '=', mailboxId)
    .where('direction', '=', 'outbound')
    .where('state', '=', 'imported')
    .where('state_reason', 'is', null)
    .where('conversation_id', 'is', null)
    .where(sql<boolean>`reference_ids = '{}'`)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Dates conversations that hold nothing but history by their last mail. */
export async function dateConversations(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update conversation set last_message_at = (
      select max(received_at) from message where message.conversation_id = conversation.id)
    where id = any(${ids}::bigint[]) and last_message_id is null
      and exists (select from message where message.conversation_id = conversation.id)`.execute(tx);
}

/** A reply of the past and the customer's mail that it answers. */
export interface PastPair {
  replyId: number;
  messageId: number;
}

/** Where the search for pairs stands: replies are looked at in the order in which they were sent. */
export interface PairsMark {
  at: Date;
  id: number;
}

/**
 * Imported replies of people, each with the customer's mail that it answers: the nearest one that
 * it names, or else the last one of its conversation in the days before it.
 *
 * @param days how many.
 */
export async function pastPairs(
  db: Db,
  mailboxId: number,
  after: PairsMark | null,
  days: number,
  limit: number,
): Promise<{ pairs: PastPair[]; mark: PairsMark | null }> {
  const { rows } = await sql<{ id: number; at: Date; messageId: number | null }>`
    select reply.id, reply.received_at as at, asked.id as "messageId"
    from (
      select * from message
      where mailbox_id = ${mailboxId} and direction = 'outbound' and state = 'imported'
        and state_reason is null and conversation_id is not null
        and (received_at, id) > (${after?.at ?? new Date(0)}, ${after?.id ?? 0})
      order by received_at, id limit ${limit}) reply
    left join lateral (
      select message.id from message
      where message.conversation_id = reply.conversation_id and message.direction = 'inbound'
        and message.state in ('answerable', 'imported') and message.state_reason is null
        and (message.message_id = any(reply.reference_ids)
          or message.received_at between
            reply.received_at - make_interval(days => ${days}) and reply.received_at)
      order by message.message_id is not distinct from reply.in_reply_to desc,
        array_position(reply.reference_ids, message.message_id) desc nulls last,
        message.received_at desc, message.id desc
      limit 1) asked on true
    order by reply.received_at, reply.id`.execute(db);
  const last = rows.at(-1);
  const pairs = rows.flatMap(({ id, messageId }) =>
    messageId === null ? [] : [{ replyId: id, messageId }],
  );
  return { pairs, mark: last === undefined ? null : { at: last.at, id: last.id } };
}
