/** Merging and splitting: what moves, what is asked for anew, what is refused, and what undo brings back. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { merge, type Shown, split, undoRegrouping } from '../../src/pipeline/regroup.ts';
import { approve } from '../../src/pipeline/review.ts';
import {
  approvalFor,
  arrive,
  deliveryRow,
  draftRow,
  type House,
  type Letter,
  newestDraft,
  newId,
  openHouse,
} from '../support/parts.ts';
import { sentElsewhere } from './sent-mail.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

type Message = Awaited<ReturnType<typeof arrive>>;

async function conversation(id: number | null) {
  return await house.db
    .selectFrom('conversation')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

async function placeOf({ id }: Pick<Message, 'id'>): Promise<number | null> {
  const { conversation_id } = await house.db
    .selectFrom('message')
    .select('conversation_id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return conversation_id;
}

async function shown(id: number | null): Promise<Shown> {
  const row = await conversation(id);
  return { id: row.id, lastMessageId: row.last_message_id ?? 0 };
}

/** A mail of somebody whom no other test knows, and how to write on. */
async function begin(given: Letter = {}) {
  const from = given.from ?? `${newId().slice(1, 9)}@customer.example`;
  const messageId = newId();
  const message = await arrive(house, { ...given, from, messageId });
  const writeOn = (more: Letter = {}) => arrive(house, { from, inReplyTo: messageId, ...more });
  return { from, messageId, message, writeOn };
}

async function answer(message: Message) {
  const { id } = await newestDraft(house, await placeOf(message));
  const signal = new AbortController().signal;
  await draftReply(house.draftParts, { draftId: id, failures: 0 }, signal);
  const { deliveryId } = await approve(house.reviewParts, await approvalFor(house, id));
  return { draftId: id, deliveryId };
}

async function mergeThese(one: Message, other: Message, oneCustomer = false) {
  const conversations: [Shown, Shown] = [
    await shown(await placeOf(one)),
    await shown(await placeOf(other)),
  ];
  return await merge(house, { conversations, accountId: house.account.id, oneCustomer });
}

const undo = (regroupingId: number) =>
  undoRegrouping(house, { regroupingId, accountId: house.account.id });

test('a colleague’s reply moves with the mail that it answers, and one that names none with all', async () => {
  const { message: first } = await begin({ from: 'cleo@customer.example' });
  const other = await begin({ from: 'cleo@customer.example', subject: `Bill ${newId()}` });
  const named = await sentElsewhere(house, {
    to: 'cleo@customer.example',
    inReplyTo: other.messageId,
  });
  const unnamed = await sentElsewhere(house, {
    ...{ to: 'cleo@customer.example', text: 'By the way' },
    ...{ subject: `Re: ${other.message.subject}`, headers: ['X-Sent: 1'] },
  });
  await house.db
    .updateTable('message')
    .set({ conversation_id: other.message.conversation_id })
    .where('id', '=', unnamed.id)
    .execute();
  const { regroupingId } = await mergeThese(first, other.message);
  expect([await placeOf(named), await placeOf(unnamed)]).toEqual([
    first.conversation_id,
    first.conversation_id,
  ]);
  await undoRegrouping(house, { regroupingId, accountId: house.account.id });
  expect(await placeOf(named)).toBe(other.message.conversation_id);
});

