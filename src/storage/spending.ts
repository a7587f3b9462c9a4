/** Spending: the worst case of every call is booked before it is made, and corrected after it. */

import { sql } from 'kysely';
import type { Db, Tx } from './tables.ts';

/** In US dollars; null where nothing limits them. */
export interface Budget {
  perDayUsd: number | null;
  perMailUsd: number | null;
}

export type Booking = { id: number } | { over: 'day' | 'mail'; limitUsd: number; spentUsd: number };

/** The day as all processes see it. */
const today = sql<string>`to_char(now() at time zone 'utc', 'YYYY-MM-DD')`;

/** Locks the row of today, made when it is missing: all bookings of a day come one after another. */
async function lockToday(tx: Tx): Promise<{ day: string; usd: number }> {
  await tx
    .insertInto('spend_day')
    .values({ day: today, usd: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return await tx
    .selectFrom('spend_day')
    .selectAll()
    .where('day', '=', today)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

async function spentOn(tx: Tx, messageId: number | null): Promise<number> {
  if (messageId === null) return 0;
  const { usd } = await tx
    .selectFrom('spend')
    .select(({ fn }) => fn.coalesce(fn.sum<number>('usd'), sql<number>`0`).as('usd'))
    .where('message_id', '=', messageId)
    .executeTakeFirstOrThrow();
  return usd;
}

/**
 * Books the worst case of a call, where it fits into the budgets of the mail and of today.
 *
 * @param messageId the mail that is answered; null for what only the budget of the day limits.
 */
export async function bookSpending(
  tx: Tx,
  messageId: number | null,
  worstUsd: number,
  { perDayUsd, perMailUsd }: Budget,
): Promise<Booking> {
  const { day, usd: spentToday } = await lockToday(tx);
  const spentMail = await spentOn(tx, messageId);
  if (perMailUsd !== null && spentMail + worstUsd > perMailUsd)
    return { over: 'mail', limitUsd: perMailUsd, spentUsd: spentMail };
  if (perDayUsd !== null && spentToday + worstUsd > perDayUsd)
    return { over: 'day', limitUsd: perDayUsd, spentUsd: spentToday };
  await tx
    .updateTable('spend_day')
    .set((row) => ({ usd: row('usd', '+', worstUsd) }))
    .where('day', '=', day)
    .execute();
  return await tx
    .insertInto('spend')
    .values({ day, message_id: messageId, usd: worstUsd })
    .returning('id')
    .executeTakeFirstOrThrow();
}

/**
 * Puts what a call cost in the place of its worst case. Does nothing when that is settled already.
 *
 * @param costUsd null keeps the worst case.
 */
export async function settleSpending(tx: Tx, id: number, costUsd: number | null): Promise<void> {
  const booked = await tx
    .selectFrom('spend')
    .select(['day', 'usd'])
    .where('id', '=', id)
    .where('settled_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (booked === undefined) return;
  const usd = costUsd ?? booked.usd;
  await tx
    .updateTable('spend')
    .set({ usd, settled_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
  await tx
    .updateTable('spend_day')
    .set((row) => ({ usd: row('usd', '+', usd - booked.usd) }))
    .where('day', '=', booked.day)
    .execute();
}

/** Longer than any call: a batch takes a day. */
const forgottenHours = 48;

/**
 * Settles at the worst case what nobody has settled, because the process died.
 *
 * @returns how many there were.
 */
export async function settleForgotten(db: Db): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('spend')
    .set({ settled_at: sql<Date>`now()` })
    .where('settled_at', 'is', null)
    .where('reserved_at', '<', sql<Date>`now() - make_interval(hours => ${forgottenHours})`)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** Of today, in US dollars; held back or spent. */
export async function spentToday(db: Db): Promise<number> {
  const row = await db
    .selectFrom('spend_day')
    .select('usd')
    .where('day', '=', today)
    .executeTakeFirst();
  return row?.usd ?? 0;
}
