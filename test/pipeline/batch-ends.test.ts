/** How batches end whose answers, responder, job or endpoint are not what they were. */

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { orderBatches } from '../../src/pipeline/batch-order.ts';
import { lookAfterBatch } from '../../src/pipeline/batch-results.ts';
import type { DraftParts } from '../../src/pipeline/draft.ts';
import { reviveStranded } from '../../src/storage/stranded.ts';
import { wireReply } from '../responder/fixture.ts';
import { draftRow, takeJobs } from '../support/parts.ts';
import { shelfOf } from '../support/shelf.ts';
import { anthropic, backlogOf, forgetBacklog, lookAfter, statesOf } from './batching.ts';
import { openModelled } from './modelled.ts';

let shop: Awaited<ReturnType<typeof openModelled>>;
let parts: DraftParts;
const never = new AbortController().signal;
const backlog = (size: number) => backlogOf(shop, size);
const look = (most: number) => lookAfter(shop, parts, most);
const states = (drafts: { id: number }[]) => statesOf(shop, drafts);

beforeAll(async () => {
  shop = await openModelled();
});
beforeEach(async () => {
  parts = await shop.parts(anthropic);
  shop.stub.respondWith(() => wireReply);
});
afterEach(() => forgetBacklog(shop));
afterAll(() => shop.close());

describe('a batch that nobody can look after any more', () => {
  test('because its responder is gone gives its drafts back', async () => {
    const drafts = await backlog(2);
    await orderBatches(parts, 0, never);
    const jobs = await takeJobs(shop.house.db, 'batch');
    const gone = { ...parts, responders: shelfOf({ other: parts.responders.get('own') }) };
    const data = jobs.at(-1)?.data ?? { batchId: 0, look: 0 };
    await lookAfterBatch(gone, data, never);
    expect(await states(drafts)).toEqual(['queued', 'queued']);
    expect(await takeJobs(shop.house.db, 'draft')).toHaveLength(2);
  });

  test('because the endpoint does not know it gives its drafts back', async () => {
    const drafts = await backlog(2);
    await orderBatches(parts, 0, never);
    shop.stub.reset();
    await look(2);
    expect(await states(drafts)).toEqual(['queued', 'queued']);
    expect(await takeJobs(shop.house.db, 'draft')).toHaveLength(2);
  });

  test('because its job was lost is looked after again', async () => {
    const drafts = await backlog(2);
    await orderBatches(parts, 0, never);
    await takeJobs(shop.house.db, 'batch');
    const { db } = shop.house;
    const before = sql<Date>`now() - make_interval(hours => 3)`;
    await db
      .updateTable('batch')
      .set({ created_at: before })
      .where('ended_at', 'is', null)
      .execute();
    await db.transaction().execute((tx) => reviveStranded(tx, shop.house.jobs));
    await look(2);
    expect(await states(drafts)).toEqual(['ready', 'ready']);
  });
});

test('an answer with signs that no column holds is one draft among the others', async () => {
  const drafts = await backlog(2);
  shop.stub.respondWith(() => ({
    ...wireReply,
    reply: 'You can\u0000 return it \ud800 within 30 days.',
  }));
  await orderBatches(parts, 0, never);
  await look(2);
  expect(await states(drafts)).toEqual(['ready', 'ready']);
});

test('a draft is by the responder that was asked, whatever the settings say when it answers', async () => {
  const [draft] = await backlog(2);
  await orderBatches(parts, 0, never);
  const before = parts.responders.get('own').identity.hash;
  parts = await shop.parts({ ...anthropic, model: { ...anthropic.model, maxTokens: 999 } });
  expect(parts.responders.get('own').identity.hash).not.toBe(before);
  await look(2);
  const row = await draftRow(shop.house, draft?.id ?? 0);
  expect(row).toMatchObject({ state: 'ready', responder_hash: before });
});
