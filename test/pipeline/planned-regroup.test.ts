/** Merging and planned replies: a newer mail that a merge brings stops what its approver did not know. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { writtenAt } from '../../src/domain/zoned-time.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { merge, type Shown, split, undoRegrouping } from '../../src/pipeline/regroup.ts';
import type { LeavingChoice } from '../../src/pipeline/schedule.ts';
import {
  arrive,
  decisionRow,
  deliveryRow,
  draftRow,
  type House,
  newestDraft,
  newId,
  openHouse,
} from '../support/parts.ts';
import { approved, startAnew } from './outgoing.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await startAnew(house);
});
afterAll(async () => {
  await house.drop();
});

const leaving: LeavingChoice = {
  leaves: 'at_time',
  at: writtenAt(new Date(Date.now() + 86_400_000), 'Europe/Berlin'),
};

type Message = Awaited<ReturnType<typeof arrive>>;
const shown = ({ id, conversation_id }: Message): Shown => ({
  ...{ id: conversation_id ?? 0, lastMessageId: id },
});

const mergeThese = (one: Message, other: Message) =>
  merge(house, {
    ...{ conversations: [shown(one), shown(other)], accountId: house.account.id },
    oneCustomer: true,
  });

const stateOfDraft = async (decisionId: number) =>
  (await draftRow(house, (await decisionRow(house, decisionId)).draft_id)).state;

test('a merge with a newer mail stops a planned reply, as if that mail came now', async () => {
  const { message: first, deliveryId, decisionId } = await approved(house, { leaving });
  const second = await arrive(house, { subject: `Bill ${newId()}`, references: [newId()] });
  const { conversationId } = await mergeThese(second, first);
  expect(await deliveryRow(house, deliveryId)).toMatchObject({ overtaken_by: second.id });
  await deliver(house.deliverParts, deliveryId);
  expect(await deliveryRow(house, deliveryId)).toMatchObject({ state: 'cancelled' });
  expect(await stateOfDraft(decisionId)).toBe('stale');
  expect(await newestDraft(house, conversationId)).toMatchObject({ message_id: second.id });
});

test('where the newer mail is answered, the stopped reply goes to a person', async () => {
  const { message: first, deliveryId, decisionId } = await approved(house, { leaving });
  const { message: second, deliveryId: other } = await approved(house, { leaving });
  const { conversationId } = await mergeThese(second, first);
  await deliver(house.deliverParts, deliveryId);
  const { last_message_id } = await house.db
    .selectFrom('conversation')
    .select('last_message_id')
    .where('id', '=', conversationId)
    .executeTakeFirstOrThrow();
  expect(last_message_id).toBe(first.id);
  expect(await stateOfDraft(decisionId)).toBe('needs_person');
  // Whoever approved that one answered the newest mail.
  expect(await deliveryRow(house, other)).toMatchObject({ state: 'held', overtaken_by: null });
});

test('a split that is taken back: the newer part stops what is planned for the older', async () => {
  const { message: first, deliveryId } = await approved(house, { leaving });
  const second = await arrive(house, { subject: `Bill ${newId()}`, references: [newId()] });
  const { conversationId } = await mergeThese(second, first);
  const place = { id: conversationId, lastMessageId: second.id };
  const accountId = house.account.id;
  const { regroupingId } = await split(house, { shown: place, messageId: second.id, accountId });
  // As planned after the split.
  const { db } = house;
  await db
    .updateTable('delivery')
    .set({ overtaken_by: null })
    .where('id', '=', deliveryId)
    .execute();
  await undoRegrouping(house, { regroupingId, accountId });
  expect(await deliveryRow(house, deliveryId)).toMatchObject({ overtaken_by: second.id });
});
