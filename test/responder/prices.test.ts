/** Costs by the price table. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf, mostTokens, priceOf, pricesDate, worstCost } from '../../src/responder/prices.ts';

const usage = {
  inputTokens: 1_000_000,
  cacheWriteTokens: 1_000_000,
  cacheReadTokens: 1_000_000,
  outputTokens: 1_000_000,
};

test.each([
  ['claude-sonnet-5-5', 2 + 2.5 + 0.2 + 10],
  ['claude-haiku-5-5-20261001', 0.1 + 0.125 + 0.01 + 0.5],
  ['my-lora', null],
  ['constructor', null],
])('%s costs %s', (model, dollars) => {
  const cost = costOf(priceOf(model, 'anthropic', null), usage);
  if (dollars === null) expect(cost).toBeNull();
  else expect(cost).toBeCloseTo(dollars, 10);
});

test('the table is dated', () => {
  expect(pricesDate).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test.each([
  ['my-lora', 'vllm', null, 0],
  ['claude-sonnet-5-5', 'ollama', null, 0],
  ['my-lora', 'gateway', null, null],
  ['claude-sonnet-5-5', 'anthropic', { input: 1, cacheWrite: 1, cacheRead: 1, output: 1 }, 1],
] as const)('the input of %s on %s, with %j set, costs %s', (model, kind, set, input) => {
  expect(priceOf(model, kind, set)?.input ?? null).toBe(input);
});

test.each([
  ['a word and another', 9],
  ['#!$%&()', 7],
  ['0123456789', 10],
  ['ä', 2],
  ['\u65e5\u672c', 6],
  ['', 0],
])('%j has at most %i tokens', (text, tokens) => {
  expect(mostTokens(text)).toBe(tokens);
});

test('the worst case covers whatever the cache makes of a request', () => {
  const price = priceOf('claude-sonnet-5-5', 'anthropic', null);
  if (price === null) throw new Error('no price');
  fc.assert(
    fc.property(fc.string(), fc.nat(100), fc.nat(100), fc.nat(5000), (text, a, b, output) => {
      const tokens = mostTokens(text);
      const written = Math.floor((tokens * Math.min(a, b)) / 100);
      const read = Math.floor((tokens * (100 - Math.max(a, b))) / 100);
      const cost = costOf(price, {
        inputTokens: tokens - written - read,
        ...{ cacheWriteTokens: written, cacheReadTokens: read, outputTokens: output },
      });
      expect(worstCost(price, text, output)).toBeGreaterThanOrEqual((cost ?? 0) - 1e-12);
    }),
  );
});
