/** Deliveries as pages show them: the newest of a conversation, and what stopped it. */

import type { Leaving } from '../domain/business-hours.ts';
import type { Address } from '../domain/message.ts';
import { type DeliveryState, openDeliveryStates } from '../domain/states.ts';
import type { Db } from './tables.ts';

export interface DeliveryView {
  id: number;
  decisionId: number;
  state: DeliveryState;
  recipient: Address;
  copies: Address[];
  holdUntil: Date;
  leaves: Leaving;
  /** The zone that its moment is meant in; null for `at_once`. */
  timeZone: string | null;
  /** The mail that came while it waited for its moment; null for none. */
  overtakenBy: number | null;
  nextTryAt: Date | null;
  /** Recipients that the server refused while it took the mail for others. */
  notTaken: string[];
  /** An earlier attempt may have been taken; it was sent again on a person's word. */
  perhapsTaken: boolean;
  sentLookedAt: Date | null;
  /** Why its copy does not stand in the Sent folder yet; null when nothing failed. */
  sentCopyTrouble: string | null;
  answer: string | null;
  at: Date;
}

/** An approved reply that a newer mail of its customer stopped before its moment came. */
export interface OvertakenView {
  text: string;
  /** Who approved it, and for when. */
  by: string;
  planned: Date;
  timeZone: string | null;
}

function selectDeliveries(db: Db, conversationId: number) {
  return db
    .selectFrom('delivery')
    .select([
      'delivery.id',
      'decision_id as decisionId',
      'state',
      'recipient',
      'copies',
      'hold_until as holdUntil',
      'leaves',
      'time_zone as timeZone',
      'overtaken_by as overtakenBy',
      'next_try_at as nextTryAt',
      'not_taken as notTaken',
      'perhaps_taken as perhapsTaken',
      'sent_looked_at as sentLookedAt',
      'sent_copy_trouble as sentCopyTrouble',
      'answer',
      'changed_at as at',
    ])
    .where('conversation_id', '=', conversationId);
}

/** The newest delivery of a conversation; null when there is none. */
export async function newestDelivery(db: Db, conversationId: number): Promise<DeliveryView | null> {
  const row = await selectDeliveries(db, conversationId)
    .orderBy('delivery.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** A reply that is on its way or that somebody must look at, with its text. */
export type OpenDelivery = DeliveryView & { text: string };

/** More open replies than any conversation has; a page shows no more. */
const mostOpen = 20;

/** All deliveries of a conversation that are neither sent nor cancelled, oldest first. */
export async function openDeliveries(db: Db, conversationId: number): Promise<OpenDelivery[]> {
  const rows = await selectDeliveries(db, conversationId)
    .innerJoin('decision', 'decision.id', 'decision_id')
    .select('decision.final_text as text')
    .where('state', 'in', openDeliveryStates)
    .orderBy('delivery.id')
    .limit(mostOpen)
    .execute();
  return rows.map(({ text, ...delivery }) => ({ ...delivery, text: text ?? '' }));
}

/** What a newer mail stopped, as long as no later reply was approved. */
export async function overtakenReply(
  db: Db,
  delivery: DeliveryView | null,
): Promise<OvertakenView | null> {
  if (delivery === null || delivery.overtakenBy === null) return null;
  const { holdUntil: planned, timeZone } = delivery;
  const { text, by } = await db
    .selectFrom('decision')
    .innerJoin('account', 'account.id', 'decision.account_id')
    .select(['decision.final_text as text', 'account.name as by'])
    .where('decision.id', '=', delivery.decisionId)
    .executeTakeFirstOrThrow();
  return { text: text ?? '', by, planned, timeZone };
}
