/** Draft: what the responder is given, what becomes of its answer, and of every way it can fail. */

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { explain, ReplywrightError } from '../../src/domain/errors.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { requestRedraft } from '../../src/pipeline/review.ts';
import {
  arrive,
  draftResult,
  draftRow,
  type House,
  newestDraft,
  newId,
  openHouse,
  takeJobs,
} from '../support/parts.ts';
import { forgetDrafting, queued, runDraft } from './drafting.ts';

let house: House;
const never = new AbortController().signal;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await forgetDrafting(house);
});
afterAll(async () => {
  await house.drop();
});

const run = (draftId: number, failures = 0, signal?: AbortSignal) =>
  runDraft(house, draftId, failures, signal);

const failing = (error: unknown) => () => Promise.reject(error);

describe('an answer', () => {
  test('is kept with everything that it rests on', async () => {
    const { draft } = await queued(house);
    await run(draft.id);
    expect(await draftRow(house, draft.id)).toMatchObject({
      state: 'ready',
      attempt: 1,
      reply: 'It is on its way.',
      category: 'order',
      urgency: 'normal',
      language: 'en',
      citations: [{ section: 'shipping#times', quote: 'three days' }],
      checks: [{ check: 'citations', passed: true }],
      user_turn: 'the mail, fenced',
      input_tokens: 10,
      cache_write_tokens: 1,
      cache_read_tokens: 2,
      output_tokens: 3,
      cost_usd: 0.01,
      latency_ms: 13,
      request_id: 'req_1',
      responder_hash: house.responder.identity.hash,
      error_code: null,
    });
    const kept = await house.db
      .selectFrom('responder')
      .innerJoin('content', 'content.sha256', 'responder.system_sha256')
      .select(['prompt', 'body'])
      .where('hash', '=', house.responder.identity.hash)
      .executeTakeFirstOrThrow();
    expect(kept).toEqual({ prompt: 'support/1', body: 'You answer mail.' });
  });

  test('that wants a person goes to one', async () => {
    const { draft } = await queued(house);
    const fields = { needsPerson: true, needsPersonReason: 'A lawyer writes.' };
    house.responder.next = [() => draftResult(fields)];
    await run(draft.id);
    expect(await draftRow(house, draft.id)).toMatchObject({
      state: 'needs_person',
      needs_person_reason: 'A lawyer writes.',
      reply: 'It is on its way.',
    });
  });

  test('comes once, when the draft is wanted no more nothing is asked', async () => {
    const { draft } = await queued(house);
    await run(draft.id);
    await run(draft.id);
    await run(999_999);
    expect(house.responder.inputs).toHaveLength(1);
  });

  test('of two workers at one draft only that of the last to begin counts', async () => {
    const { draft } = await queued(house);
    const slow = Promise.withResolvers<ReturnType<typeof draftResult>>();
    house.responder.next = [() => slow.promise, () => draftResult({ reply: 'From the second.' })];
    const first = run(draft.id);
    await vi.waitFor(() => expect(house.responder.inputs).toHaveLength(1));
    await run(draft.id);
    slow.resolve(draftResult({ reply: 'From the first.' }));
    await first;
    expect(await draftRow(house, draft.id)).toMatchObject({
      state: 'ready',
      attempt: 2,
      reply: 'From the second.',
    });
  });
});

