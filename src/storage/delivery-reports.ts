/** Delivery reports: what mail systems said later about a delivery, and who has seen it. */

import { sql } from 'kysely';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

export type ReportedFate = 'failed' | 'delayed' | 'complaint';

export interface NewDeliveryReport {
  /** Empty when the report does not say whose copy it is about. */
  recipient: string;
  action: ReportedFate;
  status: string | null;
  diagnostic: string | null;
}

/**
 * The delivery that goes by one of these names, in the order of the names; null when none does.
 *
 * @param names its Message-ID, or what the server that took it said to call it.
 */
export async function findNamedDelivery(
  tx: Tx,
  names: readonly string[],
): Promise<{ id: number; conversationId: number } | null> {
  const wanted = sql`${names}::text[]`;
  const { rows } = await sql<{ id: number; conversationId: number }>`
    select delivery.id, conversation_id as "conversationId" from (
      select id, array_position(${wanted}, header_message_id) as distance
        from delivery where header_message_id = any(${wanted})
      union all
      select delivery_id, array_position(${wanted}, reported)
        from reported_id where reported = any(${wanted})) as found
    join delivery on delivery.id = found.id
    order by distance, delivery.id desc limit 1`.execute(tx);
  return rows[0] ?? null;
}

/**
 * Notes what a mail reports about a delivery. What was reported before adds nothing. A failure or a
 * complaint puts the delivery before people again.
 */
export async function recordDeliveryReports(
  tx: Tx,
  { deliveryId, messageId }: { deliveryId: number; messageId: number },
  reports: readonly NewDeliveryReport[],
): Promise<void> {
  if (reports.length === 0) return;
  const fresh = await tx
    .insertInto('delivery_report')
    .values(
      reports.map((report) => ({ ...report, delivery_id: deliveryId, message_id: messageId })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('action')
    .execute();
  const worst = (['failed', 'complaint'] as const).find((action) =>
    fresh.some((row) => row.action === action),
  );
  if (worst !== undefined)
    await sql`update delivery set unseen_report =
        case when unseen_report = 'failed' then unseen_report else ${worst} end
      where id = ${deliveryId}`.execute(tx);
  if (fresh.length > 0) await announceReports(tx, deliveryId);
}

async function announceReports(tx: Tx, deliveryId: number): Promise<void> {
  const { state, conversationId } = await tx
    .selectFrom('delivery')
    .select(['state', 'conversation_id as conversationId'])
    .where('id', '=', deliveryId)
    .executeTakeFirstOrThrow();
  await announce(tx, { kind: 'delivery', deliveryId, conversationId, state });
}

/**
 * Notes that somebody has seen what was reported about a delivery.
 *
 * @returns false when there is nothing that nobody had seen.
 */
export async function markReportsSeen(
  db: Db,
  { deliveryId, accountId }: { deliveryId: number; accountId: number },
): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const seen = await tx
      .updateTable('delivery')
      .set({ unseen_report: null })
      .where('id', '=', deliveryId)
      .where('unseen_report', 'is not', null)
      .returning('id')
      .executeTakeFirst();
    if (seen === undefined) return false;
    await tx
      .updateTable('delivery_report')
      .set({ seen_at: new Date(), seen_by: accountId })
      .where('delivery_id', '=', deliveryId)
      .where('seen_at', 'is', null)
      .execute();
    await announceReports(tx, deliveryId);
    return true;
  });
}

export interface DeliveryReportView extends NewDeliveryReport {
  deliveryId: number;
  /** The message that the delivery became; null when nobody knows yet whether it was sent. */
  sentMessageId: number | null;
  at: Date;
  seenBy: string | null;
  seenAt: Date | null;
}

/** More of them say nothing new. */
const mostShown = 100;

/** What was reported about the deliveries of a conversation, oldest first. */
export async function reportsOf(db: Db, conversationId: number): Promise<DeliveryReportView[]> {
  return await db
    .selectFrom('delivery')
    .innerJoin('delivery_report', 'delivery_report.delivery_id', 'delivery.id')
    .leftJoin('account', 'account.id', 'delivery_report.seen_by')
    .select([
      'delivery.id as deliveryId',
      'delivery.sent_message_id as sentMessageId',
      'delivery_report.recipient',
      'delivery_report.action',
      'delivery_report.status',
      'delivery_report.diagnostic',
      'delivery_report.created_at as at',
      'account.name as seenBy',
      'delivery_report.seen_at as seenAt',
    ])
    .where('delivery.conversation_id', '=', conversationId)
    .orderBy('delivery_report.created_at')
    .orderBy('delivery_report.recipient')
    .limit(mostShown)
    .execute();
}
