/** What the mail server does not take yet, or for some recipients only: tried again for whom it was not. */

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { lookInSent } from '../../src/pipeline/look-in-sent.ts';
import { tryNow } from '../../src/pipeline/schedule.ts';
import { settleByCopy, settleByPerson } from '../../src/pipeline/settle.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import { markReportsSeen } from '../../src/storage/delivery-reports.ts';
import { listQueue } from '../../src/storage/queue.ts';
import { deliveryRow, type House, newestDraft, openHouse, takeJobs } from '../support/parts.ts';
import { approved, attempted, greylisted, startAnew, uncertain } from './outgoing.ts';
import { sentElsewhere } from './sent-mail.ts';

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

const run = (deliveryId: number) => deliver(house.deliverParts, deliveryId);
const row = (deliveryId: number) => deliveryRow(house, deliveryId);

async function dueSince(deliveryId: number, hours: number) {
  const hold_until = sql<Date>`now() - make_interval(hours => ${hours})`;
  await house.db.updateTable('delivery').set({ hold_until }).where('id', '=', deliveryId).execute();
}

/** Runs the jobs that are sent, as a worker does. */
async function work() {
  const jobs = await takeJobs(house.db, 'deliver');
  for (const { data } of jobs) await deliver(house.deliverParts, data.deliveryId, data.ticket);
}

describe('a reply that waits for its next try', () => {
  test('is tried now on a person’s word, and no more often than before', async () => {
    const { deliveryId } = await attempted(house, greylisted);
    expect((await row(deliveryId)).next_try_at).toBeInstanceOf(Date);
    const [planned] = await takeJobs(house.db, 'deliver');
    await tryNow(house, { deliveryId });
    await tryNow(house, { deliveryId });
    house.transport.next = [() => greylisted];
    await work();
    await deliver(house.deliverParts, deliveryId, planned?.data.ticket);
    expect(house.transport.mails).toHaveLength(2);
    expect(await takeJobs(house.db, 'deliver')).toHaveLength(1);
    await deliver(house.deliverParts, deliveryId);
    await expect(tryNow(house, { deliveryId })).rejects.toMatchObject({ code: 'state_changed' });
  });

  test('and is taken by nobody for two days is left to a person', async () => {
    const { deliveryId } = await attempted(house, greylisted);
    await dueSince(deliveryId, 49);
    await takeJobs(house.db, 'deliver');
    house.transport.next = [() => greylisted];
    await deliver(house.deliverParts, deliveryId);
    expect(await row(deliveryId)).toMatchObject({
      state: 'refused',
      answer: '451 later (given up after two days)',
    });
    expect(await takeJobs(house.db, 'deliver')).toEqual([]);
  });
});

test('two days begin with the first try, though nothing ran when the reply was due', async () => {
  const { deliveryId } = await approved(house);
  await dueSince(deliveryId, 72);
  house.transport.next = [() => greylisted, () => greylisted];
  await run(deliveryId);
  await run(deliveryId);
  expect((await row(deliveryId)).state).toBe('queued');
});

describe('a mail that the server takes for some recipients only', () => {
  const [ana, bob] = ['ana@customer.example', 'bob@customer.example'];

  /** A reply that goes to the customer and, as a copy, to Bob. */
  async function withCopy() {
    const { deliveryId } = await approved(house);
    const copies = JSON.stringify([{ name: 'Bob', address: bob }]);
    await house.db.updateTable('delivery').set({ copies }).where('id', '=', deliveryId).execute();
    return deliveryId;
  }
  const taken = (rejected: string[], deferred: string[] = []) => ({
    ...{ outcome: 'sent' as const, response: '250 ok', rejected, deferred },
  });
  const tos = () => house.transport.mails.map(({ envelope }) => envelope.to);

  test('is sent where the customer is among them, and names the others', async () => {
    const deliveryId = await withCopy();
    house.transport.next = [() => taken([bob])];
    await run(deliveryId);
    const answer = `250 ok, but not for ${bob}`;
    expect(await row(deliveryId)).toMatchObject({ state: 'sent', not_taken: [bob], answer });
  });

  test('stands in the list until a person has dealt with it', async () => {
    const deliveryId = await withCopy();
    house.transport.next = [() => taken([bob])];
    await run(deliveryId);
    const { conversation_id: id } = await row(deliveryId);
    const listed = async () =>
      (await listQueue(house.db, 'sending', 50)).find((item) => item.conversationId === id);
    expect(await listed()).toMatchObject({ state: 'undelivered' });
    const view = await loadConversation(house.db, id);
    expect(view?.reports).toMatchObject([{ recipient: bob, action: 'failed', seenAt: null }]);
    expect(view?.reports[0]?.sentMessageId).toBe((await row(deliveryId)).sent_message_id);
    expect(await markReportsSeen(house.db, { deliveryId }, house.account.id)).toBe(true);
    expect(await listed()).toBeUndefined();
    expect(await row(deliveryId)).toMatchObject({ state: 'sent', not_taken: [bob] });
  });

  test('is refused where the customer is not, and sent again to nobody else', async () => {
    const deliveryId = await withCopy();
    house.transport.next = [() => taken([ana])];
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'refused', not_taken: [ana] });
    await settleByPerson(house, { deliveryId, verdict: 'resend' });
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'sent', not_taken: [] });
    expect(tos()).toEqual([[ana, bob], [ana]]);
  });

  test('is tried again for the customer alone, where the server asks for that', async () => {
    const deliveryId = await withCopy();
    house.transport.next = [() => taken([ana], [ana])];
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'queued', not_taken: [ana] });
    await run(deliveryId);
    expect((await row(deliveryId)).state).toBe('sent');
    expect(tos()).toEqual([[ana, bob], [ana]]);
  });

  test.each([
    ['waits for its next try', null],
    ['is uncertain', uncertain],
  ])(
    'is not taken for sent by the copy of what the others got, while it %s',
    async (_what, then) => {
      const deliveryId = await withCopy();
      house.transport.next = [() => taken([ana], [ana]), ...(then === null ? [] : [() => then])];
      await run(deliveryId);
      if (then !== null) await run(deliveryId);
      const { state, bytes } = await row(deliveryId);
      await sentElsewhere(house, bytes ?? expect.unreachable());
      house.sentFolder.add((await row(deliveryId)).header_message_id);
      const looks = await takeJobs(house.db, 'look_in_sent');
      expect(looks.length).toBeGreaterThan(0);
      for (const { data } of looks) await lookInSent(house.deliverParts, data);
      await settleByCopy(house, deliveryId);
      expect(await row(deliveryId)).toMatchObject({ state, not_taken: [ana] });
    },
  );
});

test('a reply that a colleague’s answer stops says who got it', async () => {
  const { deliveryId, message, messageId } = await approved(house, { undoSeconds: 60 });
  const copies = JSON.stringify([{ name: '', address: 'bob@customer.example' }]);
  const { recipient } = await deliveryRow(house, deliveryId);
  const patch = { state: 'queued' as const, copies, not_taken: [recipient.address] };
  const { db } = house;
  await db.updateTable('delivery').set(patch).where('id', '=', deliveryId).execute();
  await sentElsewhere(house, { inReplyTo: messageId });
  const { needs_person_reason } = await newestDraft(house, message.conversation_id);
  expect(needs_person_reason).toContain(
    `Sent to bob@customer.example, not to ${recipient.address}.`,
  );
});
