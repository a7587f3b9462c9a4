/** Budgets: what is booked, what no longer fits, and that several processes share one day. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReplywrightError } from '../../src/domain/errors.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { spendGuard } from '../../src/pipeline/spending.ts';
import { settleForgotten, spentToday } from '../../src/storage/spending.ts';
import { wireReply } from '../responder/fixture.ts';
import { draftRow, silentLog, takeJobs } from '../support/parts.ts';
import { queued } from './drafting.ts';
import { bookedFor, openModelled } from './modelled.ts';

let shop: Awaited<ReturnType<typeof openModelled>>;
const never = new AbortController().signal;
beforeAll(async () => {
  shop = await openModelled();
});
beforeEach(() => shop.stub.setSticky({ kind: 'reply', content: wireReply }));
afterEach(async () => {
  shop.stub.reset();
  shop.over.length = 0;
  await shop.house.db.deleteFrom('spend').execute();
  await shop.house.db.deleteFrom('spend_day').execute();
});
afterAll(() => shop.close());

const run = async (draftId: number, budget: { perDayUsd?: number; perMailUsd?: number }) =>
  draftReply(await shop.parts({ budget }), { draftId, failures: 0 }, never);

describe('a draft', () => {
  test('books its worst case, and in the end what it cost', async () => {
    const { draft } = await queued(shop.house);
    await run(draft.id, { perDayUsd: 5 });
    const row = await draftRow(shop.house, draft.id);
    expect(row).toMatchObject({ state: 'ready' });
    const booked = await bookedFor(shop.house, draft.message_id);
    expect(booked).toEqual([{ usd: row.cost_usd, settled_at: expect.any(Date) }]);
    expect(await spentToday(shop.house.db)).toBeCloseTo(row.cost_usd ?? -1, 12);
  });

  test('over the budget of the day waits for tomorrow, uses up no attempt, and asks nobody', async () => {
    const { draft: first } = await queued(shop.house);
    await run(first.id, { perDayUsd: 0.03 });
    const { draft } = await queued(shop.house);
    await shop.house.db.updateTable('spend_day').set({ usd: 0.0299 }).execute();
    const asked = shop.stub.requests.length;
    await run(draft.id, { perDayUsd: 0.03 });
    expect(await draftRow(shop.house, draft.id)).toMatchObject({
      state: 'queued',
      error_code: 'budget_day',
    });
    expect(shop.stub.requests).toHaveLength(asked);
    expect(shop.over).toMatchObject([{ code: 'budget_day' }]);
    const [job] = await takeJobs(shop.house.db, 'draft');
    expect(job?.data).toEqual({ draftId: draft.id, failures: 0 });
    await run(draft.id, { perDayUsd: 5 });
    expect(await draftRow(shop.house, draft.id)).toMatchObject({ state: 'ready' });
  });

  test('over the budget of its mail goes to a person, with the reason', async () => {
    const { draft } = await queued(shop.house);
    const worst = await worstOf();
    shop.stub.script({ kind: 'garbage' });
    // Enough for the draft, and not for its repair as well.
    await run(draft.id, { perMailUsd: worst * 1.01 });
    const row = await draftRow(shop.house, draft.id);
    expect(row).toMatchObject({ state: 'failed', error_code: 'budget_mail' });
    expect(row.error_text).toContain('for one mail');
    const booked = await bookedFor(shop.house, draft.message_id);
    expect(booked.reduce((sum, { usd }) => sum + usd, 0)).toBeLessThanOrEqual(worst * 1.01);
  });

  test.each([{ perDayUsd: 0.000_01 }, { perMailUsd: 0.000_01 }])(
    'that can never fit into %j does not wait',
    async (budget) => {
      const { draft } = await queued(shop.house);
      await run(draft.id, budget);
      expect(await draftRow(shop.house, draft.id)).toMatchObject({
        state: 'failed',
        error_code: 'budget_too_small',
      });
    },
  );
});

/** What one draft of a short mail is booked with before its call. */
async function worstOf(): Promise<number> {
  const { draft } = await queued(shop.house);
  shop.stub.script({ kind: 'cut' });
  await run(draft.id, { perDayUsd: 5 });
  const [booked] = await bookedFor(shop.house, draft.message_id);
  return booked?.usd ?? 0;
}

describe('the budget of the day', () => {
  test('is never exceeded by many at once', async () => {
    const { message } = await queued(shop.house);
    const parts = {
      ...{ db: shop.house.db, log: silentLog },
      budget: { perDayUsd: 1, perMailUsd: null },
    };
    const guard = spendGuard(parts, message.id);
    const ends = await Promise.allSettled(
      Array.from({ length: 25 }, () => guard?.reserve(0.1) ?? Promise.reject()),
    );
    const taken = ends.filter(({ status }) => status === 'fulfilled');
    expect(taken).toHaveLength(10);
    expect(await spentToday(shop.house.db)).toBeCloseTo(1, 9);
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    expect(refused.every((error: ReplywrightError) => error.waits)).toBe(true);
  });

  test('keeps what a process that died had booked', async () => {
    const { message } = await queued(shop.house);
    const parts = {
      ...{ db: shop.house.db, log: silentLog },
      budget: { perDayUsd: 1, perMailUsd: null },
    };
    const lost = await spendGuard(parts, message.id)?.reserve(0.6);
    await expect(spendGuard(parts, message.id)?.reserve(0.6)).rejects.toMatchObject({
      code: 'budget_day',
    });
    expect(await settleForgotten(shop.house.db)).toBe(0);
    const long = new Date(Date.now() - 49 * 3_600_000);
    await shop.house.db.updateTable('spend').set({ reserved_at: long }).execute();
    expect(await settleForgotten(shop.house.db)).toBe(1);
    expect(await spentToday(shop.house.db)).toBeCloseTo(0.6, 9);
    // What comes back from the dead changes nothing.
    await lost?.settle(0);
    expect(await spentToday(shop.house.db)).toBeCloseTo(0.6, 9);
  });
});
