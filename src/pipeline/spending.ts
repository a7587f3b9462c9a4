/** Holds budgets: every call to a model is booked before it is made, by whichever process makes it. */

import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { SpendGuard } from '../domain/spending.ts';
import type { Log } from '../log.ts';
import { type Budget, bookSpending, settleSpending } from '../storage/spending.ts';
import type { Db } from '../storage/tables.ts';

export interface SpendingParts {
  db: Db;
  log: Log;
  /** As the settings are now. */
  budget: Budget;
  /** Told when a draft must wait for the budget of another day. */
  onDayOver?(error: ReplywrightError): void;
}

function dollars(usd: number): string {
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** Until the day changes (UTC), in milliseconds. */
function untilTomorrow(now: Date): number {
  const dayMs = 86_400_000;
  return dayMs - (now.getTime() % dayMs);
}

function refusal(
  over: { over: 'day' | 'mail'; limitUsd: number; spentUsd: number },
  worstUsd: number,
): ReplywrightError {
  const limit = dollars(over.limitUsd);
  const setting = over.over === 'day' ? 'model.budget.perDayUsd' : 'model.budget.perMailUsd';
  const spent = dollars(over.spentUsd);
  // A mail that has cost something was drafted before; this call is one too many.
  if (over.over === 'mail' && over.spentUsd > 0)
    return new ReplywrightError('budget_mail', { limit, spent });
  // Waiting would not help: not even a day of its own would be enough.
  if (worstUsd > over.limitUsd)
    return new ReplywrightError('budget_too_small', { worst: dollars(worstUsd), limit, setting });
  const retryAfterMs = untilTomorrow(new Date());
  return new ReplywrightError('budget_day', { limit, spent }, { retryAfterMs });
}

/**
 * A guard over all calls that are made to answer one mail; undefined where nothing is limited.
 *
 * @param messageId the mail that is answered; null for a comparison, which must not use up what its
 *   answer may cost.
 */
export function spendGuard(parts: SpendingParts, messageId: number | null): SpendGuard | undefined {
  const { db, log, budget } = parts;
  if (budget.perDayUsd === null && budget.perMailUsd === null) return undefined;
  return {
    async reserve(worstUsd) {
      const booking = await db
        .transaction()
        .execute((tx) => bookSpending(tx, messageId, worstUsd, budget));
      if ('over' in booking) {
        const error = refusal(booking, worstUsd);
        if (error.code === 'budget_day') parts.onDayOver?.(error);
        throw error;
      }
      return {
        async settle(usd) {
          try {
            await db.transaction().execute((tx) => settleSpending(tx, booking.id, usd));
          } catch (error) {
            // The worst case stays booked: too careful, and no reason to lose a draft.
            log.warn('spending_not_settled', { error: asReplywrightError(error) });
          }
        },
      };
    },
  };
}
