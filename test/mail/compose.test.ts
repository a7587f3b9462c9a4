/** Composing: threading headers, subjects, recipients, and no way to inject a header. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import {
  composeReply,
  plainAddress,
  type Reply,
  replyRecipient,
  replySubject,
} from '../../src/mail/compose.ts';
import { newMessageId, replyReferences } from '../../src/mail/message-id.ts';
import { parseMail } from '../../src/mail/parse.ts';

const base: Reply = {
  from: { name: 'Tea & Téa', address: 'support@shop.example' },
  to: { name: 'Ann Ängström', address: 'ann@customer.example' },
  subject: 'Where is my order?',
  inReplyTo: '<b@customer.example>',
  references: ['<a@customer.example>'],
  text: 'Dear Ann,\n\nit is on its way.\n\nGrüße\n',
  approvedBy: 1,
  messageId: newMessageId('shop.example', '0123456789abcdef0123'),
  date: new Date('2026-03-03T10:00:00Z'),
};

/** Header lines as a receiving server sees them, unfolded. */
function headerLines(bytes: Buffer): string[] {
  const [head = ''] = bytes.toString('latin1').split('\r\n\r\n', 1);
  return head.replace(/\r\n[ \t]/g, ' ').split('\r\n');
}

const names = (bytes: Buffer) =>
  headerLines(bytes).map((line) => line.split(':', 1)[0]?.toLowerCase());

