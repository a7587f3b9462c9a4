/** The queue: what waits for a person or is on its way, view by view, and how much of each. */

import { type RawBuilder, sql } from 'kysely';
import type { Urgency } from '../domain/responder.ts';
import {
  type DeliveryState,
  type DraftState,
  type MessageState,
  openDeliveryStates,
} from '../domain/states.ts';
import type { Db } from './tables.ts';

export const queueViews = [
  'approve',
  'person',
  'sending',
  'sent',
  'elsewhere',
  'automated',
  'quarantined',
  'done',
] as const;

export type QueueView = (typeof queueViews)[number];

export interface QueueItem {
  conversationId: number | null;
  messageId: number | null;
  draftId: number | null;
  customerName: string;
  customerAddress: string;
  subject: string;
  at: Date;
  state: string;
  category: string | null;
  urgency: Urgency | null;
  language: string | null;
  failedChecks: number;
  /** When a planned reply leaves, and the zone that this is meant in; null for all others. */
  leavesAt: Date | null;
  timeZone: string | null;
  /** Why it stands in this view, where that needs saying. */
  note: string | null;
  /** The first words of what the customer wrote. */
  snippet: string;
}

const draftViews: Partial<Record<QueueView, DraftState[]>> = {
  approve: ['queued', 'drafting', 'ready'],
  person: ['needs_person', 'failed'],
};

const deliveryViews: Partial<Record<QueueView, readonly DeliveryState[]>> = {
  sending: openDeliveryStates,
  sent: ['sent'],
};

const messageViews: Partial<Record<QueueView, MessageState[]>> = {
  automated: ['automated', 'blocked'],
  quarantined: ['quarantined'],
  done: ['done'],
};

const snippetLength = 160;

/** How many checks failed, without remarks; a reply may speak of attachments once it has one. */
const failedChecks = sql<number>`jsonb_array_length(jsonb_path_query_array(draft.checks,
  '$[*] ? (@.passed == false && !(@.severity == "remark") && (@.check != "attachments" || $attached == false))',
  jsonb_build_object('attached', exists (select from enclosure
    where enclosure.conversation_id = draft.conversation_id
      and enclosure.decision_id is null and enclosure.sha256 is not null))))`;

function selectDrafts(db: Db, states: DraftState[]) {
  return db
    .selectFrom('draft')
    .innerJoin('conversation', 'conversation.id', 'draft.conversation_id')
    .innerJoin('message', 'message.id', 'draft.message_id')
    .select([
      'conversation.id as conversationId',
      'message.id as messageId',
      'draft.id as draftId',
      'conversation.customer_name as customerName',
      'conversation.customer_address as customerAddress',
      // Of the mail to answer: the customer may have changed it.
      'message.subject',
      'message.received_at as at',
      'draft.state',
      'draft.category',
      'draft.urgency',
      'draft.language',
      failedChecks.as('failedChecks'),
      sql<null>`null`.as('leavesAt'),
      sql<null>`null`.as('timeZone'),
      sql<string | null>`coalesce(draft.error_text, draft.needs_person_reason)`.as('note'),
      sql<string>`left(message.new_text, ${snippetLength})`.as('snippet'),
    ])
    .where('draft.state', 'in', states);
}

/** Drafts, urgent ones first, then the longest waiting. */
async function listDrafts(db: Db, states: DraftState[], limit: number): Promise<QueueItem[]> {
  return await selectDrafts(db, states)
    .orderBy(sql`draft.urgency is not distinct from 'urgent'`, 'desc')
    .orderBy('message.received_at')
    .orderBy('draft.id')
    .limit(limit)
    .execute();
}

/** Drafts that colleagues answered from other mail programs, the newest first. */
async function listAnswered(db: Db, limit: number): Promise<QueueItem[]> {
  return await selectDrafts(db, ['answered'])
    .orderBy('draft.changed_at', 'desc')
    .orderBy('draft.id', 'desc')
    .limit(limit)
    .execute();
}

/** Held replies that leave at a chosen moment, more than a minute from now. */
const planned = sql<boolean>`delivery.state = 'held' and delivery.leaves <> 'at_once'
  and delivery.overtaken_by is null and delivery.hold_until > now() + interval '1 minute'`;

/** Sent replies that did not arrive, or that brought a complaint; until somebody has seen it. */
const unseen = sql<boolean>`delivery.unseen_report is not null`;

/**
 * Deliveries, the newest first.
 *
 * @param more others than those of the states.
 */
async function listDeliveries(
  db: Db,
  states: readonly DeliveryState[],
  more: RawBuilder<boolean> | null,
  limit: number,
): Promise<QueueItem[]> {
  return await db
    .selectFrom('delivery')
    .innerJoin('conversation', 'conversation.id', 'delivery.conversation_id')
    .innerJoin('decision', 'decision.id', 'delivery.decision_id')
    .innerJoin('draft', 'draft.id', 'decision.draft_id')
    .select([
      'conversation.id as conversationId',
      'delivery.message_id as messageId',
      'draft.id as draftId',
      'conversation.customer_name as customerName',
      'conversation.customer_address as customerAddress',
      'conversation.subject',
      'delivery.changed_at as at',
      sql<string>`case delivery.unseen_report when 'failed' then 'undelivered'
        when 'complaint' then 'complaint'
        else case when ${planned} then 'planned' else delivery.state end end`.as('state'),
      'draft.category',
      'draft.urgency',
      'draft.language',
      sql<number>`0`.as('failedChecks'),
      sql<Date | null>`case when ${planned} then delivery.hold_until end`.as('leavesAt'),
      'delivery.time_zone as timeZone',
      'delivery.answer as note',
      sql<string>`left(decision.final_text, ${snippetLength})`.as('snippet'),
    ])
    .where((where) =>
      where.or([where('delivery.state', 'in', states), ...(more === null ? [] : [more])]),
    )
    .orderBy('delivery.changed_at', 'desc')
    .orderBy('delivery.id', 'desc')
    .limit(limit)
    .execute();
}

