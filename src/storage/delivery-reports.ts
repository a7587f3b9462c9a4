/** Delivery reports: what mail systems said later about a reply, ours or a colleague's, and who has seen it. */

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

/** What a report is about: a delivery, or the mail that a colleague sent from another mail program. */
export type Reported = { deliveryId: number } | { replyId: number };

/**
 * The colleague's reply with that Message-ID, as the Sent folder showed it; null when there is none
 * that belongs to a conversation.
 */
export async function findNamedReply(
  tx: Tx,
  headerMessageId: string,
): Promise<{ id: number; conversationId: number } | null> {
  const row = await tx
    .selectFrom('message')
    .select(['id', 'conversation_id as conversationId'])
    .where('message_id', '=', headerMessageId)
    .where('state', '=', 'elsewhere')
    .where('conversation_id', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined || row.conversationId === null) return null;
  return { id: row.id, conversationId: row.conversationId };
}

/** A report is small; what is larger is some other mail that cites the id. */
const longestReport = 65_536;

/**
 * Automatic mail of the last day that belongs nowhere yet and holds a Message-ID: a bounce is often
 * there before the Sent folder is read again.
 */
export async function earlierReports(
  tx: Tx,
  mailboxId: number,
  headerMessageId: string,
): Promise<{ id: number; raw: Buffer }[]> {
  return await tx
    .selectFrom('message')
    .select(['id', 'raw'])
    .where('state', '=', 'automated')
    .where('received_at', '>', sql<Date>`now() - interval '1 day'`)
    .where('mailbox_id', '=', mailboxId)
    .where('conversation_id', 'is', null)
    .where(
      sql<boolean>`octet_length(raw) <= ${longestReport}
        and position(convert_to(${headerMessageId}, 'UTF8') in raw) > 0`,
    )
    .orderBy('received_at', 'desc')
    .limit(10)
    .execute();
}

/** Puts an automatic mail that belongs nowhere into a conversation. */
export async function joinConversation(tx: Tx, id: number, conversationId: number): Promise<void> {
  await tx
    .updateTable('message')
    .set({ conversation_id: conversationId })
    .where('id', '=', id)
    .where('conversation_id', 'is', null)
    .execute();
  await announce(tx, { kind: 'message', messageId: id, conversationId });
}

/** What is noted about a reply stands on its own row: the delivery, or the colleague's mail. */
function rowOf(about: Reported) {
  return 'deliveryId' in about
    ? { table: sql.table('delivery'), id: about.deliveryId, column: 'delivery_id' as const }
    : { table: sql.table('message'), id: about.replyId, column: 'reply_id' as const };
}

/**
 * Notes what is reported about a reply. What was reported before adds nothing. A failure or a
 * complaint puts the reply before people.
 *
 * @param messageId the mail that reports it; null where the server said so as it took the reply.
 */
export async function recordDeliveryReports(
  tx: Tx,
  about: Reported,
  messageId: number | null,
  reports: readonly NewDeliveryReport[],
): Promise<void> {
  if (reports.length === 0) return;
  const { table, id, column } = rowOf(about);
  const fresh = await tx
    .insertInto('delivery_report')
    .values(reports.map((report) => ({ ...report, [column]: id, message_id: messageId })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('action')
    .execute();
  const worst = (['failed', 'complaint'] as const).find((action) =>
    fresh.some((row) => row.action === action),
  );
  if (worst !== undefined)
    await sql`update ${table} set unseen_report =
        case when unseen_report = 'failed' then unseen_report else ${worst} end
      where id = ${id}`.execute(tx);
  if (fresh.length > 0) await announceReports(tx, about);
}

async function announceReports(tx: Tx, about: Reported): Promise<void> {
  if ('replyId' in about) {
    const { conversationId } = await tx
      .selectFrom('message')
      .select('conversation_id as conversationId')
      .where('id', '=', about.replyId)
      .executeTakeFirstOrThrow();
    return await announce(tx, { kind: 'message', messageId: about.replyId, conversationId });
  }
  const { deliveryId } = about;
  const { state, conversationId } = await tx
    .selectFrom('delivery')
    .select(['state', 'conversation_id as conversationId'])
    .where('id', '=', deliveryId)
    .executeTakeFirstOrThrow();
  await announce(tx, { kind: 'delivery', deliveryId, conversationId, state });
}

/**
 * Notes that somebody has seen what was reported about a reply.
 *
 * @returns false when there is nothing that nobody had seen.
 */
export async function markReportsSeen(
  db: Db,
  about: Reported,
  accountId: number,
): Promise<boolean> {
  const { table, id, column } = rowOf(about);
  return await db.transaction().execute(async (tx) => {
    const { rows } = await sql`update ${table} set unseen_report = null
      where id = ${id} and unseen_report is not null returning id`.execute(tx);
    if (rows.length === 0) return false;
    await tx
      .updateTable('delivery_report')
      .set({ seen_at: new Date(), seen_by: accountId })
      .where(column, '=', id)
      .where('seen_at', 'is', null)
      .execute();
    await announceReports(tx, about);
    return true;
  });
}

export interface DeliveryReportView extends NewDeliveryReport {
  /** Null where it is about a colleague's reply. */
  deliveryId: number | null;
  /** The message that it is about; null when nobody knows yet whether the delivery was sent. */
  sentMessageId: number | null;
  at: Date;
  seenBy: string | null;
  seenAt: Date | null;
}

/** More of them say nothing new. */
const mostShown = 100;

/** What was reported about colleagues' replies in a conversation, oldest first. */
async function reportsOnReplies(db: Db, conversationId: number): Promise<DeliveryReportView[]> {
  return await db
    .selectFrom('message')
    .innerJoin('delivery_report', 'delivery_report.reply_id', 'message.id')
    .leftJoin('account', 'account.id', 'delivery_report.seen_by')
    .select([
      sql<null>`null`.as('deliveryId'),
      'message.id as sentMessageId',
      'delivery_report.recipient',
      'delivery_report.action',
      'delivery_report.status',
      'delivery_report.diagnostic',
      'delivery_report.created_at as at',
      'account.name as seenBy',
      'delivery_report.seen_at as seenAt',
    ])
    .where('message.conversation_id', '=', conversationId)
    .where('message.state', '=', 'elsewhere')
    .orderBy('delivery_report.created_at')
    .orderBy('delivery_report.recipient')
    .limit(mostShown)
    .execute();
}

/** What was reported about the replies of a conversation: of each the oldest first. */
export async function reportsOf(db: Db, conversationId: number): Promise<DeliveryReportView[]> {
  const own = await reportsOnDeliveries(db, conversationId);
  return [...own, ...(await reportsOnReplies(db, conversationId))];
}

async function reportsOnDeliveries(db: Db, conversationId: number): Promise<DeliveryReportView[]> {
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
