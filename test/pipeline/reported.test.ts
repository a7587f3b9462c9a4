/** Bounces, delays and complaints: each finds the reply that it is about, and people are told. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeliveryOutcome } from '../../src/mail/smtp.ts';
import { split, undoRegrouping } from '../../src/pipeline/regroup.ts';
import { triage } from '../../src/pipeline/triage.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import { markReportsSeen } from '../../src/storage/delivery-reports.ts';
import { loadMessage } from '../../src/storage/messages.ts';
import { listQueue, queueCounts } from '../../src/storage/queue.ts';
import {
  arrive,
  arriveRaw,
  customerAddress,
  deliveryRow,
  type House,
  newId,
  openHouse,
  storeMail,
  takeJobs,
  waitingJobs,
} from '../support/parts.ts';
import { attempted, uncertain } from './outgoing.ts';
import { bounce, complaint, delayedFor, failedFor } from './report-mails.ts';
import { sentElsewhere } from './sent-mail.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.drop());

/** A reply that the mail server took, with the name it goes by. */
async function sentReply(response = '250 ok') {
  const outcome: DeliveryOutcome = { outcome: 'sent', response, rejected: [] };
  const { deliveryId, message, messageId } = await attempted(house, outcome);
  const { header_message_id: about } = await deliveryRow(house, deliveryId);
  return { deliveryId, about, messageId, conversationId: message.conversation_id };
}

async function conversationOf(messageId: number): Promise<number | null> {
  const message = await loadMessage(house.db, messageId);
  return message?.conversationId ?? null;
}

async function reportsOf(conversationId: number | null) {
  const conversation = await loadConversation(house.db, conversationId ?? 0);
  return conversation?.reports ?? [];
}

async function isListed(conversationId: number | null): Promise<string | null> {
  const items = await listQueue(house.db, 'sending', 500);
  return items.find((item) => item.conversationId === conversationId)?.state ?? null;
}

describe('a bounce', () => {
  test('joins the conversation of the reply, is noted by recipient, and never drafted', async () => {
    const { deliveryId, about, conversationId } = await sentReply();
    await takeJobs(house.db, 'draft');
    const before = await queueCounts(house.db);
    const recipients = [failedFor(customerAddress), delayedFor('bob@customer.example')];
    const message = await arriveRaw(house, bounce({ about, recipients }));
    expect(message).toMatchObject({ state: 'automated', conversation_id: conversationId });
    expect(await reportsOf(conversationId)).toMatchObject([
      {
        ...{ deliveryId, recipient: customerAddress, action: 'failed', status: '5.1.1' },
        diagnostic: expect.stringContaining('no such user'),
      },
      { recipient: 'bob@customer.example', action: 'delayed', seenBy: null },
    ]);
    expect(await isListed(conversationId)).toBe('undelivered');
    expect((await queueCounts(house.db)).sending).toBe(before.sending + 1);
    expect(await waitingJobs(house.db, 'draft')).toEqual([]);
    expect(await waitingJobs(house.db, 'deliver')).toEqual([]);
  });

  test.each([
    ['nobody', null],
    ['the customer', `Ana <${customerAddress}>`],
    ['a stranger', 'Eve <eve@elsewhere.example>'],
  ])('finds it also when it was written by %s', async (_who, from) => {
    const { about, conversationId } = await sentReply();
    const recipients = [failedFor(customerAddress)];
    const message = await arriveRaw(house, bounce({ from, about, recipients }));
    expect(message.conversation_id).toBe(conversationId);
    expect(await reportsOf(conversationId)).toHaveLength(1);
  });

  test('finds it under a name that the mail server told, or another domain', async () => {
    const response = '250 Ok 0102018f4e0a1b2c-000000';
    const { about, conversationId } = await sentReply(response);
    const elsewhere = about.replace('@shop.example', '@gateway.example');
    const renamed = '<0102018f4e0a1b2c-000000@eu-west-1.ses.example>';
    for (const name of [renamed, elsewhere]) {
      const raw = bounce({ about: name, recipients: [failedFor(customerAddress)] });
      expect((await arriveRaw(house, raw)).conversation_id).toBe(conversationId);
    }
    expect(await reportsOf(conversationId)).toHaveLength(1);
  });

  test('that names nothing of ours stands alone', async () => {
    const about = '<rw.00000000-0000-4000-8000-000000000000@shop.example>';
    const recipients = [failedFor(customerAddress)];
    const from = `Ana <${customerAddress}>`;
    const message = await arriveRaw(house, bounce({ from, about, recipients }));
    expect(message).toMatchObject({ state: 'automated', conversation_id: null });
  });

  test('finds it when it comes in a batch with mails of people', async () => {
    const { about, conversationId } = await sentReply();
    const recipients = [failedFor(customerAddress)];
    const ids = [
      await storeMail(house, bounce({ about, recipients })),
      await storeMail(house, bounce({ about, recipients })),
    ];
    await triage(house.triageParts, ids);
    await triage(house.triageParts, ids);
    const conversation = await loadConversation(house.db, conversationId ?? 0);
    expect(conversation?.messages.filter(({ state }) => state === 'automated')).toHaveLength(2);
    expect(conversation?.reports).toHaveLength(1);
  });

  test('of a reply that nobody knows to be sent is told beside it', async () => {
    const { deliveryId, message } = await attempted(house, uncertain);
    const { header_message_id: about } = await deliveryRow(house, deliveryId);
    await arriveRaw(house, bounce({ about, recipients: [failedFor(customerAddress)] }));
    expect(await reportsOf(message.conversation_id)).toMatchObject([
      { action: 'failed', sentMessageId: null },
    ]);
    expect((await deliveryRow(house, deliveryId)).state).toBe('uncertain');
  });
});

