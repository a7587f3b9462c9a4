/** Costs by the price table. */

import { expect, test } from 'vitest';
import { costOf, pricesDate } from '../../src/responder/prices.ts';

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
  const cost = costOf(model, usage);
  if (dollars === null) expect(cost).toBeNull();
  else expect(cost).toBeCloseTo(dollars, 10);
});

test('the table is dated', () => {
  expect(pricesDate).toMatch(/^\d{4}-\d\d-\d\d$/);
});
