/** What the responder is given: the conversation, and the mail to answer as its last word. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { approve, reject } from '../../src/pipeline/review.ts';
import {
  approvalFor,
  arrive,
  customerAddress,
  type House,
  newestDraft,
  newId,
  openHouse,
} from '../support/parts.ts';
import { forgetDrafting, queued, runDraft } from './drafting.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await forgetDrafting(house);
});
afterAll(async () => {
  await house.drop();
});

const run = (draftId: number) => runDraft(house, draftId);

describe('the responder is given', () => {
  test('the customer, the mailbox and the mail', async () => {
    const { draft } = await queued(house, { subject: 'Late', text: 'Where is it?' });
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
      senderTrust: 'none',
      facts: { records: [], orderNumbers: [], withheld: [] },
    });
    expect(input?.turns).toMatchObject([
      { direction: 'inbound', text: expect.stringContaining('Where is it?'), attachments: [] },
    ]);
  });

  test('the closing of the mail, which says by which name to call the customer', async () => {
    const { draft } = await queued(house, { text: 'Where is it?\n\nKind regards\nAna Lima' });
    await run(draft.id);
    expect(house.responder.inputs.at(-1)?.turns.at(-1)?.text).toBe(
      'Where is it?\n\nKind regards\nAna Lima',
    );
  });

  test('that a mail was too large to be read as a whole', async () => {
    const { draft, message } = await queued(house);
    await house.db
      .updateTable('message')
      .set({ cut_kept: 'header', cut_size: 52_000_000 })
      .where('id', '=', message.id)
      .execute();
    await run(draft.id);
    const [turn] = house.responder.inputs[0]?.turns ?? [];
    expect(turn?.attachments).toEqual([expect.stringContaining('too large to be read')]);
  });

  test('why earlier drafts at the same mail were rejected, oldest first', async () => {
    const { message, draft } = await queued(house);
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
    const { draft } = await queued(house, { messageId, text: 'One.' });
    await run(draft.id);
    await approve(house.reviewParts, await approvalFor(house, draft.id, { text: 'Coming soon.' }));
    const { draft: next } = await queued(house, { inReplyTo: messageId, text: 'Two.' });
    await run(next.id);
    expect(house.responder.inputs.at(-1)?.turns).toMatchObject([
      { direction: 'inbound', text: expect.stringContaining('One.') },
      { direction: 'outbound', text: 'Coming soon.' },
      { direction: 'inbound', text: expect.stringContaining('Two.') },
    ]);
  });

  test('the mail to answer last, also when a reply went out since it came', async () => {
    const messageId = newId();
    const { draft } = await queued(house, { messageId, text: 'One.' });
    await run(draft.id);
    const approval = await approvalFor(house, draft.id, { text: 'Our reply to one.' });
    const { deliveryId } = await approve(house.reviewParts, approval);
    const { draft: second } = await queued(house, { inReplyTo: messageId, text: 'Two.' });
    // The model was not to be had for a while, and the held reply went out meanwhile.
    await deliver(house.deliverParts, deliveryId);
    await run(second.id);
    const texts = house.responder.inputs.at(-1)?.turns.map(({ text }) => text.trim());
    expect(texts).toEqual(['One.', 'Our reply to one.', 'Two.']);
  });

  test('the mail to answer last, also when automatic mail came in after it', async () => {
    const messageId = newId();
    const { draft } = await queued(house, { messageId, text: 'Answer me.' });
    const headers = ['Auto-Submitted: auto-replied'];
    for (let at = 0; at < 25; at += 1)
      await arrive(house, { inReplyTo: messageId, text: `I am away ${at}.`, headers });
    await run(draft.id);
    const texts = house.responder.inputs.at(-1)?.turns.map(({ text }) => text.trim());
    expect(texts?.at(-1)).toBe('Answer me.');
    expect(texts?.length).toBeLessThanOrEqual(20);
  });
});