/** Colleagues' replies from other mail programs that came back, until somebody has seen it. */
async function listReturned(db: Db, limit: number): Promise<QueueItem[]> {
  return await db
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select([
      'conversation.id as conversationId',
      'message.id as messageId',
      sql<null>`null`.as('draftId'),
      'conversation.customer_name as customerName',
      'conversation.customer_address as customerAddress',
      'conversation.subject',
      'message.received_at as at',
      sql<string>`case message.unseen_report when 'failed' then 'undelivered'
        else 'complaint' end`.as('state'),
      sql<null>`null`.as('category'),
      sql<null>`null`.as('urgency'),
      sql<null>`null`.as('language'),
      sql<number>`0`.as('failedChecks'),
      sql<null>`null`.as('leavesAt'),
      sql<null>`null`.as('timeZone'),
      sql<null>`null`.as('note'),
      sql<string>`left(message.new_text, ${snippetLength})`.as('snippet'),
    ])
    .where('message.unseen_report', 'is not', null)
    .orderBy('message.received_at', 'desc')
    .limit(limit)
    .execute();
}

/** What is on its way or in trouble, with what came back of our replies and of colleagues'. */
async function listSending(
  db: Db,
  states: readonly DeliveryState[],
  limit: number,
): Promise<QueueItem[]> {
  const ours = await listDeliveries(db, states, unseen, limit);
  const items = [...ours, ...(await listReturned(db, limit))];
  return items.toSorted((a, b) => b.at.getTime() - a.at.getTime()).slice(0, limit);
}

/** Messages that were filed without a draft, the newest first. */
async function listMessages(db: Db, states: MessageState[], limit: number): Promise<QueueItem[]> {
  return await db
    .selectFrom('message')
    .select([
      'conversation_id as conversationId',
      'id as messageId',
      sql<null>`null`.as('draftId'),
      'from_name as customerName',
      sql<string>`coalesce(from_address, '')`.as('customerAddress'),
      'subject',
      'received_at as at',
      'state',
      sql<null>`null`.as('category'),
      sql<null>`null`.as('urgency'),
      sql<null>`null`.as('language'),
      sql<number>`0`.as('failedChecks'),
      sql<null>`null`.as('leavesAt'),
      sql<null>`null`.as('timeZone'),
      'state_reason as note',
      sql<string>`left(new_text, ${snippetLength})`.as('snippet'),
    ])
    .where('state', 'in', states)
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** The items of one view, the most pressing first. */
export async function listQueue(db: Db, view: QueueView, limit: number): Promise<QueueItem[]> {
  if (view === 'elsewhere') return await listAnswered(db, limit);
  const [drafts, deliveries] = [draftViews[view], deliveryViews[view]];
  if (drafts !== undefined) return await listDrafts(db, drafts, limit);
  if (view === 'sending') return await listSending(db, deliveries ?? [], limit);
  if (deliveries !== undefined) return await listDeliveries(db, deliveries, null, limit);
  return await listMessages(db, messageViews[view] ?? [], limit);
}

/** How many items each view has, and how the deliveries of `sending` are doing. */
export type QueueCounts = Record<QueueView, number> & {
  /** Those that leave at a chosen moment. */
  planned: number;
  /** Those that somebody must look at: refused, uncertain, or not arrived. */
  troubled: number;
};

/**
 * How many items each view has. What was sent, here or elsewhere, grows for ever and is no work to
 * do: it counts the last 24 hours.
 */
export async function queueCounts(db: Db): Promise<QueueCounts> {
  const result = await sql<QueueCounts>`select
    (select count(*) from draft where state in ('queued', 'drafting', 'ready')) as approve,
    (select count(*) from draft where state in ('needs_person', 'failed')) as person,
    (select count(*) from delivery
      where state in ('held', 'queued', 'sending', 'refused', 'uncertain')
        or unseen_report is not null)
      + (select count(*) from message where unseen_report is not null) as sending,
    (select count(*) from delivery where ${planned}) as planned,
    (select count(*) from delivery
      where state in ('refused', 'uncertain') or unseen_report is not null)
      + (select count(*) from message where unseen_report is not null) as troubled,
    (select count(*) from delivery
      where state = 'sent' and changed_at > now() - interval '1 day') as sent,
    (select count(*) from draft
      where state = 'answered' and changed_at > now() - interval '1 day') as elsewhere,
    (select count(*) from message where state in ('automated', 'blocked')) as automated,
    (select count(*) from message where state = 'quarantined') as quarantined,
    (select count(*) from message where state = 'done') as done`.execute(db);
  const row = result.rows[0];
  if (row === undefined) throw new Error('A select without a table gives one row.');
  return row;
}
