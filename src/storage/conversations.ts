/** Conversations: which messages belong together, and all that a person sees of one. */

import { sql } from 'kysely';
import type { Reason, Verdict } from '../domain/decision.ts';
import type { Address } from '../domain/message.ts';
import type { CheckResult, Citation, Urgency } from '../domain/responder.ts';
import type { DeliveryState, DraftState } from '../domain/states.ts';
import { type MessageView, selectMessageViews } from './messages.ts';
import type { Db, Tx } from './tables.ts';

/**
 * The conversation that a message continues: one of this customer in this mailbox that holds a
 * message it refers to, or (when mail arrives out of order) a message that refers to it, or to the
 * same message as it.
 *
 * @param referenced Message-IDs that it names, nearest first.
 */
export async function findConversation(
  tx: Tx,
  mailboxId: number,
  customerAddress: string,
  headerMessageId: string | null,
  referenced: string[],
): Promise<number | null> {
  const related = headerMessageId === null ? referenced : [...referenced, headerMessageId];
  const row = await tx
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select('conversation.id')
    .where('message.mailbox_id', '=', mailboxId)
    .where('conversation.customer_address', '=', customerAddress)
    .where((where) =>
      where.or([
        where('message.message_id', '=', sql<string>`any(${referenced}::text[])`),
        sql<boolean>`message.reference_ids && ${related}::text[]`,
      ]),
    )
    .orderBy(sql`array_position(${referenced}::text[], message.message_id)`)
    .orderBy('message.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Starts a conversation with a customer. */
export async function createConversation(
  tx: Tx,
  mailboxId: number,
  customer: Address,
  subject: string,
  normalizedSubject: string,
): Promise<number> {
  const { id } = await tx
    .insertInto('conversation')
    .values({
      mailbox_id: mailboxId,
      customer_name: customer.name,
      customer_address: customer.address,
      subject,
      normalized_subject: normalizedSubject,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * Locks a conversation until the transaction ends, so that a new message and a decision on the
 * draft before it cannot pass each other unseen.
 *
 * @returns the id of the customer's last message.
 */
export async function lockConversation(tx: Tx, id: number): Promise<number | null> {
  const row = await tx
    .selectFrom('conversation')
    .select('last_message_id as lastMessageId')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return row.lastMessageId;
}

/** Makes a customer's message the one that the conversation waits to have answered. */
export async function setLastMessage(
  tx: Tx,
  conversationId: number,
  messageId: number,
): Promise<void> {
  await tx
    .updateTable('conversation')
    .set({ last_message_id: messageId, last_message_at: new Date() })
    .where('id', '=', conversationId)
    .execute();
}

/** Notes that something was said in a conversation just now. */
export async function touchConversation(tx: Tx, id: number): Promise<void> {
  await tx
    .updateTable('conversation')
    .set({ last_message_at: new Date() })
    .where('id', '=', id)
    .execute();
}

/** Whose conversation it is, and in which mailbox. */
export async function loadConversationHead(
  db: Db,
  id: number,
): Promise<{ subject: string; customer: Address; mailboxName: string }> {
  const row = await db
    .selectFrom('conversation')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select(['subject', 'customer_name', 'customer_address', 'mailbox.name as mailboxName'])
    .where('conversation.id', '=', id)
    .executeTakeFirstOrThrow();
  const customer = { name: row.customer_name, address: row.customer_address };
  return { subject: row.subject, customer, mailboxName: row.mailboxName };
}

export interface DraftView {
  id: number;
  messageId: number;
  state: DraftState;
  reply: string | null;
  category: string | null;
  urgency: Urgency | null;
  language: string | null;
  citations: Citation[];
  missing: string[];
  needsPersonReason: string | null;
  checks: CheckResult[];
  inputTokens: number | null;
  cacheReadTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  latencyMs: number | null;
  errorText: string | null;
  responderHash: string | null;
  prompt: string | null;
  model: string | null;
  createdAt: Date;
}

export interface DecisionView {
  id: number;
  verdict: Verdict;
  finalText: string | null;
  reasons: Reason[];
  note: string | null;
  redraft: boolean;
  by: string;
  at: Date;
}

export interface DeliveryView {
  id: number;
  decisionId: number;
  state: DeliveryState;
  recipient: Address;
  holdUntil: Date;
  answer: string | null;
  at: Date;
}

export interface ConversationView {
  id: number;
  subject: string;
  customer: Address;
  mailbox: { name: string; address: string };
  lastMessageId: number | null;
  /** How many other conversations this customer has in this mailbox. */
  otherConversations: number;
  messages: MessageView[];
  /** The newest draft. */
  draft: DraftView | null;
  /** The decision on that draft, unless undone. */
  decision: DecisionView | null;
  /** The newest delivery. */
  delivery: DeliveryView | null;
}

/** Longest history that one page shows; older messages stay in the database. */
const longestHistory = 200;

async function newestDraft(db: Db, conversationId: number): Promise<DraftView | null> {
  const row = await db
    .selectFrom('draft')
    .leftJoin('responder', 'responder.hash', 'draft.responder_hash')
    .select([
      'draft.id',
      'draft.message_id as messageId',
      'draft.state',
      'draft.reply',
      'draft.category',
      'draft.urgency',
      'draft.language',
      'draft.citations',
      'draft.missing',
      'draft.needs_person_reason as needsPersonReason',
      'draft.checks',
      'draft.input_tokens as inputTokens',
      'draft.cache_read_tokens as cacheReadTokens',
      'draft.output_tokens as outputTokens',
      'draft.cost_usd as costUsd',
      'draft.latency_ms as latencyMs',
      'draft.error_text as errorText',
      'draft.responder_hash as responderHash',
      'responder.prompt',
      'responder.model',
      'draft.created_at as createdAt',
    ])
    .where('draft.conversation_id', '=', conversationId)
    .orderBy('draft.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

async function standingDecision(db: Db, draftId: number): Promise<DecisionView | null> {
  const row = await db
    .selectFrom('decision')
    .innerJoin('account', 'account.id', 'decision.account_id')
    .select([
      'decision.id',
      'decision.verdict',
      'decision.final_text as finalText',
      'decision.reasons',
      'decision.note',
      'decision.redraft',
      'account.name as by',
      'decision.decided_at as at',
    ])
    .where('decision.draft_id', '=', draftId)
    .where('decision.undone_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

async function newestDelivery(db: Db, conversationId: number): Promise<DeliveryView | null> {
  const row = await db
    .selectFrom('delivery')
    .select([
      'id',
      'decision_id as decisionId',
      'state',
      'recipient',
      'hold_until as holdUntil',
      'answer',
      'changed_at as at',
    ])
    .where('conversation_id', '=', conversationId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The last messages of a conversation, oldest first. */
export async function conversationMessages(
  db: Db,
  id: number,
  limit: number = longestHistory,
): Promise<MessageView[]> {
  const newestFirst = await selectMessageViews(db)
    .where('conversation_id', '=', id)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return newestFirst.reverse();
}

/** All that the desk shows of a conversation; null when there is none of that id. */
export async function loadConversation(db: Db, id: number): Promise<ConversationView | null> {
  const head = await db
    .selectFrom('conversation')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select((from) => [
      'conversation.subject',
      'conversation.customer_name',
      'conversation.customer_address',
      'conversation.last_message_id as lastMessageId',
      'mailbox.name as mailboxName',
      'mailbox.address as mailboxAddress',
      from
        .selectFrom('conversation as other')
        .whereRef('other.mailbox_id', '=', 'conversation.mailbox_id')
        .whereRef('other.customer_address', '=', 'conversation.customer_address')
        .whereRef('other.id', '<>', 'conversation.id')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('others'),
    ])
    .where('conversation.id', '=', id)
    .executeTakeFirst();
  if (head === undefined) return null;
  const [messages, draft, delivery] = await Promise.all([
    conversationMessages(db, id),
    newestDraft(db, id),
    newestDelivery(db, id),
  ]);
  return {
    id,
    subject: head.subject,
    customer: { name: head.customer_name, address: head.customer_address },
    mailbox: { name: head.mailboxName, address: head.mailboxAddress },
    lastMessageId: head.lastMessageId,
    otherConversations: head.others ?? 0,
    messages,
    draft,
    decision: draft === null ? null : await standingDecision(db, draft.id),
    delivery,
  };
}
