/** What goes out with an approved reply: the right quotation, a signature that holds, and nothing learned of it. */

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseMail } from '../../src/mail/parse.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { learn } from '../../src/pipeline/learn.ts';
import type { OutgoingMailbox } from '../../src/pipeline/outgoing-mailbox.ts';
import { approve } from '../../src/pipeline/review.ts';
import { verifyDkim } from '../support/dkim-verifier.ts';
import {
  approvalFor,
  arrive,
  deliveryRow,
  draftResult,
  type House,
  newestDraft,
  openHouse,
} from '../support/parts.ts';
import { pairsOf } from './outgoing.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

/** Sends the reply to the newest mail of a conversation. */
async function answered(conversationId: number | null, way: Partial<OutgoingMailbox>) {
  const [name, mailbox] = [...house.mailboxes][0] ?? expect.unreachable();
  const { id } = await newestDraft(house, conversationId);
  house.responder.next = [() => draftResult({ reply: 'It is **on its way**.', language: 'fr' })];
  const signal = new AbortController().signal;
  await draftReply(house.draftParts, { draftId: id, failures: 0 }, signal);
  const { deliveryId } = await approve(house.reviewParts, await approvalFor(house, id));
  const mailboxes = new Map([[name, { ...mailbox, ...way }]]);
  await deliver({ ...house.deliverParts, mailboxes }, deliveryId);
  return await deliveryRow(house, deliveryId);
}

test.each([
  ['last', /Le 2 novembre 2026, Ana <ana@customer\.example> a écrit :\n> Second\.$/],
  ['all', /a écrit :\n> Second\.\n>\n> On [^\n]*\n>> Secret\.$/],
  ['none', /\n-- \nKim, The Shop$/],
] as const)('quoting %s quotes the mail that is answered alone', async (quoteHistory, expected) => {
  const first = await arrive(house, { text: 'First.' });
  const second = await arrive(house, {
    inReplyTo: first.message_id ?? '',
    text: 'Second.\n\nOn 1 Nov 2026, Bo <bo@other.example> wrote:\n> Secret.',
  });
  expect(second.conversation_id).toBe(first.conversation_id);
  const row = await answered(second.conversation_id, { quoteHistory });
  const mail = await parseMail(row.bytes ?? expect.unreachable());
  expect(mail.text).toMatch(expected);
  expect(mail.text).not.toContain('First.');
  expect(mail.newText).toBe('It is *on its way*.');
});

test('a person’s word is no automatic mail, and nobody learns what stands below it', async () => {
  const { conversation_id } = await arrive(house, { text: 'Where is it?' });
  const row = await answered(conversation_id, { quoteHistory: 'all' });
  expect(row.state).toBe('sent');
  expect(row.bytes?.toString()).not.toMatch(/auto-submitted/i);
  await learn(house.deliverParts, row.id);
  const [pair] = await pairsOf(house, row.decision_id);
  expect(pair?.reply).toBe('It is **on its way**.');
  const sent = await house.db
    .selectFrom('message')
    .select(['text', 'new_text'])
    .where('id', '=', row.sent_message_id)
    .executeTakeFirstOrThrow();
  expect(sent).toEqual({ text: 'It is **on its way**.', new_text: 'It is **on its way**.' });
});

test('what was signed is what was kept and sent', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const { conversation_id } = await arrive(house);
  const dkim = { domain: 'shop.example', selector: 's1', privateKey };
  const row = await answered(conversation_id, { dkim, quoteHistory: 'last' });
  const bytes = house.transport.mails.at(-1)?.bytes ?? expect.unreachable();
  expect(row.bytes?.equals(bytes)).toBe(true);
  expect(verifyDkim(bytes, publicKey)).toMatchObject({ bodyMatches: true, signatureMatches: true });
});

test('a reply that cannot be signed is refused, and says why', async () => {
  const { conversation_id } = await arrive(house);
  const before = house.transport.mails.length;
  const dkim = { domain: 'shop.example', selector: 's1', privateKey: 'no key' };
  const row = await answered(conversation_id, { dkim });
  expect(row).toMatchObject({ state: 'refused', bytes: null });
  expect(row.answer).toContain('could not be signed for shop.example');
  expect(house.transport.mails).toHaveLength(before);
});
