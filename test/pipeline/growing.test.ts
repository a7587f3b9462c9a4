/** What a model writes is shown while it writes, with the labels of a first call, and never stands in the way. */

import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import type { DraftResult, DraftWatch } from '../../src/domain/responder.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { partialOf } from '../../src/storage/partials.ts';
import { listQueue } from '../../src/storage/queue.ts';
import { identity } from '../support/model-calls.ts';
import { draftResult, draftRow, type House, openHouse } from '../support/parts.ts';
import { shelfOf } from '../support/shelf.ts';
import { forgetDrafting, queued } from './drafting.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await forgetDrafting(house);
});
afterAll(async () => {
  await house.drop();
});

async function draftBy(draftId: number, write: (watch: DraftWatch) => Promise<DraftResult>) {
  const responder = {
    identity,
    draft: (_input: unknown, _signal: unknown, watch: DraftWatch = {}) => write(watch),
  };
  const parts = { ...house.draftParts, responders: shelfOf({ own: responder }) };
  await draftReply(parts, { draftId, failures: 0 }, new AbortController().signal);
}

const partials = () => house.db.selectFrom('draft_partial').selectAll().execute();

test('the latest text is shown, and forgotten once the draft is there', async () => {
  const { draft } = await queued(house);
  await draftBy(draft.id, async ({ onText }) => {
    for (const text of ['D', 'De', 'Dear', 'Dear\0 Ana']) onText?.(text);
    await vi.waitFor(async () => expect(await partialOf(house.db, draft.id)).toBe('Dear Ana'));
    return draftResult();
  });
  expect(await partials()).toEqual([]);
  expect(await draftRow(house, draft.id)).toMatchObject({ state: 'ready' });
});

test('what fails leaves no text behind', async () => {
  const { draft } = await queued(house);
  await draftBy(draft.id, async ({ onText }) => {
    onText?.('Dear');
    await vi.waitFor(async () => expect(await partials()).toHaveLength(1));
    throw new ReplywrightError('model_garbage', { detail: 'no' });
  });
  expect(await partials()).toEqual([]);
});

test('a page that cannot be told is no reason to lose a draft', async () => {
  const { draft } = await queued(house);
  await house.db.schema.alterTable('draft_partial').renameTo('draft_partial_away').execute();
  await draftBy(draft.id, async ({ onText }) => {
    onText?.('Dear');
    return draftResult();
  });
  await house.db.schema.alterTable('draft_partial_away').renameTo('draft_partial').execute();
  expect(await draftRow(house, draft.id)).toMatchObject({ state: 'ready' });
});

test('a first call orders the queue while the draft is made, and stays where no draft comes', async () => {
  await queued(house);
  const { draft } = await queued(house);
  await draftBy(draft.id, async ({ onLabels }) => {
    onLabels?.({ category: 'damaged', urgency: 'urgent', language: 'de' });
    await vi.waitFor(async () => {
      const [first] = await listQueue(house.db, 'approve', 10);
      expect(first).toMatchObject({ draftId: draft.id, urgency: 'urgent', state: 'drafting' });
    });
    throw new ReplywrightError('model_garbage', { detail: 'no' });
  });
  expect(await draftRow(house, draft.id)).toMatchObject({ category: 'damaged', language: 'de' });
});
