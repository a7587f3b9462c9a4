/** Undo: a decision is taken back as long as nothing has followed from it, and everything with it. */

import { sql, type Updateable } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { merge } from '../../src/pipeline/regroup.ts';
import { approve, reject, undo } from '../../src/pipeline/review.ts';
import { moveDelivery } from '../../src/storage/compare-and-set.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import { rejectionsOf } from '../../src/storage/decisions.ts';
import type { Tables } from '../../src/storage/tables.ts';
import {
  approvalFor,
  arrive,
  deliveryRow,
  draftResult,
  draftRow,
  type House,
  newestDraft,
  newId,
  openHouse,
} from '../support/parts.ts';
import { notSent } from './outgoing.ts';
import { drafted } from './ready.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ undoSeconds: 3_600 });
});
afterAll(async () => {
  await house.drop();
});

async function ready(result = draftResult()) {
  const messageId = newId();
  const message = await arrive(house, { messageId });
  const { id, conversation_id: conversationId } = await newestDraft(house, message.conversation_id);
  await drafted(house, id, result);
  return { id, messageId, conversationId };
}

const approving = async (draftId: number) =>
  await approve(house.reviewParts, await approvalFor(house, draftId));

const rejecting = async (draftId: number, redraft: boolean) =>
  await reject(house.reviewParts, {
    ...{ draftId, accountId: house.account.id, redraft },
    ...{ reasons: [], note: null },
  });

const undoing = (decisionId: number) =>
  undo(house.reviewParts, { decisionId, accountId: house.account.id });

/** Sets what only a mail server could bring about. */
const patch = (deliveryId: number, change: Updateable<Tables['delivery']>) =>
  house.db.updateTable('delivery').set(change).where('id', '=', deliveryId).execute();

const stateOf = async (draftId: number) => (await draftRow(house, draftId)).state;

test('an approval of a mail that a merge put behind an older one brings that mail back', async () => {
  const older = await ready();
  const newer = await ready();
  const { decisionId } = await approving(newer.id);
  const shown = async ({ conversationId }: typeof older) => ({
    id: conversationId,
    lastMessageId: (await newestDraft(house, conversationId)).message_id,
  });
  await merge(house, {
    conversations: [await shown(older), await shown(newer)],
    ...{ accountId: house.account.id, oneCustomer: true },
  });
  const { conversationId } = older;
  const waits = () =>
    house.db
      .selectFrom('conversation')
      .innerJoin('message', 'message.id', 'last_message_id')
      .select('message.message_id as messageId')
      .where('conversation.id', '=', conversationId)
      .executeTakeFirstOrThrow();
  expect(await waits()).toEqual({ messageId: older.messageId });
  await undoing(decisionId);
  expect(await waits()).toEqual({ messageId: newer.messageId });
  expect(await stateOf(newer.id)).toBe('ready');
  const open = await house.db
    .selectFrom('draft')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('state', 'in', ['queued', 'drafting', 'ready', 'needs_person', 'failed'])
    .execute();
  expect(open).toEqual([{ id: newer.id }]);
});

describe('an approval', () => {
  test('is undone while its reply is held', async () => {
    const { id, conversationId } = await ready();
    const { decisionId, deliveryId } = await approving(id);
    expect(await undoing(decisionId)).toEqual({ conversationId });
    expect(await stateOf(id)).toBe('ready');
    expect((await deliveryRow(house, deliveryId)).state).toBe('cancelled');
    const decision = await house.db
      .selectFrom('decision')
      .select(['undone_at', 'undone_by'])
      .where('id', '=', decisionId)
      .executeTakeFirstOrThrow();
    expect(decision).toEqual({ undone_at: expect.any(Date), undone_by: house.account.id });
  });

  test.each([
    ['needs_person', draftResult({ needsPerson: true })],
    ['ready', draftResult()],
  ])('leads back to %s', async (state, result) => {
    const { id } = await ready(result);
    await undoing((await approving(id)).decisionId);
    expect(await stateOf(id)).toBe(state);
  });

  test('is undone once, however often it is asked for', async () => {
    const { id } = await ready();
    const { decisionId } = await approving(id);
    await Promise.all(Array.from({ length: 10 }, () => undoing(decisionId)));
    expect(await stateOf(id)).toBe('ready');
  });

  test('can be given again after it was undone, with a delivery of its own', async () => {
    const { id } = await ready();
    const first = await approving(id);
    await undoing(first.decisionId);
    const second = await approving(id);
    expect(second.deliveryId).not.toBe(first.deliveryId);
    // The button of the first one is still on some page.
    await undoing(first.decisionId);
    expect(await stateOf(id)).toBe('approved');
    expect((await deliveryRow(house, second.deliveryId)).state).toBe('held');
  });

  test('is undone while its reply waits for a mail server that has not taken it', async () => {
    const { id } = await ready();
    const { decisionId, deliveryId } = await approving(id);
    await patch(deliveryId, { state: 'queued', hold_until: new Date(0) });
    house.transport.next = [() => notSent];
    await deliver(house.deliverParts, deliveryId);
    expect((await deliveryRow(house, deliveryId)).state).toBe('queued');
    await undoing(decisionId);
    expect((await deliveryRow(house, deliveryId)).state).toBe('cancelled');
    expect(await stateOf(id)).toBe('ready');
    const before = house.transport.mails.length;
    await deliver(house.deliverParts, deliveryId);
    expect(house.transport.mails).toHaveLength(before);
  });

  test.each([
    ['sending', { state: 'sending' }],
    ['sent', { state: 'sent' }],
    ['refused', { state: 'refused' }],
    ['uncertain', { state: 'uncertain' }],
    ['perhaps with the customer already', { state: 'queued', perhaps_taken: true }],
    ['with some of its recipients already', { state: 'queued', not_taken: ['a@b.example'] }],
  ] satisfies [string, Updateable<Tables['delivery']>][])(
    'is not undone when its reply is %s',
    async (words, change) => {
      const { id } = await ready();
      const { decisionId, deliveryId } = await approving(id);
      await patch(deliveryId, change);
      await expect(undoing(decisionId)).rejects.toMatchObject({
        code: 'undo_too_late',
        message: `This can no longer be taken back: the reply is ${words}.`,
      });
      expect(await stateOf(id)).toBe('approved');
    },
  );

  test('is not undone when its reply begins to be sent in this moment', async () => {
    const { id } = await ready();
    const { decisionId, deliveryId } = await approving(id);
    const undone = await house.db.transaction().execute(async (tx) => {
      await moveDelivery(tx, deliveryId, 'held', 'queued');
      await moveDelivery(tx, deliveryId, 'queued', 'sending');
      const attempt = undoing(decisionId).catch((error) => error);
      // It has read `held` and waits for our lock.
      await vi.waitFor(async () => {
        const { rows } = await sql`select pid from pg_stat_activity
          where wait_event_type = 'Lock' and datname = current_database()`.execute(house.db);
        expect(rows).toHaveLength(1);
      });
      return { attempt };
    });
    expect(await undone.attempt).toMatchObject({ code: 'undo_too_late' });
    expect(await stateOf(id)).toBe('approved');
  });

  test('makes its draft stale when the customer has written since', async () => {
    const { id, messageId, conversationId } = await ready();
    const { decisionId, deliveryId } = await approving(id);
    await arrive(house, { inReplyTo: messageId });
    const next = await newestDraft(house, conversationId);
    await undoing(decisionId);
    expect(await stateOf(id)).toBe('stale');
    expect(await stateOf(next.id)).toBe('queued');
    expect((await deliveryRow(house, deliveryId)).state).toBe('cancelled');
  });

  test('is undone while its reply is held, even when the next mail has its reply', async () => {
    const { id, messageId, conversationId } = await ready();
    const { decisionId, deliveryId } = await approving(id);
    await arrive(house, { inReplyTo: messageId });
    const next = await newestDraft(house, conversationId);
    await drafted(house, next.id);
    await approving(next.id);
    await undoing(decisionId);
    expect((await deliveryRow(house, deliveryId)).state).toBe('cancelled');
    expect([await stateOf(id), await stateOf(next.id)]).toEqual(['stale', 'approved']);
  });
});

