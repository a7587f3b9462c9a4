/** What is kept of a draft by a model is what its endpoint got, byte for byte, whatever it answered. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { draftReply } from '../../src/pipeline/draft.ts';
import { callsFor } from '../../src/storage/model-calls.ts';
import { draftRow } from '../support/parts.ts';
import { queued } from './drafting.ts';
import { openModelled } from './modelled.ts';

let shop: Awaited<ReturnType<typeof openModelled>>;
beforeAll(async () => {
  shop = await openModelled();
});
beforeEach(() => shop.stub.reset());
afterAll(() => shop.close());

async function drafted(given: Parameters<typeof shop.parts>[0]) {
  const { draft } = await queued(shop.house, { text: 'Where is it? “Ana” \u2028 €5 & </mail>' });
  const signal = new AbortController().signal;
  await draftReply(await shop.parts(given), { draftId: draft.id, failures: 0 }, signal);
  const calls = await callsFor(shop.house.db, { draftId: draft.id });
  return { row: await draftRow(shop.house, draft.id), calls };
}

const sent = () => shop.stub.requests.map(({ rawBody }) => rawBody);

test('of a draft with its critique', async () => {
  const { row, calls } = await drafted({ critique: true });
  expect(row).toMatchObject({ state: 'ready' });
  expect(calls.map(({ purpose }) => purpose)).toEqual(['draft', 'critique']);
  expect(calls.map(({ request }) => request)).toEqual(sent());
  expect(calls.every(({ exact }) => exact)).toBe(true);
});

test('of answers that were no use, and of the repair', async () => {
  shop.stub.setSticky({ kind: 'reply', content: 'Sorry?' });
  const { row, calls } = await drafted({});
  expect(row).toMatchObject({ state: 'failed', error_code: 'model_garbage' });
  expect(calls.map(({ purpose }) => purpose)).toEqual(['draft', 'repair']);
  expect(calls.map(({ request }) => request)).toEqual(sent());
  expect(calls.map(({ answer }) => answer)).toEqual(['Sorry?', 'Sorry?']);
});
