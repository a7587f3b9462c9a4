/** Batches: what goes into one, what becomes of its answers, and that none is ever handed in twice. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BatchDrafting } from '../../src/domain/batch.ts';
import { orderBatches } from '../../src/pipeline/batch-order.ts';
import { lookAfterBatch } from '../../src/pipeline/batch-results.ts';
import { type DraftParts, draftReply } from '../../src/pipeline/draft.ts';
import { wireReply } from '../responder/fixture.ts';
import { arrive, draftRow, newId, takeJobs } from '../support/parts.ts';
import { shelfOf } from '../support/shelf.ts';
import { anthropic, backlogOf, forgetBacklog, lookAfter, statesOf } from './batching.ts';
import { queued } from './drafting.ts';
import { bookedFor, openModelled } from './modelled.ts';

let shop: Awaited<ReturnType<typeof openModelled>>;
let parts: DraftParts;
const never = new AbortController().signal;

beforeAll(async () => {
  shop = await openModelled();
});
beforeEach(async () => {
  parts = await shop.parts(anthropic);
  shop.stub.respondWith(() => wireReply);
});
afterEach(() => forgetBacklog(shop));
afterAll(() => shop.close());

const backlog = (size: number) => backlogOf(shop, size);
const look = (most = 1) => lookAfter(shop, parts, most);
const states = (drafts: { id: number }[]) => statesOf(shop, drafts);
const handedIn = () =>
  shop.stub.requests.filter(
    ({ method, path }) => method === 'POST' && path === '/v1/messages/batches',
  );

/** Parts whose responder hands batches in by `submit`. */
function submitting(submit: (real: BatchDrafting) => BatchDrafting['submit']): DraftParts {
  const responder = parts.responders.get('own');
  const real = responder.batches;
  if (!real) throw new Error('no batches');
  const batches: BatchDrafting = {
    submitMs: real.submitMs,
    prepare: (input) => real.prepare(input),
    isSafelyRefused: (error) => real.isSafelyRefused(error),
    hasEnded: (...given) => real.hasEnded(...given),
    answers: (...given) => real.answers(...given),
    since: (...given) => real.since(...given),
    finish: (...given) => real.finish(...given),
    submit: submit(real),
  };
  const other = { ...responder, batches, draft: responder.draft.bind(responder) };
  return { ...parts, responders: shelfOf({ own: { ...other, identity: responder.identity } }) };
}

describe('a backlog', () => {
  test('goes into one batch but for its newest drafts, at half the price', async () => {
    const drafts = await backlog(4);
    await orderBatches(parts, 1, never);
    expect(handedIn()).toHaveLength(1);
    expect(handedIn()[0]?.body.requests).toHaveLength(3);
    expect(await states(drafts)).toEqual(['drafting', 'drafting', 'drafting', 'queued']);
    await look(2);
    expect(await states(drafts)).toEqual(['ready', 'ready', 'ready', 'queued']);

    const batched = await draftRow(shop.house, drafts[0]?.id ?? 0);
    expect(batched).toMatchObject({ reply: wireReply.reply, attempt: 1 });
    await draftReply(parts, { draftId: drafts[3]?.id ?? 0, failures: 0 }, never);
    const single = await draftRow(shop.house, drafts[3]?.id ?? 0);
    expect(batched.responder_hash).toBe(single.responder_hash);
    // The first of a batch writes the cache that the others read: so compare by tokens.
    const full =
      (batched.input_tokens ?? 0) * 2 +
      (batched.cache_write_tokens ?? 0) * 2.5 +
      (batched.cache_read_tokens ?? 0) * 0.2 +
      (batched.output_tokens ?? 0) * 10;
    expect(batched.cost_usd).toBeCloseTo(full / 2_000_000, 10);
    const [booked] = await bookedFor(shop.house, batched.message_id);
    expect(booked).toEqual({ usd: batched.cost_usd, settled_at: expect.any(Date) });
  });

  test('that is small is drafted one by one', async () => {
    await backlog(3);
    await orderBatches(parts, 3, never);
    expect(handedIn()).toEqual([]);
  });

  test('at an endpoint without batches stays where it is', async () => {
    const drafts = await backlog(3);
    await orderBatches(await shop.parts({ model: { kind: 'gateway' } }), 0, never);
    expect(await states(drafts)).toEqual(['queued', 'queued', 'queued']);
  });

  test('is left alone by the jobs of its drafts while the batch is under way', async () => {
    shop.stub.holdBatches(true);
    const [draft] = await backlog(2);
    await orderBatches(parts, 0, never);
    await look(3);
    await draftReply(parts, { draftId: draft?.id ?? 0, failures: 0 }, never);
    expect(await draftRow(shop.house, draft?.id ?? 0)).toMatchObject({
      state: 'drafting',
      attempt: 1,
    });
    await orderBatches(parts, 0, never);
    expect(handedIn()).toHaveLength(1);
    shop.stub.holdBatches(false);
    await look(1);
    expect(await draftRow(shop.house, draft?.id ?? 0)).toMatchObject({ state: 'ready' });
  });

  test('is ordered once by two processes at the same moment', async () => {
    const drafts = await backlog(4);
    await Promise.all([orderBatches(parts, 0, never), orderBatches(parts, 0, never)]);
    const asked = handedIn().flatMap(({ body }) => body.requests as unknown[]);
    expect(asked).toHaveLength(4);
    await look(4);
    expect(await states(drafts)).toEqual(['ready', 'ready', 'ready', 'ready']);
  });

  test('takes no more than the budget of the day allows', async () => {
    await shop.house.db.deleteFrom('batch_item').execute();
    await shop.house.db.deleteFrom('spend').execute();
    await shop.house.db.deleteFrom('spend_day').execute();
    const drafts = await backlog(4);
    await orderBatches({ ...parts, budget: { perDayUsd: 0.015, perMailUsd: null } }, 0, never);
    const after = await states(drafts);
    expect(after.filter((state) => state === 'drafting').length).toBeGreaterThan(0);
    expect(after.filter((state) => state === 'queued').length).toBeGreaterThan(0);
  });
});

