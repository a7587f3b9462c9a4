/** What nobody knows of a delivery, its copy in the Sent folder tells; a person's word counts as much. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { lookInSent } from '../../src/pipeline/look-in-sent.ts';
import { copyToSent } from '../../src/pipeline/sent-copy.ts';
import { settleByPerson } from '../../src/pipeline/settle.ts';
import { deliveryRow, type House, openHouse, takeJobs } from '../support/parts.ts';
import {
  approved,
  attempted,
  outboundOf,
  pairsOf,
  refused,
  startAnew,
  uncertain,
} from './outgoing.ts';
import { sentElsewhere } from './sent-mail.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await startAnew(house);
  await takeJobs(house.db, 'triage');
});
afterAll(async () => {
  await house.drop();
});

const row = (deliveryId: number) => deliveryRow(house, deliveryId);

/** Does what the queue asks for now: the looks of one round. */
async function look() {
  const jobs = await takeJobs(house.db, 'look_in_sent');
  for (const { data } of jobs) await lookInSent(house.deliverParts, data);
  return jobs;
}

/** The mail of a delivery as a provider keeps it, which writes a line of its own above it. */
async function providersCopy(deliveryId: number, line = 'X-Kept-By: provider\r\n') {
  const { bytes } = await row(deliveryId);
  return Buffer.concat([Buffer.from(line), bytes ?? Buffer.alloc(0)]);
}

async function expectProved(deliveryId: number, decisionId: number) {
  const delivery = await row(deliveryId);
  expect(delivery).toMatchObject({
    state: 'sent',
    answer: expect.stringContaining('its copy stands in the Sent folder'),
    sent_copy_at: expect.any(Date),
  });
  const messages = await outboundOf(house, delivery.conversation_id);
  const ours = messages.filter(({ state }) => state !== 'copy');
  expect(ours).toMatchObject([{ id: delivery.sent_message_id, state: 'outbound' }]);
  for (const { data } of await takeJobs(house.db, 'learn')) await learn(house, data.deliveryId);
  expect(await pairsOf(house, decisionId)).toHaveLength(1);
  // It stands there: nothing is appended.
  for (const { data } of await takeJobs(house.db, 'sent_copy'))
    await copyToSent(house.deliverParts, data.deliveryId);
  await copyToSent(house.deliverParts, deliveryId);
  expect(house.copies).toEqual([]);
  expect(house.transport.mails).toHaveLength(1);
}

describe('an uncertain delivery', () => {
  test('that stands in the Sent folder is sent, and teaches', async () => {
    const { deliveryId, decisionId } = await attempted(house, uncertain);
    house.sentFolder.add((await row(deliveryId)).header_message_id);
    await look();
    await expectProved(deliveryId, decisionId);
    expect(await look()).toEqual([]);
  });

  test('that died while it was sent is looked for, too', async () => {
    const { deliveryId } = await approved(house);
    house.transport.next = [() => Promise.reject(new Error('killed'))];
    await expect(deliver(house.deliverParts, deliveryId)).rejects.toThrow('killed');
    await deliver(house.deliverParts, deliveryId);
    expect((await row(deliveryId)).state).toBe('uncertain');
    house.sentFolder.add((await row(deliveryId)).header_message_id);
    await look();
    expect((await row(deliveryId)).state).toBe('sent');
  });

  test('that does not stand there is looked for a few times, and left to a person', async () => {
    const { deliveryId } = await attempted(house, uncertain);
    const pauses: number[] = [];
    for (let rounds = 0; rounds < 20; rounds += 1) {
      const jobs = await look();
      for (const { startAfter } of jobs) pauses.push(startAfter.getTime() - Date.now());
      if (jobs.length === 0) break;
    }
    expect(pauses).toHaveLength(5);
    expect(pauses).toEqual(pauses.toSorted((left, right) => left - right));
    const { state, answer, sent_looked_at } = await row(deliveryId);
    expect({ state, answer }).toEqual({ state: 'uncertain', answer: 'The answer did not come.' });
    expect(sent_looked_at).toBeInstanceOf(Date);
  });

  test('whose server cannot be asked is asked again, and stays as it is', async () => {
    const { deliveryId } = await attempted(house, uncertain);
    const [job] = await takeJobs(house.db, 'look_in_sent');
    const [name, mailbox] = [...house.mailboxes][0] ?? expect.unreachable();
    const isInSent = () => Promise.reject(new Error('no IMAP'));
    const parts = { ...house.deliverParts, mailboxes: new Map([[name, { ...mailbox, isInSent }]]) };
    await expect(lookInSent(parts, job?.data ?? expect.unreachable())).rejects.toThrow('no IMAP');
    expect((await row(deliveryId)).state).toBe('uncertain');
  });

  test('of a mailbox without a Sent folder is left to a person at once', async () => {
    const { deliveryId } = await attempted(house, uncertain);
    const [name, mailbox] = [...house.mailboxes][0] ?? expect.unreachable();
    const mailboxes = new Map([[name, { ...mailbox, isInSent: null }]]);
    for (const { data } of await takeJobs(house.db, 'look_in_sent'))
      await lookInSent({ ...house.deliverParts, mailboxes }, data);
    expect(await takeJobs(house.db, 'look_in_sent')).toEqual([]);
    expect(await row(deliveryId)).toMatchObject({ state: 'uncertain', sent_looked_at: null });
  });

  test.each([
    ['with a line of the provider’s', 'X-Kept-By: provider\r\n'],
    ['byte for byte', ''],
  ])('is sent when the watched Sent folder brings its copy, %s', async (_what, line) => {
    const { deliveryId, decisionId } = await attempted(house, uncertain);
    await takeJobs(house.db, 'look_in_sent');
    await sentElsewhere(house, await providersCopy(deliveryId, line));
    await look();
    await expectProved(deliveryId, decisionId);
  });

  test('is not proved by the same text that a colleague sent', async () => {
    const { deliveryId, messageId } = await attempted(house, uncertain);
    await takeJobs(house.db, 'look_in_sent');
    const copy = await sentElsewhere(house, { inReplyTo: messageId, text: 'It is on its way.' });
    expect(copy.state).toBe('copy');
    expect(await look()).toEqual([]);
    expect((await row(deliveryId)).state).toBe('uncertain');
  });
});

