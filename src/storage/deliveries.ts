/** Deliveries: approved replies on their way out, each with its exact bytes. */

import { sql } from 'kysely';
import type { Leaving } from '../domain/business-hours.ts';
import type { Address } from '../domain/message.ts';
import type { DeliveryState } from '../domain/states.ts';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

/** When a reply leaves. */
export interface Plan {
  leaves: Leaving;
  /** Not before then, besides the undo window; null for as soon as that is over. */
  at: Date | null;
  /** The zone that the time is meant in; null only for `at_once`. */
  timeZone: string | null;
}

export interface NewDelivery {
  decisionId: number;
  conversationId: number;
  mailboxId: number;
  messageId: number;
  headerMessageId: string;
  recipient: Address;
  copies: readonly Address[];
  undoSeconds: number;
  plan: Plan;
}

/** The end of the undo window that begins now, or the planned moment where that is later. */
function holdUntil({ at }: Plan, undoSeconds: number) {
  // Without a moment the window alone counts: `greatest` leaves null out.
  return sql<Date>`greatest(now() + make_interval(secs => ${undoSeconds}), ${at}::timestamptz)`;
}

/** Holds a reply for the undo window, or until the moment that was chosen for it. */
export async function holdDelivery(
  tx: Tx,
  delivery: NewDelivery,
): Promise<{ id: number; holdUntil: Date }> {
  const { conversationId } = delivery;
  const row = await tx
    .insertInto('delivery')
    .values({
      decision_id: delivery.decisionId,
      conversation_id: conversationId,
      mailbox_id: delivery.mailboxId,
      message_id: delivery.messageId,
      state: 'held',
      header_message_id: delivery.headerMessageId,
      recipient: JSON.stringify(delivery.recipient),
      copies: JSON.stringify(delivery.copies),
      leaves: delivery.plan.leaves,
      time_zone: delivery.plan.timeZone,
      hold_until: holdUntil(delivery.plan, delivery.undoSeconds),
    })
    .returning(['id', 'hold_until as holdUntil'])
    .executeTakeFirstOrThrow();
  await announce(tx, { kind: 'delivery', deliveryId: row.id, conversationId, state: 'held' });
  return row;
}

/** Plans a held delivery, which is locked, anew. */
export async function planAnew(
  tx: Tx,
  id: number,
  plan: Plan,
  undoSeconds: number,
): Promise<{ holdUntil: Date }> {
  const { conversationId, ...row } = await tx
    .updateTable('delivery')
    .set({
      leaves: plan.leaves,
      time_zone: plan.timeZone,
      hold_until: holdUntil(plan, undoSeconds),
      changed_at: new Date(),
    })
    .where('id', '=', id)
    .where('state', '=', 'held')
    .returning(['hold_until as holdUntil', 'conversation_id as conversationId'])
    .executeTakeFirstOrThrow();
  await announce(tx, { kind: 'delivery', deliveryId: id, conversationId, state: 'held' });
  return row;
}

/**
 * Notes that a customer's mail came while replies of its conversation wait for their moment: from
 * then on they must not leave.
 *
 * @returns them, with the mails that they answer.
 */
export async function markOvertaken(
  tx: Tx,
  conversationId: number,
  messageId: number,
): Promise<{ id: number; messageId: number }[]> {
  return await tx
    .updateTable('delivery')
    .set({ overtaken_by: messageId })
    .where('conversation_id', '=', conversationId)
    .where('state', '=', 'held')
    .where('leaves', '<>', 'at_once')
    .where('message_id', '<>', messageId)
    .returning(['id', 'message_id as messageId'])
    .execute();
}

/** A delivery with the text to send, without its bytes (see raw-bytes.ts); locked until the transaction ends. Null when there is none. */
export async function lockDelivery(tx: Tx, id: number) {
  const row = await tx
    .selectFrom('delivery')
    .innerJoin('decision', 'decision.id', 'delivery.decision_id')
    .innerJoin('draft', 'draft.id', 'decision.draft_id')
    .innerJoin('mailbox', 'mailbox.id', 'delivery.mailbox_id')
    .select([
      'delivery.id',
      'delivery.state',
      'delivery.mailbox_id as mailboxId',
      'mailbox.name as mailboxName',
      'delivery.conversation_id as conversationId',
      'delivery.message_id as messageId',
      'delivery.decision_id as decisionId',
      'delivery.header_message_id as headerMessageId',
      'delivery.recipient',
      'delivery.copies',
      'delivery.attempt',
      'delivery.ticket',
      'delivery.envelope',
      'delivery.not_taken as notTaken',
      'delivery.perhaps_taken as perhapsTaken',
      'delivery.hold_until as holdUntil',
      // The server's clock, which also set the hold, decides.
      sql<boolean>`delivery.hold_until > now()`.as('tooEarly'),
      'delivery.leaves',
      'delivery.overtaken_by as overtakenBy',
      'delivery.sent_copy_at as sentCopyAt',
      'decision.final_text as text',
      'decision.account_id as approvedBy',
      'draft.language',
    ])
    .where('delivery.id', '=', id)
    .forNoKeyUpdate(['delivery'])
    .executeTakeFirst();
  return row ?? null;
}