describe('an answer', () => {
  test('that comes after the customer wrote again is dropped, and its cost is kept', async () => {
    shop.stub.holdBatches(true);
    const messageId = newId();
    const { draft } = await queued(shop.house, { messageId });
    await backlog(1);
    await orderBatches(parts, 0, never);
    await arrive(shop.house, { inReplyTo: messageId, text: 'Found it!' });
    shop.stub.holdBatches(false);
    await look(2);
    expect(await draftRow(shop.house, draft.id)).toMatchObject({ state: 'stale', reply: null });
    const [booked] = await bookedFor(shop.house, draft.message_id);
    expect(booked).toMatchObject({ settled_at: expect.any(Date) });
    expect(booked?.usd).toBeGreaterThan(0);
  });

  test.each([
    ['missing', { kind: 'error', status: 500 }],
    ['garbage', { kind: 'garbage', shape: 'text' }],
    ['cut off', { kind: 'max_tokens' }],
  ] as const)('that is %s sends its draft back to be made by itself', async (_how, scenario) => {
    const drafts = await backlog(2);
    shop.stub.script(scenario);
    await orderBatches(parts, 0, never);
    await look(2);
    expect((await states(drafts)).sort()).toEqual(['queued', 'ready']);
    const [job, ...more] = await takeJobs(shop.house.db, 'draft');
    expect(more).toEqual([]);
    await draftReply(parts, job?.data ?? { draftId: 0, failures: 0 }, never);
    expect(await states(drafts)).toEqual(['ready', 'ready']);
  });

  test('is kept once, though the process died in the middle of them', async () => {
    const drafts = await backlog(3);
    await orderBatches(parts, 0, never);
    const jobs = await takeJobs(shop.house.db, 'batch');
    const stopped = new AbortController();
    const dying = submitting((real) => real.submit.bind(real));
    const { batches } = dying.responders.get('own');
    let answers = 0;
    const half = {
      ...dying,
      responders: shelfOf({
        own: {
          ...dying.responders.get('own'),
          batches: {
            ...(batches as BatchDrafting),
            async *answers(id: string, signal: AbortSignal) {
              for await (const answer of (batches as BatchDrafting).answers(id, signal)) {
                answers += 1;
                if (answers === 2) throw new Error('killed');
                yield answer;
              }
            },
          },
        },
      }),
    };
    const data = jobs.at(-1)?.data ?? { batchId: 0, look: 0 };
    await expect(lookAfterBatch(half, data, stopped.signal)).rejects.toThrow('killed');
    expect((await states(drafts)).filter((state) => state === 'ready')).toHaveLength(1);
    await lookAfterBatch(parts, data, never);
    expect(await states(drafts)).toEqual(['ready', 'ready', 'ready']);
    expect(await takeJobs(shop.house.db, 'draft')).toEqual([]);
  });
});

describe('a batch whose sender died', () => {
  test('after it was taken is found again by its mark, and not handed in twice', async () => {
    const drafts = await backlog(2);
    const dying = submitting((real) => async (...given) => {
      await real.submit(...given);
      throw new Error('killed');
    });
    await orderBatches(dying, 0, never);
    expect(await states(drafts)).toEqual(['drafting', 'drafting']);
    // The stub works a batch when it is asked for by its id, as time does at the endpoint.
    shop.stub.holdBatches(true);
    await look(1);
    expect(await states(drafts)).toEqual(['drafting', 'drafting']);
    shop.stub.holdBatches(false);
    await shop.stub.workBatches();
    await look(3);
    expect(handedIn()).toHaveLength(1);
    expect(await states(drafts)).toEqual(['ready', 'ready']);
  });

  test('before it was taken is drafted one by one', async () => {
    const drafts = await backlog(2);
    await orderBatches(
      submitting(() => async () => {
        throw new Error('killed');
      }),
      0,
      never,
    );
    expect(await states(drafts)).toEqual(['drafting', 'drafting']);
    await look(1);
    expect(await states(drafts)).toEqual(['queued', 'queued']);
    expect(await takeJobs(shop.house.db, 'draft')).toHaveLength(2);
  });

  test('is told apart from another of the same size', async () => {
    const first = await backlog(2);
    const dying = submitting((real) => async (...given) => {
      await real.submit(...given);
      throw new Error('killed');
    });
    await orderBatches(dying, 0, never);
    const second = await backlog(2);
    await orderBatches(dying, 0, never);
    await shop.stub.workBatches();
    await look(4);
    expect(await states([...first, ...second])).toEqual(['ready', 'ready', 'ready', 'ready']);
    expect(handedIn()).toHaveLength(2);
  });
});

test('an order that is refused leaves every draft in the queue', async () => {
  const drafts = await backlog(2);
  shop.stub.refuseBatches(429);
  await orderBatches(parts, 0, never);
  shop.stub.refuseBatches(null);
  expect(await states(drafts)).toEqual(['queued', 'queued']);
  expect(await takeJobs(shop.house.db, 'draft')).toHaveLength(2);
  await look(1);
  expect(await states(drafts)).toEqual(['queued', 'queued']);
});
