/** Each mailbox drafts by its own responder, and replies from its own addresses. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import type { Responder } from '../../src/domain/responder.ts';
import type { ResponderShelf } from '../../src/pipeline/choose-responder.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { takeIn } from '../../src/pipeline/intake.ts';
import { approve } from '../../src/pipeline/review.ts';
import { triage } from '../../src/pipeline/triage.ts';
import { draftForPreview } from '../../src/storage/drafts.ts';
import { ensureMailbox } from '../../src/storage/mailboxes.ts';
import {
  approvalFor,
  arrive,
  draftRow,
  type House,
  letter,
  newestDraft,
  newId,
  openHouse,
  shopAddress,
  takeJobs,
} from '../support/parts.ts';
import { queued } from './drafting.ts';
import { approved, outboundOf } from './outgoing.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const mailbox = () => {
  const found = house.mailboxes.get('support');
  if (found === undefined) throw new Error('the mailbox is gone');
  return found;
};
const draftWith = async (get: (mailbox: string) => Responder) => {
  const responders: ResponderShelf = { ownOf: (name) => name, has: () => true, get };
  const { draft } = await queued(house);
  const signal = new AbortController().signal;
  await draftReply({ ...house.draftParts, responders }, { draftId: draft.id, failures: 0 }, signal);
  return await draftRow(house, draft.id);
};

test('a draft names the responder of its mailbox', async () => {
  const hash = 'e'.repeat(64);
  const asked: string[] = [];
  const other = {
    identity: { ...house.responder.identity, prompt: 'sales/1', hash },
    draft: house.responder.draft.bind(house.responder),
  };
  const draft = await draftWith((name) => {
    asked.push(name);
    return other;
  });
  expect(asked).toEqual(['support']);
  expect(draft).toMatchObject({ state: 'ready', responder: 'support', responder_hash: hash });
});

test('with a broken prompt the draft waits, says why, and is tried again', async () => {
  const broken = new ReplywrightError('prompt_missing', { version: 'sales/9', known: 'sales/1' });
  const draft = await draftWith(() => {
    throw broken;
  });
  expect(draft).toMatchObject({
    state: 'queued',
    error_code: 'prompt_missing',
    error_text: expect.stringContaining('sales/9'),
  });
});

test('the language of the mailbox reaches the responder', async () => {
  house.mailboxes.set('support', { ...mailbox(), language: 'fr' });
  house.responder.inputs.length = 0;
  await draftWith(() => house.responder);
  expect(house.responder.inputs).toMatchObject([{ mailbox: { language: 'fr' } }]);
});

test('a reply comes from the alias that the customer wrote to', async () => {
  const aliases = [{ address: shopAddress, replyFrom: true }];
  house.mailboxes.set('support', { ...mailbox(), address: 'main@shop.example', aliases });
  const { deliveryId, message } = await approved(house);
  await deliver(house.deliverParts, deliveryId);
  const [mail] = house.transport.mails;
  expect(mail?.envelope.from).toBe(shopAddress);
  expect(mail?.bytes.toString()).toContain(`From: The Shop <${shopAddress}>`);
  const sent = await outboundOf(house, message.conversation_id ?? 0);
  expect(sent).toMatchObject([{ from_address: shopAddress }]);
});

test('an alias that only receives does not reply', async () => {
  const aliases = [{ address: shopAddress, replyFrom: false }];
  house.mailboxes.set('support', { ...mailbox(), address: 'main@shop.example', aliases });
  house.transport.mails.length = 0;
  const { deliveryId } = await approved(house);
  await deliver(house.deliverParts, deliveryId);
  expect(house.transport.mails[0]?.envelope.from).toBe('main@shop.example');
});

test('a mail that came to another mailbox is answered from that of its conversation, as it was shown', async () => {
  const sales = await ensureMailbox(house.db, {
    ...{ name: 'sales', address: 'sales@shop.example', source: 'imap://sales@mail.shop.example/' },
  });
  const leaving = { timeZone: 'America/New_York', hours: null, approved: 'at_once' as const };
  house.mailboxes.set('sales', { ...mailbox(), signature: 'Sales', leaving });
  const messageId = newId();
  const { conversation_id } = await arrive(house, { messageId });
  const raw = letter({ inReplyTo: messageId });
  await takeIn(house, sales.id, [{ raw, place: null, receivedAt: null }]);
  for (const { data } of await takeJobs(house.db, 'triage'))
    await triage(house.triageParts, data.messageIds);
  const { id } = await newestDraft(house, conversation_id);
  const signal = new AbortController().signal;
  await draftReply(house.draftParts, { draftId: id, failures: 0 }, signal);
  const at = `${new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)}T09:00`;
  const choice = { leaves: 'at_time' as const, at };
  const { plan } = await approve(
    house.reviewParts,
    await approvalFor(house, id, { leaving: choice }),
  );
  expect(plan.timeZone).toBe('Europe/Berlin');
  expect((await draftForPreview(house.db, id)).mailboxName).toBe('support');
});
