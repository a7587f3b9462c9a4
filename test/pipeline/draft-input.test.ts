/** What the responder is given: the conversation, and the mail to answer as its last word. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { approve, reject } from '../../src/pipeline/review.ts';
import {
  approvalFor,
  arrive,
  customerAddress,
  type House,
  newestDraft,
  newId,
  openHouse,
  takeJobs,
} from '../support/parts.ts';

let house: House;
const never = new AbortController().signal;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  house.responder.next = [];
  house.responder.inputs.length = 0;
  await takeJobs(house.db, 'draft');
});
afterAll(async () => {
  await house.drop();
});

async function queued(given: Parameters<typeof arrive>[1] = {}) {
  const message = await arrive(house, given);
  await takeJobs(house.db, 'draft');
  return { message, draft: await newestDraft(house, message.conversation_id) };
}

const run = (draftId: number, failures = 0, signal: AbortSignal = never) =>
  draftReply(house.draftParts, { draftId, failures }, signal);

describe('the responder is given', () => {
  test('the customer, the mailbox and the mail', async () => {
    const { draft } = await queued({ subject: 'Late', text: 'Where is it?' });
    await run(draft.id);
    const [input] = house.responder.inputs;
    expect(input).toMatchObject({
      mailbox: {
        name: 'support',
        address: 'help@shop.example',
        shopName: 'The Shop',
        signature: 'Kim, The Shop',
      },
      customer: { name: 'Ana', address: customerAddress },
      subject: 'Late',
      rejected: [],
    });
    expect(input?.turns).toMatchObject([
      { direction: 'inbound', text: expect.stringContaining('Where is it?'), attachments: [] },
    ]);
  });

  test('why earlier drafts at the same mail were rejected, oldest first', async () => {
    const { message, draft } = await queued();
    const notes = ['Not so long.', 'Still too long.'];
    for (const note of notes) {
      const { id } = await newestDraft(house, message.conversation_id);
      await run(id);
      const reasons = ['too_long' as const];
      const { id: accountId } = house.account;
      await reject(house.reviewParts, { draftId: id, accountId, reasons, note, redraft: true });
    }
    await run((await newestDraft(house, draft.conversation_id)).id);
    expect(house.responder.inputs.at(-1)?.rejected).toEqual(
      notes.map((note) => ({ reply: 'It is on its way.', reasons: ['too_long'], note })),
    );
  });

  test('an approved reply that is not sent yet, before the mail to answer', async () => {
    const messageId = newId();
    const { draft } = await queued({ messageId, text: 'One.' });
    await run(draft.id);
    await approve(house.reviewParts, await approvalFor(house, draft.id, { text: 'Coming soon.' }));
    const { draft: next } = await queued({ inReplyTo: messageId, text: 'Two.' });
    await run(next.id);
    expect(house.responder.inputs.at(-1)?.turns).toMatchObject([
      { direction: 'inbound', text: expect.stringContaining('One.') },
      { direction: 'outbound', text: 'Coming soon.' },
      { direction: 'inbound', text: expect.stringContaining('Two.') },
    ]);
  });

  test('the mail to answer last, also when a reply went out since it came', async () => {
    const messageId = newId();
    const { draft } = await queued({ messageId, text: 'One.' });
    await run(draft.id);
    const approval = await approvalFor(house, draft.id, { text: 'Our reply to one.' });
    const { deliveryId } = await approve(house.reviewParts, approval);
    const { draft: second } = await queued({ inReplyTo: messageId, text: 'Two.' });
    // The model was not to be had for a while, and the held reply went out meanwhile.
    await deliver(house.deliverParts, deliveryId);
    await run(second.id);
    const texts = house.responder.inputs.at(-1)?.turns.map(({ text }) => text.trim());
    expect(texts).toEqual(['One.', 'Our reply to one.', 'Two.']);
  });

  test('the mail to answer last, also when automatic mail came in after it', async () => {
    const messageId = newId();
    const { draft } = await queued({ messageId, text: 'Answer me.' });
    const headers = ['Auto-Submitted: auto-replied'];
    for (let at = 0; at < 25; at += 1)
      await arrive(house, { inReplyTo: messageId, text: `I am away ${at}.`, headers });
    await run(draft.id);
    const texts = house.responder.inputs.at(-1)?.turns.map(({ text }) => text.trim());
    expect(texts?.at(-1)).toBe('Answer me.');
    expect(texts?.length).toBeLessThanOrEqual(20);
  });
});
