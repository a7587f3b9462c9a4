/** Replies from another mail program: which customer's mail each of them answers. */

import { sql } from 'kysely';
import { type DraftState, openDraftStates } from '../domain/states.ts';
import type { Tx } from './tables.ts';

/** A mail that was sent from another program, as far as it tells what it answers. */
export interface Reply {
  mailboxId: number;
  headerMessageId: string | null;
  /** Message-IDs that it names, nearest first. */
  referenced: readonly string[];
  /** To whom it went, in lower case. */
  recipients: readonly string[];
  normalizedSubject: string;
  at: Date;
}

/** A reply without references is taken for one only so many days after the customer's mail. */
const longestWaitDays = 14;

/**
 * The conversation that a reply belongs to by the ids it names, or by those of mail that names it.
 * Only one whose customer it went to: a mail forwarded to the warehouse answers nobody.
 */
async function findByIds(tx: Tx, reply: Reply): Promise<number | null> {
  const { referenced, headerMessageId } = reply;
  const related = headerMessageId === null ? referenced : [...referenced, headerMessageId];
  if (related.length === 0) return null;
  const row = await tx
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select('conversation.id')
    .where('message.mailbox_id', '=', reply.mailboxId)
    .where((where) =>
      where.or([
        where('message.message_id', '=', sql<string>`any(${referenced}::text[])`),
        sql<boolean>`message.reference_ids && ${related}::text[]`,
      ]),
    )
    .where((where) =>
      where.or([
        where('conversation.customer_address', '=', sql<string>`any(${reply.recipients}::text[])`),
        sql<boolean>`lower(message.reply_to ->> 'address') = any(${reply.recipients}::text[])`,
      ]),
    )
    .orderBy(sql`array_position(${referenced}::text[], message.message_id)`)
    .orderBy('message.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The last mail with this subject by one of those it went to, shortly before it. */
async function findBySubject(tx: Tx, reply: Reply) {
  if (reply.normalizedSubject === '') return null;
  const row = await tx
    .selectFrom('conversation')
    .innerJoin('message', 'message.conversation_id', 'conversation.id')
    .select([
      'conversation.id as conversationId',
      'message.id as messageId',
      'message.message_id as headerMessageId',
    ])
    .where('conversation.mailbox_id', '=', reply.mailboxId)
    .where('conversation.customer_address', '=', sql<string>`any(${reply.recipients}::text[])`)
    .where('conversation.normalized_subject', '=', reply.normalizedSubject)
    .where('message.direction', '=', 'inbound')
    .where('message.received_at', '<=', reply.at)
    .where(
      'message.received_at',
      '>',
      sql<Date>`${reply.at}::timestamptz - make_interval(days => ${longestWaitDays})`,
    )
    .orderBy('message.received_at', 'desc')
    .orderBy('message.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** What a reply answers. */
export interface Answered {
  conversationId: number;
  /** The customer's mails that it certainly answers; empty where nothing but the subject says so. */
  messageIds: number[];
}

/** The customer's mails in a conversation that a reply names. */
async function namedMessages(tx: Tx, conversationId: number, referenced: readonly string[]) {
  const rows = await tx
    .selectFrom('message')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('direction', '=', 'inbound')
    .where('message_id', '=', sql<string>`any(${referenced}::text[])`)
    .execute();
  return rows.map(({ id }) => id);
}

/** What a reply answers; null when it is no answer to anything that is known. */
export async function findAnswered(tx: Tx, reply: Reply): Promise<Answered | null> {
  const conversationId = await findByIds(tx, reply);
  if (conversationId !== null) {
    const messageIds = await namedMessages(tx, conversationId, reply.referenced);
    return { conversationId, messageIds };
  }
  // A reply that names other mail is an answer to that, whatever its subject.
  if (reply.referenced.length > 0) return null;
  const found = await findBySubject(tx, reply);
  if (found === null) return null;
  // No program can name a mail without Message-ID, so there the subject has to do.
  const messageIds = found.headerMessageId === null ? [found.messageId] : [];
  return { conversationId: found.conversationId, messageIds };
}

/** A customer's mail that was filed in a conversation just now. */
export interface FiledMail {
  mailboxId: number;
  conversationId: number;
  headerMessageId: string | null;
  /** Message-IDs that it names. */
  referenced: readonly string[];
  /** Where an answer to it may go, in lower case. */
  addresses: readonly string[];
}

/**
 * Takes into a conversation what was sent to its customer and belonged to none so far: replies that
 * were read before the mail they answer, and what the customer's mail answers.
 *
 * @returns those that answer the mail, oldest first.
 */
export async function adoptReplies(
  tx: Tx,
  { mailboxId, conversationId, headerMessageId, referenced, addresses }: FiledMail,
): Promise<number[]> {
  const own = headerMessageId === null ? [] : [headerMessageId];
  const { rows } = await sql<{ id: number; answers: boolean }>`
    update message set conversation_id = ${conversationId}
    where mailbox_id = ${mailboxId} and direction = 'outbound' and conversation_id is null
      and state in ('elsewhere', 'imported')
      and (reference_ids && ${own}::text[] or message_id = any(${referenced}::text[]))
      and exists (
        select from jsonb_array_elements((recipients -> 'to') || (recipients -> 'cc')) recipient
        where lower(recipient ->> 'address') = any(${addresses}::text[]))
    returning id, state_reason is null and reference_ids && ${own}::text[] as answers`.execute(tx);
  const answers = rows.filter((row) => row.answers);
  return answers.map(({ id }) => id).toSorted((a, b) => a - b);
}

/** The open draft that answers one of these messages; null when there is none. */
export async function openDraftFor(
  tx: Tx,
  conversationId: number,
  messageIds: readonly number[],
): Promise<{ id: number; state: DraftState } | null> {
  const row = await tx
    .selectFrom('draft')
    .select(['id', 'state'])
    .where('conversation_id', '=', conversationId)
    .where('message_id', 'in', messageIds)
    .where('state', 'in', openDraftStates)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row ?? null;
}

/**
 * The approved replies to these messages that no server has been given yet. Their decisions are
 * locked until the transaction ends; whoever needs the conversation as well locks it after them,
 * as an undo does.
 */
export async function lockUnsent(tx: Tx, messageIds: readonly number[]) {
  return await tx
    .selectFrom('delivery')
    .innerJoin('decision', 'decision.id', 'delivery.decision_id')
    .select([
      'delivery.id',
      'delivery.message_id as messageId',
      'decision.id as decisionId',
      'decision.draft_id as draftId',
    ])
    .where('delivery.message_id', 'in', messageIds)
    .where('delivery.state', 'in', ['held', 'queued'])
    .orderBy('delivery.id')
    .forNoKeyUpdate(['decision'])
    .execute();
}
