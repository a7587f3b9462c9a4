/** What tokens cost, by the dated table in `prices.json`. */

import { z } from 'zod';
import type { Usage } from '../domain/responder.ts';
import table from './prices.json' with { type: 'json' };

/** US dollars for a million tokens. */
const priceSchema = z.strictObject({
  input: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
  output: z.number().nonnegative(),
});

const prices = z
  .strictObject({
    date: z.iso.date(),
    source: z.string(),
    models: z.record(z.string(), priceSchema),
  })
  .parse(table);

const priceOf = new Map(Object.entries(prices.models));

/** The day on which the price table was read, `YYYY-MM-DD`. */
export const pricesDate = prices.date;

/**
 * US dollars for `usage`, or null when the table does not know the model.
 *
 * @param model its name; a dated name such as `claude-haiku-5-5-20261001` counts as its family.
 */
export function costOf(model: string, usage: Usage): number | null {
  const price = priceOf.get(model) ?? priceOf.get(model.replace(/-\d{8}$/, ''));
  if (!price) return null;
  const microDollars =
    usage.inputTokens * price.input +
    usage.cacheWriteTokens * price.cacheWrite +
    usage.cacheReadTokens * price.cacheRead +
    usage.outputTokens * price.output;
  return microDollars / 1_000_000;
}
