/** Calls are kept byte for byte, their common texts once, and damage is noticed. */

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callsFor, keepCalls } from '../../src/storage/model-calls.ts';
import { identity, modelCall, systemText } from '../support/model-calls.ts';
import { arrive, type House, newestDraft, openHouse } from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

async function newDraft(): Promise<number> {
  const { conversation_id } = await arrive(house);
  return (await newestDraft(house, conversation_id)).id;
}

const keep = (draftId: number, attempt: number, calls: Parameters<typeof keepCalls>[2]) =>
  house.db
    .transaction()
    .execute((tx) => keepCalls(tx, { of: { draftId }, attempt, by: identity }, calls));

test('in their order, over all attempts, with what they cost', async () => {
  const draftId = await newDraft();
  const second = [modelCall(), modelCall({ purpose: 'critique', costUsd: null, requestId: null })];
  await keep(draftId, 2, second);
  await keep(draftId, 1, [modelCall({ stopReason: null, answer: '' })]);
  expect(await callsFor(house.db, { draftId })).toMatchObject([
    { attempt: 1, stopReason: null, answer: '', exact: true },
    { ...second[0], latencyMs: 13, attempt: 2, exact: true, responderHash: identity.hash },
    { ...second[1], latencyMs: 13, attempt: 2, exact: true },
  ]);
});

test('once, however often they are handed over', async () => {
  const draftId = await newDraft();
  for (let times = 0; times < 3; times += 1) await keep(draftId, 1, [modelCall()]);
  expect(await callsFor(house.db, { draftId })).toHaveLength(1);
});

test('with characters that no column holds', async () => {
  const draftId = await newDraft();
  const call = modelCall({ answer: 'a\0b\ud800', request: '{"system":"\\u0000","x":"\u2028"}' });
  await keep(draftId, 1, [call]);
  expect(await callsFor(house.db, { draftId })).toMatchObject([{ ...call, latencyMs: 13 }]);
});

test('the static text takes its room once', async () => {
  for (let drafts = 0; drafts < 3; drafts += 1) await keep(await newDraft(), 1, [modelCall()]);
  const { rows } = await sql<{ copies: number; widest: number }>`
    select (select count(*) from content where body = ${systemText}) as copies,
      (select max(length(request)) from model_call) as widest`.execute(house.db);
  expect(rows[0]?.copies).toBe(1);
  expect(rows[0]?.widest).toBeLessThan(400);
});

test('what was changed behind our back is not given out as what was sent', async () => {
  const draftId = await newDraft();
  const text = `Another static text. ${systemText}`;
  await keep(draftId, 1, [modelCall({ request: JSON.stringify({ system: text }) })]);
  await house.db
    .updateTable('content')
    .set({ body: 'Something else.' })
    .where('body', '=', text)
    .execute();
  expect(await callsFor(house.db, { draftId })).toMatchObject([{ exact: false }]);
});
