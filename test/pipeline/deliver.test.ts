/** Deliver: a reply goes out once, with the bytes that were kept, and then teaches. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { approve, undo } from '../../src/pipeline/review.ts';
import { copyToSent } from '../../src/pipeline/sent-copy.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import { accepted } from '../support/fake-transport.ts';
import {
  approvalFor,
  arrive,
  deliveryRow,
  draftResult,
  failedCheck,
  type House,
  newestDraft,
  openHouse,
  takeJobs,
} from '../support/parts.ts';
import {
  approved,
  greylisted,
  notSent,
  outboundOf,
  pairsOf,
  refused,
  startAnew,
  uncertain,
} from './outgoing.ts';

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

describe('a reply that is accepted', () => {
  test('went out with exactly the bytes that were kept before', async () => {
    const { deliveryId, message, messageId } = await approved(house);
    house.transport.next = [
      async (mail) => {
        // Another connection sees it: the bytes were committed before anything was sent.
        const kept = await row(deliveryId);
        expect(kept).toMatchObject({ state: 'sending', attempt: 1, envelope: mail.envelope });
        expect(kept.bytes?.equals(mail.bytes)).toBe(true);
        return accepted;
      },
    ];
    await run(deliveryId);
    const delivery = await row(deliveryId);
    expect(delivery).toMatchObject({ state: 'sent', answer: '250 ok' });
    const [mail] = house.transport.mails;
    expect(mail).toMatchObject({
      envelope: { from: 'help@shop.example', to: ['ana@customer.example'] },
      messageId: delivery.header_message_id,
    });
    const text = mail?.bytes.toString() ?? '';
    expect(text).toContain(`In-Reply-To: ${messageId}`);
    expect(text).toContain('Subject: Re: Kettle?');
    const folded = text.replace(/\r\n\s+/g, ' ');
    expect(folded).toContain(`References: ${message.reference_ids[0]} ${messageId}`);
    expect(text).toMatch(/\r\n\r\nIt is on its way\.\r\n\r\n-- \r\nKim, The Shop\r\n/);
  });

  test('is a message of its conversation', async () => {
    const { deliveryId, message } = await approved(house);
    await run(deliveryId);
    const delivery = await row(deliveryId);
    const [sent, ...more] = await outboundOf(house, delivery.conversation_id);
    expect(more).toEqual([]);
    expect(sent).toMatchObject({
      id: delivery.sent_message_id,
      state: 'outbound',
      message_id: delivery.header_message_id,
      in_reply_to: message.message_id,
      from_address: 'help@shop.example',
      text: 'It is on its way.',
    });
    expect(sent?.raw.equals(delivery.bytes ?? Buffer.alloc(0))).toBe(true);
    const answer = await arrive(house, { inReplyTo: delivery.header_message_id });
    expect(answer.conversation_id).toBe(delivery.conversation_id);
  });

  test('goes out once, however many deliver it', async () => {
    const { deliveryId } = await approved(house);
    await run(deliveryId);
    await Promise.all(Array.from({ length: 10 }, () => run(deliveryId)));
    expect(house.transport.mails).toHaveLength(1);
    expect(await takeJobs(house.db, 'learn')).toHaveLength(1);
    expect(await takeJobs(house.db, 'sent_copy')).toHaveLength(1);
  });

  test('is copied to Sent once', async () => {
    const { deliveryId } = await approved(house);
    await copyToSent(house.deliverParts, deliveryId);
    expect(house.copies).toEqual([]);
    await run(deliveryId);
    await copyToSent(house.deliverParts, deliveryId);
    await copyToSent(house.deliverParts, deliveryId);
    const { header_message_id, sent_copy_at } = await row(deliveryId);
    expect(house.copies).toEqual([header_message_id]);
    expect(sent_copy_at).toBeInstanceOf(Date);
  });

  test('whose copy fails says why, and is copied at the next attempt', async () => {
    const { deliveryId } = await approved(house);
    await run(deliveryId);
    const [name, mailbox] = [...house.mailboxes][0] ?? expect.unreachable();
    const saveSent = () => Promise.reject(new Error('no IMAP'));
    const mailboxes = new Map([[name, { ...mailbox, saveSent }]]);
    const parts = { ...house.deliverParts, mailboxes };
    await expect(copyToSent(parts, deliveryId)).rejects.toThrow('no IMAP');
    const { conversation_id: id, sent_copy_trouble: trouble } = await row(deliveryId);
    expect(trouble).toContain('no IMAP');
    const view = await loadConversation(house.db, id);
    expect(view?.delivery).toMatchObject({ sentCopyTrouble: trouble });
    await copyToSent(house.deliverParts, deliveryId);
    expect(house.copies).toHaveLength(1);
    expect((await row(deliveryId)).sent_copy_trouble).toBeNull();
  });

  test('is learned from once', async () => {
    const { deliveryId, decisionId } = await approved(house, { text: 'Edited.' });
    await learn(house, deliveryId);
    expect(await pairsOf(house, decisionId)).toEqual([]);
    await run(deliveryId);
    await Promise.all(Array.from({ length: 5 }, () => learn(house, deliveryId)));
    expect(await pairsOf(house, decisionId)).toMatchObject([
      {
        reply: 'Edited.',
        origin: 'edited',
        user_turn: 'the mail, fenced',
        responder_hash: house.responder.identity.hash,
        system_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        category: 'order',
        language: 'en',
      },
    ]);
  });

  test('by hand, where the responder had failed, is learned as the mail and the reply', async () => {
    const message = await arrive(house, { text: 'What now?' });
    const draft = await newestDraft(house, message.conversation_id);
    house.responder.next = [() => Promise.reject(new ReplywrightError('model_refused'))];
    const signal = new AbortController().signal;
    await draftReply(house.draftParts, { draftId: draft.id, failures: 0 }, signal);
    const approval = await approvalFor(house, draft.id, { text: 'This.' });
    const { deliveryId, decisionId } = await approve(house.reviewParts, approval);
    await run(deliveryId);
    await learn(house, deliveryId);
    expect(await pairsOf(house, decisionId)).toMatchObject([
      { reply: 'This.', origin: 'human', user_turn: message.new_text, responder_hash: null },
    ]);
  });

  test('in spite of failed checks goes out all the same', async () => {
    const { deliveryId } = await approved(house, {
      result: draftResult({}, { checks: [failedCheck] }),
    });
    await run(deliveryId);
    expect((await row(deliveryId)).state).toBe('sent');
  });
});

describe('a reply that is not to go out', () => {
  test('yet waits for the end of its undo window', async () => {
    const { deliveryId, holdUntil } = await approved(house, { undoSeconds: 3_600 });
    await run(deliveryId);
    expect((await row(deliveryId)).state).toBe('held');
    const [job] = await takeJobs(house.db, 'deliver');
    expect(job).toMatchObject({ data: { deliveryId }, startAfter: holdUntil });
    expect(house.transport.mails).toEqual([]);
  });

  test('any more, since its approval was undone', async () => {
    const { deliveryId, decisionId } = await approved(house);
    await undo(house.reviewParts, { decisionId, accountId: house.account.id });
    await run(deliveryId);
    await run(999_999);
    expect(house.transport.mails).toEqual([]);
    expect(await takeJobs(house.db, 'deliver')).toEqual([]);
  });

  test('from a mailbox that is gone from the settings waits', async () => {
    const { deliveryId } = await approved(house);
    const parts = { ...house.deliverParts, mailboxes: new Map() };
    await expect(deliver(parts, deliveryId)).rejects.toMatchObject({
      code: 'mailbox_unconfigured',
    });
    expect(await row(deliveryId)).toMatchObject({
      state: 'held',
      answer: expect.stringContaining('is no longer in the settings'),
    });
    await run(deliveryId);
    expect((await row(deliveryId)).state).toBe('sent');
  });

  test('that no mail can be made of is refused, and says why', async () => {
    const { deliveryId } = await approved(house);
    const nobody = JSON.stringify({ name: '', address: 'not an address' });
    await house.db.updateTable('delivery').set({ recipient: nobody }).execute();
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({
      state: 'refused',
      answer: expect.stringContaining('no address'),
    });
    expect(house.transport.mails).toEqual([]);
  });

  test('keeps what the mail server said while the database is away', async () => {
    const { deliveryId } = await approved(house);
    let transactions = 0;
    const away = () => ({
      execute: () => Promise.reject(Object.assign(new Error('shut down'), { code: '57P01' })),
    });
    const db = new Proxy(house.db, {
      get(target, name) {
        if (name !== 'transaction') return Reflect.get(target, name);
        transactions += 1;
        return transactions === 2 ? away : target.transaction.bind(target);
      },
    });
    await deliver({ ...house.deliverParts, db }, deliveryId);
    expect((await row(deliveryId)).state).toBe('sent');
    expect(transactions).toBe(3);
    expect(house.transport.mails).toHaveLength(1);
  });
});

describe('a failure', () => {
  test.each([
    ['not sent', notSent, /ECONNREFUSED/],
    ['refused for now', greylisted, /451 later/],
  ])('%s is tried again with the same bytes', async (_what, outcome, answer) => {
    const { deliveryId } = await approved(house);
    house.transport.next = [() => outcome];
    const before = Date.now();
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({
      state: 'queued',
      answer: expect.stringMatching(answer),
    });
    const [job, ...more] = await takeJobs(house.db, 'deliver');
    expect(more).toEqual([]);
    expect(job?.data).toMatchObject({ deliveryId });
    const pause = (job?.startAfter.getTime() ?? 0) - before;
    expect(pause).toBeGreaterThanOrEqual(500);
    // The pause is at most a second; the rest is the time that the attempt itself took.
    expect(pause).toBeLessThanOrEqual(1_000 + Date.now() - before);
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'sent', attempt: 2 });
    const [first, second] = house.transport.mails;
    expect(second?.bytes.equals(first?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  test('for good is told and not tried again', async () => {
    const { deliveryId, decisionId } = await approved(house);
    house.transport.next = [() => refused];
    await run(deliveryId);
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'refused', answer: '550 no such user' });
    expect(house.transport.mails).toHaveLength(1);
    await learn(house, deliveryId);
    expect(await pairsOf(house, decisionId)).toEqual([]);
    expect(await outboundOf(house, (await row(deliveryId)).conversation_id)).toEqual([]);
  });

  test('that nobody can be certain about is parked', async () => {
    const { deliveryId } = await approved(house);
    house.transport.next = [() => uncertain];
    await run(deliveryId);
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'uncertain' });
    expect(house.transport.mails).toHaveLength(1);
    expect(await takeJobs(house.db, 'deliver')).toEqual([]);
  });
});
