/** Mail counts: how much a sender wrote and a conversation got lately, for the caps of triage. */

import { type RawBuilder, sql } from 'kysely';
import type { Tx } from './tables.ts';

async function firstCount(tx: Tx, query: RawBuilder<{ n: number }>): Promise<number> {
  return (await query.execute(tx)).rows[0]?.n ?? 0;
}

/** The mails of one writer, as `message_writer` lists them. */
function writtenBy(base: string) {
  return sql`regexp_replace(lower(from_address), '[+][^@]*@', '@') = ${base}`;
}

/**
 * How many mails that a draft was asked for a writer sent within the hour before or after `at`,
 * whichever is more: mails are not always filed in the order in which they came.
 *
 * @param base the writer's address without a plus tag; see `Writer`.
 * @param limit counts no further.
 */
export async function draftedWithinHour(
  tx: Tx,
  { base, at, limit }: { base: string; at: Date; limit: number },
): Promise<number> {
  const among = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) => sql`(select count(*) from (
    select from message where ${writtenBy(base)} and state = 'answerable'
      and received_at between ${from} and ${to} limit ${limit}) as mails)`;
  const time = sql`${at}::timestamptz`;
  const before = among(sql`${time} - interval '1 hour'`, time);
  const after = among(time, sql`${time} + interval '1 hour'`);
  return await firstCount(tx, sql`select greatest(${before}, ${after}) as n`);
}

/** Whether a mail of the writer was filed for that reason in the same hour of the clock as `at`. */
export async function heldBackThatHour(
  tx: Tx,
  { base, at, reason }: { base: string; at: Date; reason: string },
): Promise<boolean> {
  const { rows } = await sql`select from message
    where ${writtenBy(base)} and state = 'blocked' and state_reason = ${reason}
      and received_at >= date_trunc('hour', ${at}::timestamptz)
      and received_at < date_trunc('hour', ${at}::timestamptz) + interval '1 hour'
    limit 1`.execute(tx);
  return rows.length > 0;
}

/** How many automatic mails a conversation got within the day before `at`; counts to `limit`. */
export async function automaticWithinDay(
  tx: Tx,
  { conversationId, at, limit }: { conversationId: number; at: Date; limit: number },
): Promise<number> {
  return await firstCount(
    tx,
    sql`select count(*) as n from (select from message
      where conversation_id = ${conversationId} and state = 'automated'
        and received_at between ${at}::timestamptz - interval '1 day' and ${at}::timestamptz
      limit ${limit}) as mails`,
  );
}
