/** The settings of the model: what is filled up, and what is refused. */

import { expect, test } from 'vitest';
import { completeModel } from '../../src/config/model.ts';
import { modelSchema } from '../../src/config/model-schema.ts';

const model = (written: object) => completeModel(modelSchema.parse(written), 'key');

test('nothing written is Claude, with nothing limited and nothing beside it', () => {
  expect(model({})).toMatchObject({
    ...{ name: 'claude-sonnet-5-5', kind: 'auto', baseUrl: null, apiKey: 'key' },
    ...{ price: null, easy: null, triage: null, budgeted: false },
    budget: { perDayUsd: null, perMailUsd: null },
    capabilities: { structured: null, streaming: null, batches: null },
  });
});

test('a price without those of the cache takes that of the input', () => {
  expect(model({ price: { input: 3, output: 9 } }).price).toEqual({
    ...{ input: 3, output: 9, cacheRead: 3, cacheWrite: 3 },
  });
});

test.each([{ perDayUsd: 5 }, { perMailUsd: 0.1 }])('%j is a budget', (budget) => {
  expect(model({ budget }).budgeted).toBe(true);
});

test.each([
  { kind: 'openai' },
  { budget: { perDayUsd: -1 } },
  { price: { input: 1 } },
  { easy: { name: 'small', categories: [] } },
  { batch: { whenWaiting: 0 } },
  { capabilities: { telepathy: true } },
  { structured: false },
])('%j is refused', (written) => {
  expect(modelSchema.safeParse(written).success).toBe(false);
});
