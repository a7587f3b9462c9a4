/** What we sent ourselves stands in the Sent folder too, and is never taken for a colleague's. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import { arrive, deliveryRow, type House, openHouse, takeJobs } from '../support/parts.ts';
import { approved, startAnew } from './outgoing.ts';
import { candidatesOf, type SentLetter, sentElsewhere } from './sent-mail.ts';

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

describe('our own replies in the Sent folder', () => {
  async function sent() {
    const done = await approved(house);
    await deliver(house.deliverParts, done.deliveryId);
    return { ...done, delivery: await deliveryRow(house, done.deliveryId) };
  }

  async function shown(conversationId: number | null) {
    const view = await loadConversation(house.db, conversationId ?? 0);
    return view?.messages.map(({ state }) => state);
  }

  test('byte for byte, they are known', async () => {
    const { delivery, message } = await sent();
    const row = await sentElsewhere(house, delivery.bytes ?? Buffer.alloc(0));
    expect(row.state).toBe('outbound');
    expect(await shown(message.conversation_id)).toEqual(['answerable', 'outbound']);
  });

  test('as the server’s own copy, they are known by Message-ID', async () => {
    const { delivery, message } = await sent();
    const raw = Buffer.concat([
      Buffer.from('X-Kept-By: server\r\n'),
      delivery.bytes ?? Buffer.alloc(0),
    ]);
    expect(await sentElsewhere(house, raw)).toMatchObject({
      state: 'copy',
      conversation_id: message.conversation_id,
    });
    expect(await shown(message.conversation_id)).toEqual(['answerable', 'outbound']);
    expect(await candidatesOf(house, message.id)).toEqual([]);
  });

  const renamed: [string, SentLetter, string][] = [
    [
      'that its answer names',
      { text: 'x', messageId: '<0100abc@mailer.example>' },
      '250 Ok 0100abc',
    ],
    ['that nothing names', { text: 'It is on its way.' }, '250 ok'],
  ];
  test.each(renamed)('under a new Message-ID %s', async (_what, given, answer) => {
    const { delivery, message, messageId } = await sent();
    await house.db.updateTable('delivery').set({ answer }).where('id', '=', delivery.id).execute();
    const copy = await sentElsewhere(house, { ...given, inReplyTo: messageId });
    expect(copy.state).toBe('copy');
    // What the customer answers to that id joins the conversation.
    const next = await arrive(house, { inReplyTo: copy.message_id ?? '' });
    expect(next.conversation_id).toBe(message.conversation_id);
  });

  test('while the delivery is under way, before its outcome is known', async () => {
    const { deliveryId, message } = await approved(house);
    let copy: Awaited<ReturnType<typeof sentElsewhere>> | null = null;
    house.transport.next = [
      async ({ bytes }) => {
        copy = await sentElsewhere(house, Buffer.concat([Buffer.from('X-Kept: 1\r\n'), bytes]));
        return { outcome: 'sent', response: '250 ok', rejected: [] };
      },
    ];
    await deliver(house.deliverParts, deliveryId);
    expect(copy).toMatchObject({ state: 'copy' });
    expect(await shown(message.conversation_id)).toEqual(['answerable', 'outbound']);
  });
});