describe('a person and the Sent folder', () => {
  test('who found it sent: the copy changes nothing', async () => {
    const { deliveryId, decisionId } = await attempted(house, uncertain);
    await settleByPerson(house, { deliveryId, verdict: 'sent' });
    await sentElsewhere(house, await providersCopy(deliveryId));
    house.sentFolder.add((await row(deliveryId)).header_message_id);
    await look();
    expect((await row(deliveryId)).answer).toBe('A person found it sent.');
    await learn(house, deliveryId);
    expect(await pairsOf(house, decisionId)).toHaveLength(1);
  });

  test('who has it sent again, before the copy shows: it does not go out a second time', async () => {
    const { deliveryId, decisionId } = await attempted(house, uncertain);
    await settleByPerson(house, { deliveryId, verdict: 'resend' });
    await takeJobs(house.db, 'look_in_sent');
    await sentElsewhere(house, await providersCopy(deliveryId));
    await look();
    await deliver(house.deliverParts, deliveryId);
    await expectProved(deliveryId, decisionId);
  });

  test('at the same moment: one of them, and one message', async () => {
    const { deliveryId, decisionId } = await attempted(house, uncertain);
    house.sentFolder.add((await row(deliveryId)).header_message_id);
    await Promise.allSettled([look(), settleByPerson(house, { deliveryId, verdict: 'sent' })]);
    const { state, conversation_id } = await row(deliveryId);
    expect(state).toBe('sent');
    expect(await outboundOf(house, conversation_id)).toHaveLength(1);
    expect(await takeJobs(house.db, 'learn')).toHaveLength(1);
    expect(await pairsOf(house, decisionId)).toEqual([]);
  });
});

test('what the server refused stays refused, whatever stands in the Sent folder', async () => {
  const { deliveryId } = await attempted(house, refused);
  expect((await sentElsewhere(house, await providersCopy(deliveryId))).state).toBe('copy');
  await look();
  expect((await row(deliveryId)).state).toBe('refused');
});

test('what was refused after an attempt that nobody knows of is sent once its copy shows', async () => {
  const { deliveryId } = await attempted(house, uncertain);
  await settleByPerson(house, { deliveryId, verdict: 'resend' });
  await takeJobs(house.db, 'look_in_sent');
  house.transport.next = [() => refused];
  await deliver(house.deliverParts, deliveryId);
  expect((await row(deliveryId)).state).toBe('refused');
  await sentElsewhere(house, await providersCopy(deliveryId));
  await look();
  expect((await row(deliveryId)).state).toBe('sent');
});

test('a copy that came byte for byte before the server’s answer becomes the sent message', async () => {
  const { deliveryId } = await approved(house);
  house.transport.next = [
    async ({ bytes }) => {
      await sentElsewhere(house, bytes);
      return { outcome: 'sent', response: '250 ok', rejected: [] };
    },
  ];
  await deliver(house.deliverParts, deliveryId);
  const { state, conversation_id, sent_message_id } = await row(deliveryId);
  expect(state).toBe('sent');
  const outbound = await outboundOf(house, conversation_id);
  expect(outbound).toMatchObject([{ id: sent_message_id, state: 'outbound' }]);
});
