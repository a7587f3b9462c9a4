/** What tokens cost: by the settings, by the dated table in `prices.json`, or nothing on a server of one's own. */

import { z } from 'zod';
import type { Usage } from '../domain/responder.ts';
import { type EndpointKind, isLocal } from './capabilities.ts';
import table from './prices.json' with { type: 'json' };

/** US dollars for a million tokens. */
const priceSchema = z.strictObject({
  input: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
  output: z.number().nonnegative(),
});

export type Price = Readonly<z.output<typeof priceSchema>>;

const prices = z
  .strictObject({
    date: z.iso.date(),
    source: z.string(),
    models: z.record(z.string(), priceSchema),
  })
  .parse(table);

const byModel = new Map(Object.entries(prices.models));
const free: Price = { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 };

/** What a batch costs of the ordinary price. */
export const batchShare = 0.5;

/** The day on which the price table was read, `YYYY-MM-DD`. */
export const pricesDate = prices.date;

/**
 * The price of a model, or null when nobody knows it.
 *
 * @param model its name; a dated name such as `claude-haiku-5-5-20261001` counts as its family.
 * @param set what the settings say; it wins.
 */
export function priceOf(model: string, kind: EndpointKind, set: Price | null): Price | null {
  const known = byModel.get(model) ?? byModel.get(model.replace(/-\d{8}$/, ''));
  return set ?? (isLocal(kind) ? free : (known ?? null));
}

/** US dollars for `usage`; null when the price is not known. */
export function costOf(price: Price | null, usage: Usage): number | null {
  if (price === null) return null;
  const microDollars =
    usage.inputTokens * price.input +
    usage.cacheWriteTokens * price.cacheWrite +
    usage.cacheReadTokens * price.cacheRead +
    usage.outputTokens * price.output;
  return microDollars / 1_000_000;
}

/**
 * The most tokens that a text can be. A token is at least one byte of UTF-8; of plain letters and
 * blanks, in any language written with them, two or more on the average. Prose is really about half
 * of what this says, and a mail of nothing but punctuation is no more than it.
 */
export function mostTokens(text: string): number {
  let halves = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x20 || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)) halves++;
  }
  return Buffer.byteLength(text) - Math.floor(halves / 2);
}

/**
 * The most US dollars that a request can cost, all of it written to the cache.
 *
 * @param request its body.
 * @param maxTokens its limit of output.
 */
export function worstCost(price: Price, request: string, maxTokens: number): number {
  const input = Math.max(price.input, price.cacheWrite);
  return (mostTokens(request) * input + maxTokens * price.output) / 1_000_000;
}
