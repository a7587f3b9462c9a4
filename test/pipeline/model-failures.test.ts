/**
 * Every way in which a model endpoint can fail, from the queue to the draft: the mail is never lost,
 * never drafted twice, and never costs more than its budget.
 */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { draftReply } from '../../src/pipeline/draft.ts';
import { wireReply } from '../responder/fixture.ts';
import type { Scenario } from '../support/model-stub/server.ts';
import { draftRow, takeJobs } from '../support/parts.ts';
import { queued } from './drafting.ts';
import { bookedFor, type Modelled, openModelled } from './modelled.ts';

let shop: Awaited<ReturnType<typeof openModelled>>;
const never = new AbortController().signal;
/** Two or three worst cases of the short mails here. */
const perMailUsd = 0.1;

beforeAll(async () => {
  shop = await openModelled();
});
afterEach(() => {
  shop.stub.release();
  shop.stub.reset();
});
afterAll(() => shop.close());

/** Runs the job of a draft again and again, as the queue does, until it has none; at most `most` times. */
async function drain(draftId: number, given: Modelled, most: number): Promise<number> {
  const parts = await shop.parts({ budget: { perMailUsd }, ...given });
  for (let [runs, failures] = [1, 0]; ; runs += 1) {
    await draftReply(parts, { draftId, failures }, never);
    const jobs = await takeJobs(shop.house.db, 'draft');
    if (jobs.length === 0 || runs === most) return runs;
    expect(jobs).toHaveLength(1);
    failures = jobs[0]?.data.failures ?? 0;
  }
}

/** What must hold of a mail whatever happened to it. */
async function expectKept(draftId: number, messageId: number): Promise<void> {
  const { db } = shop.house;
  const drafts = await db
    .selectFrom('draft')
    .select(['id', 'state'])
    .where('message_id', '=', messageId)
    .execute();
  expect(drafts.map(({ id }) => id)).toEqual([draftId]);
  const booked = await bookedFor(shop.house, messageId);
  expect(booked.reduce((sum, { usd }) => sum + usd, 0)).toBeLessThanOrEqual(perMailUsd);
  expect(booked.every(({ settled_at }) => settled_at !== null)).toBe(true);
}

const garbage: Scenario = { kind: 'garbage', shape: 'text' };
const spendLimit = { error_code: 'enforced_spend_limit_reached' };
const sampling = 'temperature: Extra inputs are not permitted';
const short: Modelled = { model: { timeoutSeconds: 0.3, idleSeconds: 0.2 } };

describe('what passes by itself is tried again, and drafted once', () => {
  test.each<[string, Scenario, Modelled]>([
    ['429 with retry-after', { kind: 'error', status: 429, retryAfter: 2 }, {}],
    ['529', { kind: 'error', status: 529 }, {}],
    ['500', { kind: 'error', status: 500 }, {}],
    ['a spend limit', { kind: 'error', status: 429, details: spendLimit }, {}],
    ['a refused key', { kind: 'error', status: 401 }, {}],
    ['an error event in the stream', { kind: 'stream_error' }, {}],
    ['a cut stream', { kind: 'cut', afterDeltas: 2 }, {}],
    ['a cut body', { kind: 'cut' }, { model: { capabilities: { streaming: false } } }],
    ['a hang before the answer', { kind: 'hang' }, short],
    ['a hang in the answer', { kind: 'hang', at: 'stream' }, short],
  ])('%s', async (_what, scenario, given) => {
    const { draft } = await queued(shop.house);
    shop.stub.script(scenario);
    shop.stub.setSticky({ kind: 'reply', content: wireReply });
    expect(await drain(draft.id, given, 5)).toBe(2);
    expect(await draftRow(shop.house, draft.id)).toMatchObject({
      state: 'ready',
      attempt: 2,
      reply: wireReply.reply,
      error_code: null,
    });
    expect(shop.stub.requests).toHaveLength(2);
    await expectKept(draft.id, draft.message_id);
  });

  test('garbage that is repaired', async () => {
    const { draft } = await queued(shop.house);
    shop.stub.script(garbage);
    shop.stub.setSticky({ kind: 'reply', content: wireReply });
    expect(await drain(draft.id, {}, 5)).toBe(1);
    expect(await draftRow(shop.house, draft.id)).toMatchObject({ state: 'ready', attempt: 1 });
    expect(shop.stub.requests).toHaveLength(2);
    await expectKept(draft.id, draft.message_id);
  });
});