/** The conversation of a delivery, which is locked before it; null when there is no delivery. */
export async function conversationOfDelivery(tx: Tx, id: number): Promise<number | null> {
  const row = await tx
    .selectFrom('delivery')
    .select('conversation_id as conversationId')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.conversationId ?? null;
}

/** Gives a delivery its next ticket. */
export async function nextTicket(tx: Tx, id: number): Promise<number> {
  const { ticket } = await tx
    .updateTable('delivery')
    .set((old) => ({ ticket: old('ticket', '+', 1) }))
    .where('id', '=', id)
    .returning('ticket')
    .executeTakeFirstOrThrow();
  return ticket;
}

/** The decision that a delivery carries out. @throws when there is no such delivery */
export async function decisionOfDelivery(tx: Tx, id: number): Promise<number> {
  const row = await tx
    .selectFrom('delivery')
    .select('decision_id as decisionId')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.decisionId;
}

/** Notes other names under which the mail server may have sent a delivery on. */
export async function recordReportedIds(tx: Tx, id: number, reported: string[]): Promise<void> {
  if (reported.length === 0) return;
  await tx
    .insertInto('reported_id')
    .values(reported.map((each) => ({ reported: each, delivery_id: id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Notes which message of the conversation a sent delivery became. */
export async function recordSentMessage(tx: Tx, id: number, messageId: number): Promise<void> {
  await tx
    .updateTable('delivery')
    .set({ sent_message_id: messageId })
    .where('id', '=', id)
    .execute();
}

/** Notes that the copy stands in the Sent folder. */
export async function recordSentCopy(tx: Tx, id: number): Promise<void> {
  const patch = { sent_copy_at: new Date(), sent_copy_trouble: null };
  await tx.updateTable('delivery').set(patch).where('id', '=', id).execute();
}

/** Notes why the copy does not stand in the Sent folder, unless it does by now. */
export async function recordSentCopyTrouble(tx: Tx, id: number, trouble: string): Promise<void> {
  const row = await tx
    .updateTable('delivery')
    .set({ sent_copy_trouble: trouble })
    .where('id', '=', id)
    .where('sent_copy_at', 'is', null)
    .returning(['conversation_id as conversationId', 'state'])
    .executeTakeFirst();
  if (row !== undefined) await announce(tx, { kind: 'delivery', deliveryId: id, ...row });
}

/** Approved replies of a conversation that are on their way and may reach the customer, oldest first. */
export async function pendingReplies(
  db: Db,
  conversationId: number,
): Promise<{ decisionId: number; text: string; at: Date }[]> {
  const rows = await db
    .selectFrom('delivery')
    .innerJoin('decision', 'decision.id', 'delivery.decision_id')
    .select([
      'decision.id as decisionId',
      'decision.final_text as text',
      'delivery.created_at as at',
    ])
    .where('delivery.conversation_id', '=', conversationId)
    .where('delivery.state', 'in', ['held', 'queued', 'sending', 'uncertain'])
    // What waits for a chosen moment is stopped by the mail that this is asked for.
    .where((where) =>
      where.or([where('delivery.state', '<>', 'held'), where('delivery.leaves', '=', 'at_once')]),
    )
    .orderBy('delivery.id')
    .execute();
  return rows.map(({ text, ...rest }) => ({ ...rest, text: text ?? '' }));
}

/** Notes why a delivery waits, for the person who looks at it. */
export async function recordAnswer(db: Db, id: number, answer: string): Promise<void> {
  await db.updateTable('delivery').set({ answer }).where('id', '=', id).execute();
}

/** Notes that a delivery was looked for in the Sent folder, and is not there. */
export async function recordLook(tx: Tx, id: number): Promise<void> {
  const { conversationId, state } = await tx
    .updateTable('delivery')
    .set({ sent_looked_at: sql<Date>`now()` })
    .where('id', '=', id)
    .returning(['conversation_id as conversationId', 'state'])
    .executeTakeFirstOrThrow();
  await announce(tx, { kind: 'delivery', deliveryId: id, conversationId, state });
}

/** What looking for a delivery in the Sent folder needs to know. */
export interface Searched {
  state: DeliveryState;
  attempt: number;
  /** An earlier attempt may have been taken. */
  perhapsTaken: boolean;
  /** Recipients that the server refused while it took the mail for others. */
  notTaken: string[];
  mailboxId: number;
  mailboxName: string;
  headerMessageId: string;
}

/** Null when there is no such delivery. */
export async function loadSearched(db: Db, id: number): Promise<Searched | null> {
  const row = await db
    .selectFrom('delivery')
    .innerJoin('mailbox', 'mailbox.id', 'delivery.mailbox_id')
    .select([
      'delivery.state',
      'delivery.attempt',
      'delivery.perhaps_taken as perhapsTaken',
      'delivery.not_taken as notTaken',
      'delivery.mailbox_id as mailboxId',
      'mailbox.name as mailboxName',
      'delivery.header_message_id as headerMessageId',
    ])
    .where('delivery.id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}
