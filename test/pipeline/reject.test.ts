/** Rejecting: a draft is no reply, for good or for another draft. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { merge } from '../../src/pipeline/regroup.ts';
import { reject } from '../../src/pipeline/review.ts';
import { triage } from '../../src/pipeline/triage.ts';
import {
  arrive,
  decisionRow,
  draftResult,
  type House,
  letter,
  newestDraft,
  newId,
  openHouse,
  storeMail,
  takeJobs,
} from '../support/parts.ts';
import { readyDraft } from './ready.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ undoSeconds: 3_600 });
});
afterAll(async () => {
  await house.drop();
});

const rejecting = (draftId: number, redraft: boolean) =>
  reject(house.reviewParts, {
    ...{ draftId, accountId: house.account.id, redraft },
    ...{ reasons: ['wrong_tone' as const], note: 'Kinder.' },
  });

test('with a wish for another draft', async () => {
  const { message, draft } = await readyDraft(house);
  const { decisionId } = await rejecting(draft.id, true);
  expect(await decisionRow(house, decisionId)).toMatchObject({
    verdict: 'rejected',
    final_text: null,
    origin: null,
    reasons: ['wrong_tone'],
    redraft: true,
  });
  const newest = await newestDraft(house, draft.conversation_id);
  expect(newest).toMatchObject({ state: 'queued', message_id: message.id });
  const [job] = await takeJobs(house.db, 'draft');
  expect(job?.data).toEqual({ draftId: newest.id, failures: 0 });
});

test('for good', async () => {
  const { draft } = await readyDraft(house);
  await rejecting(draft.id, false);
  expect(await newestDraft(house, draft.conversation_id)).toMatchObject({
    id: draft.id,
    state: 'rejected',
  });
  expect(await takeJobs(house.db, 'draft')).toEqual([]);
  await expect(rejecting(draft.id, false)).rejects.toMatchObject({ code: 'state_changed' });
});

test('not what a new mail has made stale', async () => {
  const messageId = newId();
  const { draft } = await readyDraft(house, draftResult(), { messageId });
  await arrive(house, { inReplyTo: messageId });
  await expect(rejecting(draft.id, true)).rejects.toMatchObject({ code: 'draft_stale' });
});

test('a merge asks anew for the draft that was wanted in its place', async () => {
  const from = 'ben@customer.example';
  const first = await readyDraft(house, draftResult(), { from });
  await rejecting(first.draft.id, false);
  const { draft } = await readyDraft(house, draftResult(), { from });
  await rejecting(draft.id, true);
  const { conversationId } = await merge(house, {
    conversations: [
      { id: first.draft.conversation_id, lastMessageId: first.draft.message_id },
      { id: draft.conversation_id, lastMessageId: draft.message_id },
    ],
    ...{ accountId: house.account.id, oneCustomer: false },
  });
  expect(await newestDraft(house, conversationId)).toMatchObject({
    state: 'queued',
    message_id: draft.message_id,
  });
});

test('an older mail that is filed after it is drafted all the same', async () => {
  const messageId = newId();
  const older = await storeMail(house, letter({ messageId }));
  const { draft } = await readyDraft(house, draftResult(), { inReplyTo: messageId });
  await rejecting(draft.id, false);
  await triage(house.triageParts, [older]);
  const newest = await newestDraft(house, draft.conversation_id);
  expect(newest).toMatchObject({ state: 'queued', message_id: older });
});
