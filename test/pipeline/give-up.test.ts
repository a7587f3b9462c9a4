/** Giving up: a refused reply is not sent, and its mail is a person's again, with nothing lost. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { giveUp } from '../../src/pipeline/give-up.ts';
import { approve, reject, undo } from '../../src/pipeline/review.ts';
import { settleByPerson } from '../../src/pipeline/settle.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import {
  approvalFor,
  arrive,
  deliveryRow,
  draftRow,
  type House,
  newestDraft,
  openHouse,
  takeJobs,
} from '../support/parts.ts';
import { approved, attempted, pairsOf, refused, uncertain } from './outgoing.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const givingUp = (decisionId: number) => giveUp(house, { decisionId, accountId: house.account.id });

async function refusedReply() {
  const approval = await attempted(house, refused, { text: 'Edited by hand.' });
  const conversationId = approval.message.conversation_id ?? 0;
  const { id: draftId } = await newestDraft(house, conversationId);
  return { ...approval, conversationId, draftId };
}

test('leaves the draft to a person, with the text and what the server said', async () => {
  const { decisionId, deliveryId, conversationId, draftId } = await refusedReply();
  expect(await givingUp(decisionId)).toEqual({ conversationId });
  expect((await deliveryRow(house, deliveryId)).state).toBe('cancelled');
  expect(await draftRow(house, draftId)).toMatchObject({
    state: 'needs_person',
    reply: 'It is on its way.',
  });
  expect(await loadConversation(house.db, conversationId)).toMatchObject({
    decision: null,
    takenBack: { text: 'Edited by hand.', refusal: '550 no such user', by: 'Kim' },
  });
  await deliver(house.deliverParts, deliveryId);
  expect(house.transport.mails).toHaveLength(1);
  expect(await pairsOf(house, decisionId)).toEqual([]);
});

test('lets a person send another text, once, or close the mail', async () => {
  const first = await refusedReply();
  await givingUp(first.decisionId);
  const approval = await approvalFor(house, first.draftId, { text: 'Shorter.' });
  const { deliveryId } = await approve(house.reviewParts, approval);
  await deliver(house.deliverParts, deliveryId);
  expect((await deliveryRow(house, deliveryId)).state).toBe('sent');
  const second = await refusedReply();
  await givingUp(second.decisionId);
  await reject(house.reviewParts, {
    ...{ draftId: second.draftId, accountId: house.account.id, redraft: false },
    ...{ reasons: [], note: null },
  });
  expect((await draftRow(house, second.draftId)).state).toBe('rejected');
});

test('leaves a customer who has written again to the newer draft', async () => {
  const { decisionId, conversationId, draftId, messageId } = await refusedReply();
  await arrive(house, { references: [messageId] });
  const newer = await newestDraft(house, conversationId);
  await givingUp(decisionId);
  expect((await draftRow(house, draftId)).state).toBe('stale');
  expect(await newestDraft(house, conversationId)).toMatchObject({
    id: newer.id,
    state: 'queued',
  });
});

test.each([
  ['held', () => approved(house, { undoSeconds: 3_600 })],
  ['uncertain', () => attempted(house, uncertain)],
  [
    'cancelled',
    async () => {
      const approval = await refusedReply();
      await givingUp(approval.decisionId);
      return approval;
    },
  ],
])('is for refused replies, and not for one that is %s', async (state, make) => {
  const { decisionId, deliveryId } = await make();
  await expect(givingUp(decisionId)).rejects.toMatchObject({ code: 'state_changed' });
  expect((await deliveryRow(house, deliveryId)).state).toBe(state);
});

test('is not for a rejection, or for nothing', async () => {
  const { decisionId, draftId } = await refusedReply();
  await givingUp(decisionId);
  const rejection = await reject(house.reviewParts, {
    ...{ draftId, accountId: house.account.id, redraft: false, reasons: [], note: null },
  });
  for (const id of [rejection.decisionId, 999_999])
    await expect(givingUp(id)).rejects.toMatchObject({ code: 'not_found' });
});

test('happens or is sent again, never both, whoever is first', async () => {
  const { decisionId, deliveryId, draftId } = await refusedReply();
  await takeJobs(house.db, 'deliver');
  const fates = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0
        ? givingUp(decisionId)
        : settleByPerson(house, { deliveryId, verdict: 'resend' }),
    ),
  );
  expect(fates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const { state } = await deliveryRow(house, deliveryId);
  const again = state === 'queued';
  expect(await takeJobs(house.db, 'deliver')).toHaveLength(again ? 1 : 0);
  expect((await draftRow(house, draftId)).state).toBe(again ? 'approved' : 'needs_person');
});

test('is told from an undo, after which nothing was refused', async () => {
  const { decisionId, message } = await approved(house, { undoSeconds: 3_600, text: 'Mine.' });
  await undo(house.reviewParts, { decisionId, accountId: house.account.id });
  const view = await loadConversation(house.db, message.conversation_id ?? 0);
  expect(view?.takenBack).toMatchObject({ text: 'Mine.', refusal: null });
});
