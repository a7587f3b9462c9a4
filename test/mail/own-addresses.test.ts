/** From which of its addresses a mailbox replies. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replySender } from '../../src/mail/own-addresses.ts';

const mailbox = {
  address: 'Support@Shop.example',
  aliases: [
    { address: 'orders@shop.example', replyFrom: true },
    { address: 'old@shop.example', replyFrom: false },
    { address: 'press@other.example', replyFrom: true },
  ],
};

test.each<[string, string[], string]>([
  ['nobody of ours', ['ann@customer.example'], 'Support@Shop.example'],
  ['itself', ['support@shop.example'], 'Support@Shop.example'],
  ['itself with a plus', ['support+x@shop.example'], 'Support@Shop.example'],
  ['an alias', ['orders@shop.example'], 'orders@shop.example'],
  ['an alias in other letters, with a plus', ['ORDERS+7@Shop.Example'], 'orders@shop.example'],
  ['an alias that only receives', ['old@shop.example'], 'Support@Shop.example'],
  ['both, itself first', ['support@shop.example', 'orders@shop.example'], 'Support@Shop.example'],
  ['both, an alias first', ['orders@shop.example', 'support@shop.example'], 'orders@shop.example'],
  ['an alias after others', ['a@b.example', 'press@other.example'], 'press@other.example'],
  ['the same name elsewhere', ['orders@elsewhere.example'], 'Support@Shop.example'],
  ['no one', [], 'Support@Shop.example'],
  ['what is no address', ['', '@', 'orders'], 'Support@Shop.example'],
])('a mail to %s', (_what, recipients, expected) => {
  const named = recipients.map((address) => ({ name: '', address }));
  expect(replySender(mailbox, named)).toBe(expected);
});

test('whatever a mail names, the reply comes from an address of the settings', () => {
  const ours = new Set(['Support@Shop.example', 'orders@shop.example', 'press@other.example']);
  const near = fc.constantFrom(
    'orders',
    'support',
    '+',
    '@',
    'shop.example',
    'ORDERS',
    '\r\n',
    ' ',
  );
  const address = fc.oneof(
    fc.string(),
    fc.array(near).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ name: fc.string(), address })), (recipients) => {
      expect(ours.has(replySender(mailbox, recipients))).toBe(true);
    }),
  );
});