describe('composeReply', () => {
  it('threads, encodes, and addresses exactly one recipient', async () => {
    const { bytes, envelope } = await composeReply(base);
    expect(envelope).toEqual({ from: 'support@shop.example', to: ['ann@customer.example'] });
    const mail = await parseMail(bytes);
    expect(mail.inReplyTo).toBe('<b@customer.example>');
    expect(mail.references).toEqual(['<a@customer.example>', '<b@customer.example>']);
    expect(mail.messageId).toBe(base.messageId);
    expect(mail.subject).toBe('Re: Where is my order?');
    expect(mail.from).toEqual(base.from);
    expect(mail.to).toEqual([base.to]);
    expect(mail.date).toEqual(base.date);
    expect(mail.text).toBe(base.text.trim());
    expect(bytes.toString()).toContain(
      'Content-Type: text/plain; charset=utf-8; format=flowed\r\n',
    );
    expect(bytes.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('gives the same bytes for the same input', async () => {
    const [one, two] = [await composeReply(base), await composeReply(base)];
    expect(one.bytes.equals(two.bytes)).toBe(true);
  });

  it('answers a mail without Message-ID without inventing one', async () => {
    const { bytes } = await composeReply({ ...base, inReplyTo: null, references: [] });
    expect(names(bytes)).not.toContain('in-reply-to');
    expect(names(bytes)).not.toContain('references');
  });

  it('puts international domains into their ASCII form', async () => {
    const { envelope } = await composeReply({
      ...base,
      to: { name: '', address: 'ann@bücher.example' },
    });
    expect(envelope.to).toEqual(['ann@xn--bcher-kva.example']);
  });

  it('keeps header lines below 998 octets for 5,000 references and long words', async () => {
    const references = Array.from({ length: 5000 }, (_, n) => `<${'r'.repeat(60)}${n}@x.example>`);
    const { bytes } = await composeReply({ ...base, references, subject: 'x'.repeat(5000) });
    const [head = ''] = bytes.toString('latin1').split('\r\n\r\n', 1);
    for (const line of head.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    expect(
      headerLines(bytes).find((line) => line.startsWith('References'))?.length,
    ).toBeLessThanOrEqual(998);
  });

  it.each([
    ['no recipient', { to: { name: '', address: 'nobody' } }, 'no_recipient'],
    ['two recipients', { to: { name: '', address: 'a@b.example, c@d.example' } }, 'no_recipient'],
    [
      'a command in the recipient',
      { to: { name: '', address: 'a@b.example>\r\nRCPT TO:<c@d.example' } },
      'no_recipient',
    ],
    ['an empty reply', { text: ' \n ' }, 'reply_empty'],
    [
      'a Message-ID with a line break',
      { messageId: '<a@b>\r\nBcc: c@d.example' },
      'argument_invalid',
    ],
    ['a sender that is none', { from: { name: '', address: 'shop' } }, 'argument_invalid'],
  ] as const)('refuses %s', async (_what, change, code) => {
    await expect(composeReply({ ...base, ...change })).rejects.toMatchObject({ code });
  });

  it('lets no input add a header field', async () => {
    const evil = fc
      .array(
        fc.constantFrom(
          '\r\n',
          '\n',
          '\r',
          '\u2028',
          '\0',
          ' ',
          'Bcc: v@evil.example',
          'x',
          '<',
          '>',
          '@',
          '"',
          ',',
          '=?utf-8?Q?=0D=0ABcc:_v@evil.example?=',
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(''));
    const expected = names((await composeReply(base)).bytes).toSorted();
    await fc.assert(
      fc.asyncProperty(evil, evil, evil, evil, async (subject, name, id, text) => {
        const { bytes, envelope } = await composeReply({
          ...base,
          subject,
          from: { ...base.from, name },
          to: { ...base.to, name },
          references: [id, `<${id}@x>`],
          text: `x${text}`,
        });
        expect(envelope.to).toEqual(['ann@customer.example']);
        expect(names(bytes).toSorted()).toEqual(expected);
        const mail = await parseMail(bytes);
        expect(mail.to.map((to) => to.address)).toEqual(['ann@customer.example']);
      }),
      { numRuns: 300 },
    );
  });
});

describe('replySubject', () => {
  it.each([
    ['Order', 'Re: Order'],
    ['Re: Order', 'Re: Order'],
    ['AW: WG: Order', 'Re: WG: Order'],
    ['Re: Re[2]: Order', 'Re: Order'],
    ['', 'Re:'],
    ['a\r\nBcc: b', 'Re: a Bcc: b'],
  ])('%j becomes %j', (subject, expected) => {
    expect(replySubject(subject)).toBe(expected);
  });
});

describe('replyReferences', () => {
  const size = (ids: string[]) => Buffer.byteLength(`References: ${ids.join(' ')}`);

  it('keeps the first and the last ones when the middle must go', () => {
    const ids = Array.from({ length: 100 }, (_, n) => `<message-number-${n}@customer.example>`);
    const kept = replyReferences(ids, '<last@customer.example>');
    expect(kept[0]).toBe(ids[0]);
    expect(kept.at(-1)).toBe('<last@customer.example>');
    expect(kept.at(-2)).toBe(ids.at(-1));
    expect(size(kept)).toBeLessThanOrEqual(998);
    expect(kept.length).toBeGreaterThan(10);
  });

  it('fits, ends with the mail answered, and holds nothing twice, for any ids', () => {
    const id = fc.integer({ min: 1, max: 900 }).map((length) => `<${'i'.repeat(length)}@x>`);
    fc.assert(
      fc.property(fc.array(id, { maxLength: 60 }), id, (ids, parent) => {
        const kept = replyReferences(ids, parent);
        expect(size(kept)).toBeLessThanOrEqual(998);
        expect(new Set(kept).size).toBe(kept.length);
        if (parent.length <= 900) expect(kept.at(-1)).toBe(parent);
      }),
    );
  });
});

describe('replyRecipient', () => {
  const at = (address: string) => ({ name: '', address });

  it.each([
    ['the sender', 'ann@c.example', null, 'ann@c.example', false],
    ['a Reply-To on the same domain', 'ann@c.example', 'bob@C.example', 'bob@C.example', false],
    ['the sender, not another domain', 'ann@c.example', 'ann@evil.example', 'ann@c.example', true],
    ['the sender, who names itself', 'Ann@c.example', 'ann@C.example', 'Ann@c.example', false],
    ['the sender on a public service', 'ann@gmail.com', 'ANN@gmail.com', 'ann@gmail.com', false],
    ['the sender, not another account', 'ann@gmail.com', 'a.nn@gmail.com', 'ann@gmail.com', true],
    ['the same, in any country', 'a@yahoo.co.uk', 'b@yahoo.co.uk', 'a@yahoo.co.uk', true],
    [
      'a colleague below such a name',
      'a@gmx.c.example',
      'b@gmx.c.example',
      'b@gmx.c.example',
      false,
    ],
    ['the sender, not a subdomain', 'ann@c.example', 'ann@x.c.example', 'ann@c.example', true],
    [
      'the sender, not a broken Reply-To',
      'ann@c.example',
      'x@c.example, y@evil.example',
      'ann@c.example',
      true,
    ],
  ])('is %s', (_what, from, replyTo, expected, warned) => {
    const found = replyRecipient({
      from: at(from),
      replyTo: replyTo === null ? null : at(replyTo),
    });
    expect(found.to?.address).toBe(expected);
    expect(found.warning !== null).toBe(warned);
  });

  it('is nobody when the mail has no usable sender', () => {
    expect(replyRecipient({ from: null, replyTo: at('ann@c.example') }).to).toBeNull();
    expect(replyRecipient({ from: at('"x y"@c.example'), replyTo: null }).to).toBeNull();
  });
});

describe('newMessageId', () => {
  it('is well formed and knows its domain', () => {
    expect(newMessageId('Bücher.example', '0123456789abcdef')).toBe(
      '<rw.0123456789abcdef@xn--bcher-kva.example>',
    );
  });

  it.each([
    ['', '0123456789abcdef'],
    ['shop.example', 'short'],
    ['shop.example', 'a>\r\nBcc: x0123456789'],
  ])('refuses %j with %j', (domain, random) => {
    expect(() => newMessageId(domain, random)).toThrow(ReplywrightError);
  });
});

describe('plainAddress', () => {
  it.each(['a@b.example', "o'hara+tag@x.example", 'jürgen@x.example'])('takes %s', (address) => {
    expect(plainAddress(address)).not.toBeNull();
  });

  it.each([
    '',
    '@x.example',
    'a@',
    'a b@x.example',
    '"a"@x.example',
    'a@[127.0.0.1]',
    '<a@x.example>',
    'a@x..example',
    'a,b@x.example',
  ])('refuses %j', (address) => {
    expect(plainAddress(address)).toBeNull();
  });
});
