/** All that a person sees of one conversation: messages, draft, decision, delivery. */

import type { Reason, Verdict } from '../domain/decision.ts';
import type { Address } from '../domain/message.ts';
import { standingConversation } from './conversations.ts';
import { type DeliveryReportView, reportsOf } from './delivery-reports.ts';
import {
  type DeliveryView,
  newestDelivery,
  type OpenDelivery,
  type OvertakenView,
  openDeliveries,
  overtakenReply,
} from './delivery-view.ts';
import { type DraftView, newestDraft } from './draft-view.ts';
import { type MessageView, selectMessageViews } from './messages.ts';
import { lastRegrouping, type RegroupingView } from './regroup.ts';
import type { Db } from './tables.ts';

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

/** An approval that was taken back: what was to be sent need not be written again. */
export interface TakenBackView {
  text: string;
  /** What the mail server said, where the reply was given up because it was refused. */
  refusal: string | null;
  /** Whom it went to, or may have, all the same. */
  delivery: Pick<DeliveryView, 'recipient' | 'copies' | 'notTaken' | 'perhapsTaken'>;
  /** Null where a colleague's reply from another mail program stopped it. */
  by: string | null;
  at: Date;
}

/** Why an earlier draft at the same message was rejected: whoever writes on must know. */
export interface RejectionView {
  reasons: Reason[];
  note: string | null;
  by: string;
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
  /** The last approval of that draft that was undone or given up. */
  takenBack: TakenBackView | null;
  /** The newest delivery, if it was stopped by the mail that the draft answers. */
  overtaken: OvertakenView | null;
  /** The last rejection of an earlier draft at the message that the draft answers. */
  rejection: RejectionView | null;
  /** The newest delivery. */
  delivery: DeliveryView | null;
  /** All that are on their way or that somebody must look at, oldest first. */
  openDeliveries: OpenDelivery[];
  /** What mail systems reported about any of its deliveries, oldest first. */
  reports: DeliveryReportView[];
  /** The last merge or split, unless undone. */
  regrouping: RegroupingView | null;
}

/** Longest history that one page shows; older messages stay in the database. */
const longestHistory = 200;

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

async function lastTakenBack(db: Db, draftId: number): Promise<TakenBackView | null> {
  const row = await db
    .selectFrom('decision')
    .leftJoin('account', 'account.id', 'decision.undone_by')
    .innerJoin('delivery', 'delivery.decision_id', 'decision.id')
    .select([
      'decision.final_text as text',
      'delivery.answer as refusal',
      'delivery.recipient',
      'delivery.copies',
      'delivery.not_taken as notTaken',
      'delivery.perhaps_taken as perhapsTaken',
      'account.name as by',
      'decision.undone_at as at',
    ])
    .where('decision.draft_id', '=', draftId)
    .where('decision.final_text', 'is not', null)
    .where('decision.undone_at', 'is not', null)
    .orderBy('decision.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined || row.text === null || row.at === null) return null;
  const { text, refusal, by, at, ...delivery } = row;
  return { text, refusal, by, at, delivery };
}

async function lastRejection(db: Db, draft: DraftView): Promise<RejectionView | null> {
  const row = await db
    .selectFrom('decision')
    .innerJoin('draft', 'draft.id', 'decision.draft_id')
    .innerJoin('account', 'account.id', 'decision.account_id')
    .select([
      'decision.reasons',
      'decision.note',
      'account.name as by',
      'decision.decided_at as at',
    ])
    .where('draft.message_id', '=', draft.messageId)
    .where('draft.id', '<>', draft.id)
    .where('decision.verdict', '=', 'rejected')
    .where('decision.undone_at', 'is', null)
    .orderBy('decision.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The last messages of a conversation, oldest first. */
async function newestMessages(db: Db, id: number): Promise<MessageView[]> {
  const newestFirst = await selectMessageViews(db)
    .where('conversation_id', '=', id)
    // What stands there once need not be read twice.
    .where('state', '<>', 'copy')
    // An import brings mail that is older than what was there before it.
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(longestHistory)
    .execute();
  return newestFirst.reverse();
}

/**
 * All that the desk shows of a conversation; null when there is none of that id. One that was merged
 * is shown as what it became.
 */
export async function loadConversation(db: Db, asked: number): Promise<ConversationView | null> {
  const id = await standingConversation(db, asked);
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
        .where('other.merged_into', 'is', null)
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('others'),
    ])
    .where('conversation.id', '=', id)
    .executeTakeFirst();
  if (head === undefined) return null;
  const [messages, draft, delivery, open, reports, regrouping] = await Promise.all([
    newestMessages(db, id),
    newestDraft(db, id),
    newestDelivery(db, id),
    openDeliveries(db, id),
    reportsOf(db, id),
    lastRegrouping(db, id),
  ]);
  const [decision, takenBack, rejection] =
    draft === null
      ? [null, null, null]
      : await Promise.all([
          standingDecision(db, draft.id),
          lastTakenBack(db, draft.id),
          lastRejection(db, draft),
        ]);
  const overtaken = await overtakenReply(db, delivery);
  return {
    id,
    subject: head.subject,
    customer: { name: head.customer_name, address: head.customer_address },
    mailbox: { name: head.mailboxName, address: head.mailboxAddress },
    lastMessageId: head.lastMessageId,
    otherConversations: head.others ?? 0,
    messages,
    draft,
    decision,
    takenBack,
    overtaken,
    rejection,
    delivery,
    openDeliveries: open,
    reports,
    regrouping,
  };
}
