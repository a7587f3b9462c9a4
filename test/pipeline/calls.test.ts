/** Every call that is known of is kept, whatever becomes of its attempt: it costs the same. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import type { DraftResult, DraftWatch, ModelCall } from '../../src/domain/responder.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { callsFor } from '../../src/storage/model-calls.ts';
import { identity, modelCall } from '../support/model-calls.ts';
import { arrive, draftResult, draftRow, type House, newId, openHouse } from '../support/parts.ts';
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

/** Drafts by a responder that makes these calls and then ends so. */
async function draftBy(
  draftId: number,
  calls: readonly ModelCall[],
  end: () => DraftResult | Promise<DraftResult>,
  signal = new AbortController().signal,
): Promise<void> {
  const responder = {
    identity,
    async draft(_input: unknown, _signal: unknown, watch?: DraftWatch) {
      for (const call of calls) watch?.onCall?.(call);
      return await end();
    },
  };
  const parts = { ...house.draftParts, responders: shelfOf({ own: responder }) };
  await draftReply(parts, { draftId, failures: 0 }, signal);
}

const kept = async (draftId: number) =>
  (await callsFor(house.db, { draftId })).map(({ attempt, purpose }) => `${attempt} ${purpose}`);

const two = [modelCall(), modelCall({ purpose: 'critique' })];

test('with a draft, in the transaction that finishes it; with what stood before a revision', async () => {
  const { draft } = await queued(house);
  const first = draftResult({ reply: 'Before the critique.' }).fields;
  await draftBy(draft.id, two, () => draftResult({}, { calls: two, first }));
  expect(await kept(draft.id)).toEqual(['1 draft', '1 critique']);
  expect(await draftRow(house, draft.id)).toMatchObject({
    state: 'ready',
    first,
    responder: 'own',
  });
});

test.each([
  [
    'the endpoint fails',
    new ReplywrightError('model_overloaded', { endpoint: 'x', status: 529 }),
    'queued',
  ],
  ['the answer is no use', new ReplywrightError('model_garbage', { detail: 'no JSON' }), 'failed'],
  ['the model declines', new ReplywrightError('model_refused'), 'needs_person'],
  ['there is a bug', new TypeError('a bug'), 'failed'],
])('when %s', async (_what, error, state) => {
  const { draft } = await queued(house);
  await draftBy(draft.id, two, () => Promise.reject(error));
  expect(await kept(draft.id)).toEqual(['1 draft', '1 critique']);
  expect(await draftRow(house, draft.id)).toMatchObject({ state });
});

test('when the process stops in the middle, and then those of the next attempt', async () => {
  const { draft } = await queued(house);
  const stopping = new AbortController();
  const stopped = draftBy(
    draft.id,
    [modelCall({ purpose: 'triage' })],
    () => {
      stopping.abort(new Error('stopping'));
      return Promise.reject(stopping.signal.reason);
    },
    stopping.signal,
  );
  await expect(stopped).rejects.toThrow('stopping');
  await draftBy(draft.id, two, () => draftResult({}, { calls: two }));
  expect(await kept(draft.id)).toEqual(['1 triage', '2 draft', '2 critique']);
});

test('when the draft comes too late, because the customer wrote again', async () => {
  const messageId = newId();
  const { draft } = await queued(house, { messageId });
  await draftBy(draft.id, two, async () => {
    await arrive(house, { inReplyTo: messageId, text: 'Found it!' });
    return draftResult({}, { calls: two });
  });
  expect(await draftRow(house, draft.id)).toMatchObject({ state: 'stale', reply: null });
  expect(await kept(draft.id)).toEqual(['1 draft', '1 critique']);
});

test('when the draft holds what the database cannot', async () => {
  const { draft } = await queued(house);
  await draftBy(draft.id, two, () => draftResult({ reply: 'a\0b' }, { calls: two }));
  expect(await draftRow(house, draft.id)).toMatchObject({ state: 'failed' });
  expect(await kept(draft.id)).toEqual(['1 draft', '1 critique']);
});

test('a call that cannot be kept does not hold up the mail', async () => {
  const { draft } = await queued(house);
  await draftBy(draft.id, [modelCall({ stopReason: 'a\0b' })], () =>
    Promise.reject(new ReplywrightError('model_garbage', { detail: 'no JSON' })),
  );
  expect(await draftRow(house, draft.id)).toMatchObject({
    state: 'failed',
    error_code: 'model_garbage',
  });
  expect(await kept(draft.id)).toEqual([]);
});

test('what drafted in place of the responder is what the draft names', async () => {
  const { draft } = await queued(house);
  const draftedBy = { ...identity, hash: 'f'.repeat(64), model: 'claude-haiku-5' };
  await draftBy(draft.id, two, () => draftResult({}, { calls: two, draftedBy }));
  expect(await draftRow(house, draft.id)).toMatchObject({ responder_hash: draftedBy.hash });
  const calls = await callsFor(house.db, { draftId: draft.id });
  expect(calls.map(({ responderHash }) => responderHash)).toEqual([draftedBy.hash, draftedBy.hash]);
});
