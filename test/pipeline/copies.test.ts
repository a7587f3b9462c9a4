/** Copies of a reply: whom a person may choose, whom the desk proposes, and what goes out. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replyRecipient } from '../../src/mail/compose.ts';
import { possibleCopies } from '../../src/mail/copies.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { approve } from '../../src/pipeline/review.ts';
import {
  approvalFor,
  arrive,
  deliveryRow,
  type House,
  newestDraft,
  openHouse,
} from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const at = (address: string) => ({ name: '', address });

describe('whom a copy may go to', () => {
  const possible = (cc: string[], from = 'ana@customer.example', trust: 'none' | 'fail' = 'none') =>
    possibleCopies(
      { from: at(from), to: [at('help@shop.example')], cc: cc.map(at) },
      at(from),
      ['help@shop.example'],
      trust,
    ).map(({ address, chosen }) => [address.address, chosen]);

  test.each<[string, string[], string, unknown[]]>([
    [
      'a colleague, proposed',
      ['bob@customer.example'],
      'ana@customer.example',
      [['bob@customer.example', true]],
    ],
    [
      'somebody else, on wish',
      ['carl@other.example'],
      'ana@customer.example',
      [['carl@other.example', false]],
    ],
    [
      'a stranger at the same mail service, on wish',
      ['bob@gmail.com'],
      'ana@gmail.com',
      [['bob@gmail.com', false]],
    ],
    [
      'not ourselves, with a tag or without',
      ['Help@shop.example', 'help+x@shop.example'],
      'ana@customer.example',
      [],
    ],
    ['not the recipient again', ['Ana@customer.example'], 'ana@customer.example', []],
    [
      'nobody twice',
      ['bob@customer.example', 'BOB@customer.example'],
      'ana@customer.example',
      [['bob@customer.example', true]],
    ],
    ['no address that is none', ['x', 'a b@c'], 'ana@customer.example', []],
  ])('%s', (_what, cc, from, expected) => {
    expect(possible(cc, from)).toEqual(expected);
  });

  test('nobody on our own domain, and nobody is proposed where our address is not named', () => {
    const to = (...addresses: string[]) =>
      possibleCopies(
        { from: at('ana@customer.example'), to: addresses.map(at), cc: [] },
        at('ana@customer.example'),
        ['help@shop.example'],
        'none',
      ).map(({ address, chosen }) => [address.address, chosen]);
    expect(to('help@shop.example', 'boss@shop.example')).toEqual([]);
    expect(to('old-alias@customer.example')).toEqual([['old-alias@customer.example', false]]);
  });

  test('nobody is proposed where the sender is not who the mail says', () => {
    expect(possible(['bob@customer.example'], 'ana@customer.example', 'fail')).toEqual([
      ['bob@customer.example', false],
    ]);
  });

  test.each<[string, { to: string; cc?: string; from?: string; replyTo?: string }, unknown[]]>([
    [
      'a mailing list once, though it is in To and Cc',
      { to: 'help@shop.example, club@list.example', cc: 'Club@list.example, club+x@LIST.example' },
      [['club@list.example', false]],
    ],
    [
      'other people in To as those in Cc',
      { to: 'help@shop.example, bob@customer.example', cc: 'eve@other.example' },
      [
        ['bob@customer.example', true],
        ['eve@other.example', false],
      ],
    ],
    ['none of our aliases', { to: 'help@shop.example', cc: 'Orders+1@our-other.example' }, []],
    [
      'ourselves in no spelling of a public mail service',
      { to: 'help@shop.example', cc: 'The.Shop+a@googlemail.com' },
      [],
    ],
    ['ourselves in no letters', { to: 'help@shop.example', cc: 'x@läden.example' }, []],
    ['nobody who never reads', { to: 'help@shop.example', cc: 'no-reply@customer.example' }, []],
    [
      'who wrote, on wish, where the reply goes to Reply-To',
      { to: 'help@shop.example', replyTo: 'team@customer.example' },
      [['ana@customer.example', false]],
    ],
    [
      'a Reply-To elsewhere, on wish',
      { to: 'help@shop.example', replyTo: 'ana@other.example' },
      [['ana@other.example', false]],
    ],
    [
      'a Reply-To once that is in Cc too',
      { to: 'help@shop.example', cc: 'ana@other.example', replyTo: 'Ana@other.example' },
      [['ana@other.example', false]],
    ],
    [
      'nobody for a Reply-To to ourselves',
      { to: 'help@shop.example', replyTo: 'help@shop.example' },
      [],
    ],
    ['nobody for a group without members', { to: 'undisclosed-recipients:;' }, []],
  ])('%s', (_what, { to, cc = '', from = 'ana@customer.example', replyTo = '' }, expected) => {
    const list = (addresses: string) => addresses.split(', ').filter(Boolean).map(at);
    const mail = { from: at(from), replyTo: list(replyTo)[0] ?? null, to: list(to), cc: list(cc) };
    const ours = [
      'help@shop.example',
      'orders@our-other.example',
      'theshop@gmail.com',
      'a@xn--lden-loa.example',
    ];
    const found = possibleCopies(mail, replyRecipient(mail).to, ours, 'none');
    expect(found.map(({ address, chosen }) => [address.address, chosen])).toEqual(expected);
  });

  test('ten of a thousand', () => {
    expect(possible(Array.from({ length: 1_000 }, (_, n) => `${n}@customer.example`))).toHaveLength(
      10,
    );
  });
});

describe('an approved copy', () => {
  async function drafted() {
    const message = await arrive(house, { headers: ['Cc: Bob <bob@customer.example>'] });
    const { id } = await newestDraft(house, message.conversation_id);
    await draftReply(house.draftParts, { draftId: id, failures: 0 }, new AbortController().signal);
    return id;
  }

  async function approved(copies: string[]) {
    const approval = await approvalFor(house, await drafted(), { copies });
    return (await approve(house.reviewParts, approval)).deliveryId;
  }

  test('goes out with the reply and stands with it', async () => {
    const deliveryId = await approved(['bob@customer.example']);
    await deliver(house.deliverParts, deliveryId);
    const mail = house.transport.mails.at(-1);
    expect(mail?.envelope.to).toEqual(['ana@customer.example', 'bob@customer.example']);
    expect(mail?.bytes.toString()).toContain('Cc: Bob <bob@customer.example>');
    const { sent_message_id: id } = await deliveryRow(house, deliveryId);
    const { recipients } = await house.db
      .selectFrom('message')
      .select('recipients')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(recipients.cc).toEqual([{ name: 'Bob', address: 'bob@customer.example' }]);
  });

  test('goes to nobody that nobody chose', async () => {
    await deliver(house.deliverParts, await approved([]));
    expect(house.transport.mails.at(-1)?.envelope.to).toEqual(['ana@customer.example']);
  });

  test('goes to nobody whom the mail does not name', async () => {
    const approval = await approvalFor(house, await drafted(), { copies: ['eve@evil.example'] });
    await expect(approve(house.reviewParts, approval)).rejects.toMatchObject({
      code: 'input_invalid',
    });
  });

  test.each([
    ['of the copy is said', 'bob@customer.example', 'sent'],
    ['of the customer is a refusal', 'ana@customer.example', 'refused'],
  ])('a refusal %s', async (_what, rejected, state) => {
    const deliveryId = await approved(['bob@customer.example']);
    house.transport.next = [() => ({ outcome: 'sent', response: '250 ok', rejected: [rejected] })];
    await deliver(house.deliverParts, deliveryId);
    const row = await deliveryRow(house, deliveryId);
    expect(row).toMatchObject({ state, answer: `250 ok, but not for ${rejected}` });
  });
});