describe('merging', () => {
  test('puts all into the one that began first, and asks for one draft', async () => {
    const { from, message: first } = await begin();
    const second = await arrive(house, { from });
    const { conversationId } = await mergeThese(second, first);
    expect(conversationId).toBe(first.conversation_id);
    expect(await placeOf(second)).toBe(first.conversation_id);
    expect(await conversation(second.conversation_id)).toMatchObject({
      merged_into: first.conversation_id,
      last_message_id: null,
    });
    expect(await newestDraft(house, conversationId)).toMatchObject({
      state: 'queued',
      message_id: second.id,
    });
  });

  test('keeps the mail that waits before the reader, when the newer one is answered', async () => {
    const { from, message: waits } = await begin();
    const answered = await arrive(house, { from });
    await answer(answered);
    const { conversationId } = await mergeThese(waits, answered);
    expect((await conversation(conversationId)).last_message_id).toBe(waits.id);
    expect(await newestDraft(house, conversationId)).toMatchObject({ message_id: waits.id });
  });

  test('leaves a held reply with its mail, and it is sent', async () => {
    const { from, message: first } = await begin();
    const second = await arrive(house, { from });
    const { deliveryId } = await answer(second);
    const { conversationId, regroupingId } = await mergeThese(first, second);
    await deliver(house.deliverParts, deliveryId);
    expect(await deliveryRow(house, deliveryId)).toMatchObject({
      state: 'sent',
      conversation_id: conversationId,
    });
    await undo(regroupingId);
    const { sent_message_id: sent, conversation_id } = await deliveryRow(house, deliveryId);
    expect(conversation_id).toBe(second.conversation_id);
    expect(await placeOf({ id: sent ?? 0 })).toBe(second.conversation_id);
  });

  test('is taken back with what came meanwhile left where it came', async () => {
    const { message: first, from, writeOn } = await begin();
    const second = await arrive(house, { from });
    const { regroupingId } = await mergeThese(first, second);
    const third = await writeOn();
    expect(third.conversation_id).toBe(first.conversation_id);
    await undo(regroupingId);
    expect(await placeOf(second)).toBe(second.conversation_id);
    expect(await placeOf(third)).toBe(first.conversation_id);
    for (const [place, last] of [
      [first.conversation_id, third.id],
      [second.conversation_id, second.id],
    ] as const)
      expect(await newestDraft(house, place)).toMatchObject({ state: 'queued', message_id: last });
    // A second time does nothing.
    await undo(regroupingId);
    expect(await placeOf(second)).toBe(second.conversation_id);
  });

  test('of two addresses wants the word that both are one customer, who may then write on', async () => {
    const { message: first, messageId } = await begin();
    const other = await begin();
    await expect(mergeThese(first, other.message)).rejects.toMatchObject({
      code: 'customers_differ',
    });
    const { conversationId, regroupingId } = await mergeThese(first, other.message, true);
    const more = await arrive(house, { from: other.from, inReplyTo: messageId });
    expect(more.conversation_id).toBe(conversationId);
    await undo(regroupingId);
    const apart = await arrive(house, { from: other.from, inReplyTo: messageId });
    expect(apart.conversation_id).not.toBe(conversationId);
  });

  test.each([
    ['a conversation with itself', (one: Shown): [Shown, Shown] => [one, one]],
    [
      'what was continued since',
      (one: Shown, other: Shown): [Shown, Shown] => [one, { ...other, lastMessageId: 1 }],
    ],
  ])('refuses %s', async (_what, choose) => {
    const { from, message: first } = await begin();
    const second = await arrive(house, { from });
    const conversations = choose(
      await shown(first.conversation_id),
      await shown(second.conversation_id),
    );
    const asked = merge(house, {
      ...{ conversations, accountId: house.account.id, oneCustomer: false },
    });
    await expect(asked).rejects.toMatchObject({ code: 'state_changed' });
  });

  test('a late mail merges only conversations of its customer', async () => {
    const middle = newId();
    const { message: first, from, messageId } = await begin();
    const third = await arrive(house, { from, inReplyTo: middle, subject: 'Third' });
    const stranger = await arrive(house, { from: 'eve@evil.example', inReplyTo: middle });
    const second = await arrive(house, { from, messageId: middle, inReplyTo: messageId });
    expect(second.conversation_id).toBe(first.conversation_id);
    expect(await placeOf(third)).toBe(first.conversation_id);
    expect(await placeOf(stranger)).toBe(stranger.conversation_id);
    const { state } = await newestDraft(house, first.conversation_id);
    expect(state).toBe('queued');
  });
});

describe('splitting', () => {
  async function three() {
    const { message: first, writeOn } = await begin();
    const second = await writeOn();
    const third = await writeOn();
    return { first, second, third };
  }

  async function splitAt(message: Message) {
    const place = await shown(await placeOf(message));
    return await split(house, {
      ...{ shown: place, messageId: message.id, accountId: house.account.id },
    });
  }

  test('moves a mail and those after it, and asks for drafts where one is wanted', async () => {
    const { first, second, third } = await three();
    const { conversationId } = await splitAt(second);
    expect(conversationId).not.toBe(first.conversation_id);
    expect(await placeOf(third)).toBe(conversationId);
    expect(await newestDraft(house, conversationId)).toMatchObject({ message_id: third.id });
    expect(await newestDraft(house, first.conversation_id)).toMatchObject({
      state: 'queued',
      message_id: first.id,
    });
  });

  test('leaves an answered mail answered', async () => {
    const { message: first, writeOn } = await begin();
    const { draftId, deliveryId } = await answer(first);
    const second = await writeOn();
    const { conversationId } = await splitAt(second);
    expect(await draftRow(house, draftId)).toMatchObject({
      state: 'approved',
      conversation_id: first.conversation_id,
    });
    expect(await newestDraft(house, first.conversation_id)).toMatchObject({ id: draftId });
    await deliver(house.deliverParts, deliveryId);
    const { sent_message_id: sent } = await deliveryRow(house, deliveryId);
    expect(await placeOf({ id: sent ?? 0 })).toBe(first.conversation_id);
    expect(await placeOf(second)).toBe(conversationId);
  });

  test('is taken back with all that came since', async () => {
    const { first, second, third } = await three();
    const { regroupingId, conversationId } = await splitAt(second);
    await undo(regroupingId);
    for (const message of [first, second, third])
      expect(await placeOf(message)).toBe(first.conversation_id);
    expect(await conversation(conversationId)).toMatchObject({
      merged_into: first.conversation_id,
    });
    expect(await newestDraft(house, first.conversation_id)).toMatchObject({
      state: 'queued',
      message_id: third.id,
    });
  });

  test('a mail that was split off keeps what answers it', async () => {
    const { message: first, writeOn } = await begin();
    const aside = newId();
    const second = await writeOn({ messageId: aside });
    const { conversationId } = await splitAt(second);
    const more = await writeOn({ inReplyTo: aside });
    expect(more.conversation_id).toBe(conversationId);
    expect(await placeOf(first)).toBe(first.conversation_id);
  });

  test('gives a colleague who was brought in a conversation of his own', async () => {
    const { message: first, messageId } = await begin({ headers: ['Cc: bob@customer.example'] });
    const second = await arrive(house, { from: 'bob@customer.example', inReplyTo: messageId });
    expect(second.conversation_id).toBe(first.conversation_id);
    const { conversationId } = await splitAt(second);
    expect((await conversation(conversationId)).customer_address).toBe('bob@customer.example');
  });

  test('refuses the first mail: nothing would be left', async () => {
    const { first } = await three();
    await expect(splitAt(first)).rejects.toMatchObject({ code: 'state_changed' });
  });
});