test('words of the endpoint that no column holds are kept without the sign', async () => {
  const { draft } = await queued(shop.house);
  shop.stub.setSticky({ kind: 'error', status: 400, message: 'no\u0000pe' });
  expect(await drain(draft.id, {}, 3)).toBe(1);
  const row = await draftRow(shop.house, draft.id);
  expect(row).toMatchObject({ state: 'failed', error_text: expect.stringContaining('nope') });
});

describe('what does not pass goes to a person, with the reason', () => {
  test.each<[string, Scenario, string, string | null, number]>([
    ['a refusal', { kind: 'refusal' }, 'needs_person', null, 1],
    ['too little room', { kind: 'max_tokens' }, 'failed', 'model_truncated', 1],
    ['garbage twice', garbage, 'failed', 'model_garbage', 2],
    [
      'a parameter that is not taken',
      { kind: 'error', status: 400, message: sampling },
      'failed',
      'model_bad_request',
      1,
    ],
    ['an unknown model', { kind: 'error', status: 404 }, 'failed', 'model_bad_request', 1],
    [
      'a request that is too large',
      { kind: 'error', status: 413 },
      'failed',
      'model_bad_request',
      1,
    ],
  ])('%s', async (_what, scenario, state, code, requests) => {
    const { draft } = await queued(shop.house);
    shop.stub.setSticky(scenario);
    expect(await drain(draft.id, {}, 5)).toBe(1);
    const row = await draftRow(shop.house, draft.id);
    expect(row).toMatchObject({ state, error_code: code, reply: null });
    expect(row.error_text ?? row.needs_person_reason).toBeTruthy();
    expect(shop.stub.requests).toHaveLength(requests);
    await expectKept(draft.id, draft.message_id);
  });
});

describe('what lasts', () => {
  test('is left alone after five failures, and the mail is drafted when it is over', async () => {
    const { draft } = await queued(shop.house);
    const parts = await shop.parts();
    shop.stub.setSticky({ kind: 'error', status: 529 });
    for (let failures = 0; failures < 5; failures += 1)
      await draftReply(parts, { draftId: draft.id, failures }, never);
    await takeJobs(shop.house.db, 'draft');
    await draftReply(parts, { draftId: draft.id, failures: 5 }, never);
    expect(shop.stub.requests).toHaveLength(5);
    expect(await draftRow(shop.house, draft.id)).toMatchObject({
      state: 'queued',
      error_code: 'model_resting',
    });
    expect(parts.responders.get('own').trouble?.()).toMatchObject({ code: 'model_resting' });
    const [job] = await takeJobs(shop.house.db, 'draft');
    // Waiting is no attempt, however long it takes.
    expect(job?.data).toEqual({ draftId: draft.id, failures: 5 });
    shop.stub.setSticky({ kind: 'reply', content: wireReply });
    expect(await drain(draft.id, {}, 1)).toBe(1);
    expect(await draftRow(shop.house, draft.id)).toMatchObject({ state: 'ready' });
  });

  test('costs no more than the budget of the mail, and then a person is asked', async () => {
    const { draft } = await queued(shop.house);
    // Nobody knows what a cut answer cost, so each keeps its worst case.
    shop.stub.setSticky({ kind: 'cut', afterDeltas: 1 });
    // Less than the five failures after which the endpoint would be left alone.
    await drain(draft.id, { budget: { perMailUsd: 0.04 } }, 50);
    expect(await draftRow(shop.house, draft.id)).toMatchObject({
      state: 'failed',
      error_code: 'budget_mail',
    });
    await expectKept(draft.id, draft.message_id);
  });
});