describe('a failure', () => {
  const transient = new ReplywrightError('model_overloaded', { endpoint: 'x', status: 529 });

  test('that passes by itself is tried again later', async () => {
    const { draft } = await queued(house);
    house.responder.next = [failing(transient)];
    const before = Date.now();
    await run(draft.id, 3);
    expect(await draftRow(house, draft.id)).toMatchObject({
      state: 'queued',
      error_code: 'model_overloaded',
      error_text: explain(transient),
    });
    const [job, ...more] = await takeJobs(house.db, 'draft');
    expect(more).toEqual([]);
    expect(job?.data).toEqual({ draftId: draft.id, failures: 4 });
    expect(job?.startAfter.getTime()).toBeGreaterThan(before + 3_000);
    await run(draft.id, 4);
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'ready', error_code: null });
  });

  test('waits as long as the endpoint asks', async () => {
    const { draft } = await queued(house);
    const limited = new ReplywrightError('model_rate_limited', {}, { retryAfterMs: 600_000 });
    house.responder.next = [failing(limited)];
    const before = Date.now();
    await run(draft.id);
    const [job] = await takeJobs(house.db, 'draft');
    expect(job?.startAfter.getTime()).toBeGreaterThanOrEqual(before + 600_000);
  });

  test('that never ends goes to a person after many attempts', async () => {
    const { draft } = await queued(house);
    house.responder.next = [failing(transient)];
    await run(draft.id, 150);
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'failed' });
    expect(await takeJobs(house.db, 'draft')).toEqual([]);
  });

  test.each([
    ['model_garbage', new ReplywrightError('model_garbage', { detail: 'no JSON' })],
    ['unexpected', new TypeError('a bug')],
  ])('that lasts goes to a person at once: %s', async (code, error) => {
    const { draft } = await queued(house);
    house.responder.next = [failing(error)];
    await run(draft.id);
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'failed', error_code: code });
    expect(await takeJobs(house.db, 'draft')).toEqual([]);
    await requestRedraft(house.reviewParts, { draftId: draft.id });
    const [job] = await takeJobs(house.db, 'draft');
    expect(job?.data).toEqual({ draftId: draft.id, failures: 0 });
    await run(draft.id);
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'ready', error_text: null });
  });

  test('a refusal of the model is for a person to answer', async () => {
    const { draft } = await queued(house);
    const refusal = new ReplywrightError('model_refused');
    house.responder.next = [failing(refusal)];
    await run(draft.id);
    expect(await draftRow(house, draft.id)).toMatchObject({
      state: 'needs_person',
      needs_person_reason: explain(refusal),
      reply: null,
    });
  });

  test('text that the database cannot hold fails its draft and nothing else', async () => {
    const { draft } = await queued(house);
    house.responder.next = [() => draftResult({ reply: 'a\u0000b' })];
    await run(draft.id);
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'failed' });
  });

  test('a mailbox that is gone from the settings keeps the draft waiting', async () => {
    const { draft } = await queued(house);
    const parts = { ...house.draftParts, identities: new Map() };
    await draftReply(parts, { draftId: draft.id, failures: 0 }, never);
    expect(await draftRow(house, draft.id)).toMatchObject({
      state: 'queued',
      error_code: 'mailbox_unconfigured',
    });
    expect(await takeJobs(house.db, 'draft')).toHaveLength(1);
  });

  test('only a failed draft is drafted again on wish', async () => {
    const { draft } = await queued(house);
    await expect(requestRedraft(house.reviewParts, { draftId: draft.id })).rejects.toMatchObject({
      code: 'state_changed',
    });
  });
});

describe('meanwhile', () => {
  test.each([
    ['answers', () => draftResult()],
    ['fails', failing(new ReplywrightError('model_timeout', { endpoint: 'x', seconds: 1 }))],
  ])('the customer writes again: whether the model %s, another draft comes', async (_how, ends) => {
    const messageId = newId();
    const { draft } = await queued(house, { messageId });
    house.responder.next = [
      async () => {
        await arrive(house, { inReplyTo: messageId, text: 'Found it!' });
        return await ends();
      },
    ];
    await run(draft.id);
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'stale', reply: null });
    const newest = await newestDraft(house, draft.conversation_id);
    const jobs = await takeJobs(house.db, 'draft');
    expect(jobs.map(({ data }) => data)).toEqual([{ draftId: newest.id, failures: 0 }]);
    await run(newest.id);
    expect(await draftRow(house, newest.id)).toMatchObject({ state: 'ready' });
  });

  test('the process stops: the draft is back in the queue, and its job fails', async () => {
    const { draft } = await queued(house);
    const stopping = new AbortController();
    house.responder.next = [
      (_input, signal) => {
        stopping.abort(new Error('stopping'));
        return Promise.reject(signal.reason);
      },
    ];
    await expect(run(draft.id, 0, stopping.signal)).rejects.toThrow('stopping');
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'queued', error_code: null });
    await run(draft.id);
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'ready', attempt: 2 });
  });

  test('a worker that lost its job to another takes nothing from that one', async () => {
    const { draft } = await queued(house);
    const lost = new AbortController();
    house.responder.next = [
      async (_input, signal) => {
        await run(draft.id);
        lost.abort(new Error('expired'));
        throw signal.reason;
      },
    ];
    await expect(run(draft.id, 0, lost.signal)).rejects.toThrow('expired');
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'ready', attempt: 2 });
  });
});