describe('a bounce in a conversation that is regrouped', () => {
  test('stays with the reply that it is about', async () => {
    const { about, conversationId, messageId } = await sentReply();
    const second = await arrive(house, { references: [messageId] });
    expect(second.conversation_id).toBe(conversationId);
    const recipients = [failedFor(customerAddress)];
    const { id } = await arriveRaw(house, bounce({ about, recipients }));
    const accountId = house.account.id;
    const shown = { id: conversationId ?? 0, lastMessageId: second.id };
    const apart = await split(house, { shown, messageId: second.id, accountId });
    expect(await reportsOf(conversationId)).toHaveLength(1);
    expect(await reportsOf(apart.conversationId)).toEqual([]);
    expect(await conversationOf(id)).toBe(conversationId);
    await undoRegrouping(house, { regroupingId: apart.regroupingId, accountId });
    expect(await conversationOf(id)).toBe(conversationId);
  });
});

describe('what people make of it', () => {
  test('a failure is listed until somebody has seen it, and says who', async () => {
    const { deliveryId, about, conversationId } = await sentReply();
    const raw = () => bounce({ about, recipients: [failedFor(customerAddress)] });
    await arriveRaw(house, raw());
    const accountId = house.account.id;
    expect(await markReportsSeen(house.db, { deliveryId }, accountId)).toBe(true);
    expect(await markReportsSeen(house.db, { deliveryId }, accountId)).toBe(false);
    expect(await isListed(conversationId)).toBeNull();
    expect(await reportsOf(conversationId)).toMatchObject([{ seenBy: 'Kim' }]);
    // The same fact once more is no news.
    await arriveRaw(house, raw());
    expect(await isListed(conversationId)).toBeNull();
  });

  test('a delay alone calls nobody', async () => {
    const { about, conversationId } = await sentReply();
    await arriveRaw(house, bounce({ about, recipients: [delayedFor(customerAddress)] }));
    expect(await reportsOf(conversationId)).toMatchObject([{ action: 'delayed' }]);
    expect(await isListed(conversationId)).toBeNull();
  });

  test('a success is no trouble', async () => {
    const { about, conversationId } = await sentReply();
    const delivered = [`Final-Recipient: rfc822; ${customerAddress}`, 'Action: delivered'];
    const message = await arriveRaw(house, bounce({ about, recipients: [delivered] }));
    expect(message.conversation_id).toBe(conversationId);
    expect(await reportsOf(conversationId)).toEqual([]);
  });

  test('a complaint is listed, and gives way to nothing but a failure', async () => {
    const { deliveryId, about, conversationId } = await sentReply();
    const message = await arriveRaw(house, complaint(about));
    expect(message).toMatchObject({ state: 'automated', conversation_id: conversationId });
    expect(await isListed(conversationId)).toBe('complaint');
    await arriveRaw(house, bounce({ about, recipients: [failedFor(customerAddress)] }));
    expect(await isListed(conversationId)).toBe('undelivered');
    await arriveRaw(house, complaint(about, 'fraud'));
    expect((await deliveryRow(house, deliveryId)).unseen_report).toBe('failed');
  });

  test('a technical finding of a provider is no complaint', async () => {
    const { about, conversationId } = await sentReply();
    const message = await arriveRaw(house, complaint(about, 'auth-failure'));
    expect(message.conversation_id).toBe(conversationId);
    expect(await reportsOf(conversationId)).toEqual([]);
  });
});

describe('a bounce of a colleague’s reply from another mail program', () => {
  test.each([
    ['after the reply was seen in the Sent folder', false],
    ['before that', true],
  ])('joins its conversation, %s, and names the failed recipient', async (_when, first) => {
    const messageId = newId();
    const about = newId();
    const message = await arrive(house, { messageId });
    await takeJobs(house.db, 'triage');
    const raw = bounce({ about, recipients: [failedFor(customerAddress)] });
    const early = first ? await arriveRaw(house, raw) : null;
    const reply = await sentElsewhere(house, { messageId: about, inReplyTo: messageId });
    const late = first ? early : await arriveRaw(house, raw);
    expect(await conversationOf(late?.id ?? 0)).toBe(message.conversation_id);
    expect(await reportsOf(message.conversation_id)).toMatchObject([
      {
        ...{ deliveryId: null, sentMessageId: reply.id, recipient: customerAddress },
        ...{ action: 'failed', status: '5.1.1' },
      },
    ]);
    // It is listed until somebody has seen it.
    const conversationId = message.conversation_id;
    expect(await isListed(conversationId)).toBe('undelivered');
    const { troubled } = await queueCounts(house.db);
    const accountId = house.account.id;
    expect(await markReportsSeen(house.db, { replyId: reply.id }, accountId)).toBe(true);
    expect(await markReportsSeen(house.db, { replyId: reply.id }, accountId)).toBe(false);
    expect(await isListed(conversationId)).toBeNull();
    expect((await queueCounts(house.db)).troubled).toBe(troubled - 1);
    expect(await reportsOf(conversationId)).toMatchObject([{ seenBy: 'Kim' }]);
  });
});
