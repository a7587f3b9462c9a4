/** Contact forms: who wrote through one is the customer, and nobody else's mail is taken for it. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { approve } from '../../src/pipeline/review.ts';
import { treatAsAnswerable } from '../../src/pipeline/triage.ts';
import {
  approvalFor,
  arrive,
  type House,
  type Letter,
  newestDraft,
  newId,
  openHouse,
  shopAddress,
} from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.drop());

const authservId = 'mx.shop.example';
function trust(...trustedForms: string[]): void {
  house.senderRules.set('support', { authservId, trustedForms });
}
beforeEach(() => trust(shopAddress, '*@forms.example'));

/** What somebody wrote into the form of the shop. */
const written = (customer: string, given: Letter = {}): Letter => ({
  from: `Shop <${shopAddress}>`,
  ...given,
  headers: [`Reply-To: ${customer}`, ...(given.headers ?? [])],
});

async function customerOf(conversationId: number | null) {
  return await house.db
    .selectFrom('conversation')
    .select(['customer_name', 'customer_address'])
    .where('id', '=', conversationId)
    .executeTakeFirst();
}

describe('a mail from a trusted form', () => {
  test('is the customer’s: drafted, and answered to the Reply-To alone', async () => {
    const mail = await arrive(house, written('Bea <Bea@one.example>'));
    expect(mail).toMatchObject({
      ...{ state: 'answerable', from_name: 'Bea', from_address: 'Bea@one.example' },
      ...{ form_address: shopAddress, reply_to: null, sender_trust: 'none' },
    });
    expect(await customerOf(mail.conversation_id)).toEqual({
      customer_name: 'Bea',
      customer_address: 'bea@one.example',
    });
    const { id } = await newestDraft(house, mail.conversation_id);
    const { signal } = new AbortController();
    await draftReply(house.draftParts, { draftId: id, failures: 0 }, signal);
    expect(house.responder.inputs.at(-1)?.customer.address).toBe('bea@one.example');
    const { deliveryId } = await approve(house.reviewParts, await approvalFor(house, id));
    await deliver(house.deliverParts, deliveryId);
    const sent = house.transport.mails.at(-1);
    expect(sent?.envelope).toEqual({ from: shopAddress, to: ['Bea@one.example'] });
    expect(sent?.bytes.toString()).toMatch(/^To: Bea <Bea@one\.example>\r$/m);
    // The customer answers from the mailbox that the form was given.
    const messageId = String(/^Message-ID: (.*)\r$/m.exec(sent?.bytes.toString() ?? '')?.[1]);
    const answer = await arrive(house, { from: 'bea@one.example', inReplyTo: messageId });
    expect(answer.conversation_id).toBe(mail.conversation_id);
  });

  test.each<[string, Letter]>([
    ['by the domain', { from: 'no-reply@forms.example' }],
    ['with a plus tag', { from: 'help+web@shop.example' }],
    ['marked as generated', { headers: ['Auto-Submitted: auto-generated', 'Precedence: bulk'] }],
    ['about an absence', { subject: 'Out of office chair' }],
  ])('is known %s', async (_, given) => {
    const mail = await arrive(house, written('cy@two.example', given));
    expect(mail).toMatchObject({ state: 'answerable', from_address: 'cy@two.example' });
  });

  test('two customers are two conversations, whatever they have in common', async () => {
    const given = { subject: 'Re: Contact form 48213', text: 'Hello?', references: [newId()] };
    const one = await arrive(house, written('dan@three.example', given));
    const other = await arrive(house, written('eve@three.example', given));
    const again = await arrive(house, written('dan@three.example', { ...given, text: 'Well?' }));
    expect(other.conversation_id).not.toBe(one.conversation_id);
    expect(again.conversation_id).toBe(one.conversation_id);
  });

  test('counts for its customer alone', async () => {
    const limits = { draftsPerSenderPerHour: 2, automaticPerConversationPerDay: 10 };
    const before = house.triageParts;
    house.triageParts = { ...before, limits };
    const states = [];
    for (const customer of ['fay', 'gus', 'fay', 'gus', 'fay', 'hal'])
      states.push((await arrive(house, written(`${customer}@four.example`))).state);
    house.triageParts = before;
    expect(states).toEqual([...Array(4).fill('answerable'), 'blocked', 'answerable']);
  });
});

describe('what is not the customer’s', () => {
  const result = (verdict: string) =>
    `Authentication-Results: ${authservId}; dmarc=${verdict} header.from=shop.example`;

  test.each<[string, Letter, string, RegExp | null]>([
    [
      'one that only says to come from the form',
      written('ida@five.example', { headers: [result('fail')] }),
      'blocked',
      /own address/,
    ],
    ['one without a customer', { from: shopAddress }, 'blocked', /names no customer/],
    ['one that names ourselves', written(`x <${shopAddress}>`), 'blocked', /names no customer/],
    ['one that names a machine', written('no-reply@five.example'), 'blocked', /names no customer/],
    [
      'an automatic answer to the form',
      written('ida@five.example', { headers: ['Auto-Submitted: auto-replied'] }),
      'automated',
      /auto-replied/,
    ],
    ['one from elsewhere', { from: 'web@elsewhere.example' }, 'answerable', null],
  ])('%s', async (_, given, state, reason) => {
    const mail = await arrive(house, given);
    expect(mail).toMatchObject({ state });
    if (reason !== null) expect(mail.state_reason).toMatch(reason);
  });

  test('a form that vouches for itself is believed', async () => {
    const mail = await arrive(house, written('jo@five.example', { headers: [result('pass')] }));
    expect(mail).toMatchObject({ form_address: shopAddress, sender_trust: 'none' });
  });
});

describe('a form that is not in the settings', () => {
  test.each([shopAddress, 'no-reply@web.example'])(
    'is filed with the setting that helps, and answered from then on: %s',
    async (from) => {
      trust();
      const mail = await arrive(house, { ...written('kit@six.example'), from });
      expect(mail.state).toMatch(/blocked|automated/);
      expect(mail.state_reason).toContain('`trustedForms`');
      trust(from);
      const { conversationId } = await treatAsAnswerable(
        { ...house.triageParts },
        { messageId: mail.id },
      );
      expect(await customerOf(conversationId)).toMatchObject({
        customer_address: 'kit@six.example',
      });
    },
  );

  test('nothing points there where no customer is named', async () => {
    trust();
    const { state_reason } = await arrive(house, { from: shopAddress });
    expect(state_reason).toBe('It comes from our own address.');
  });
});