describe('a rejection', () => {
  test('for good is undone', async () => {
    const { id } = await ready();
    const { decisionId } = await rejecting(id, false);
    await undoing(decisionId);
    expect(await stateOf(id)).toBe('ready');
  });

  test('that asked for another draft is undone, and that one gives way', async () => {
    const { id, conversationId } = await ready();
    const { decisionId } = await rejecting(id, true);
    const next = await newestDraft(house, conversationId);
    await undoing(decisionId);
    expect([await stateOf(id), await stateOf(next.id)]).toEqual(['ready', 'stale']);
    expect(await rejectionsOf(house.db, (await draftRow(house, id)).message_id)).toEqual([]);
  });

  test('leaves the draft that came back before the person, not the one that gave way', async () => {
    const { id, conversationId } = await ready();
    const { decisionId } = await rejecting(id, true);
    await undoing(decisionId);
    const view = await loadConversation(house.db, conversationId);
    expect(view?.draft).toMatchObject({ id, state: 'ready' });
    const again = await approving(id);
    const decided = await loadConversation(house.db, conversationId);
    expect(decided?.draft).toMatchObject({ id, state: 'approved' });
    expect(decided?.decision).toMatchObject({ id: again.decisionId });
    await undoing(again.decisionId);
    expect(await stateOf(id)).toBe('ready');
  });

  test.each([
    ['approved', approving],
    ['rejected', (id: number) => rejecting(id, false)],
  ])('is not undone when the draft that came of it is %s', async (state, decide) => {
    const { id, conversationId } = await ready();
    const { decisionId } = await rejecting(id, true);
    const next = await newestDraft(house, conversationId);
    await drafted(house, next.id);
    await decide(next.id);
    await expect(undoing(decisionId)).rejects.toMatchObject({ code: 'undo_too_late' });
    expect([await stateOf(id), await stateOf(next.id)]).toEqual(['rejected', state]);
  });

  test('of the first of three drafts is not undone, of the second it is', async () => {
    const { id, conversationId } = await ready();
    const first = await rejecting(id, true);
    const second = await newestDraft(house, conversationId);
    await drafted(house, second.id);
    const { decisionId } = await rejecting(second.id, true);
    const third = await newestDraft(house, conversationId);
    await expect(undoing(first.decisionId)).rejects.toMatchObject({ code: 'undo_too_late' });
    await undoing(decisionId);
    expect(await Promise.all([id, second.id, third.id].map(stateOf))).toEqual([
      ...['rejected', 'ready', 'stale'],
    ]);
    await undoing(first.decisionId);
    expect(await Promise.all([id, second.id].map(stateOf))).toEqual(['ready', 'stale']);
  });

  test('makes its draft stale when the customer has written since', async () => {
    const { id, messageId, conversationId } = await ready();
    const { decisionId } = await rejecting(id, false);
    await arrive(house, { inReplyTo: messageId });
    await undoing(decisionId);
    expect(await stateOf(id)).toBe('stale');
    expect((await newestDraft(house, conversationId)).state).toBe('queued');
  });
});

test('a decision that is not there', async () => {
  await expect(undoing(999_999)).rejects.toMatchObject({ code: 'not_found' });
});
