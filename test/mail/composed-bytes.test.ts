/** The bytes of a reply: lines, encodings and headers that any server takes, and signatures that hold. */

import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeReply, type Reply } from '../../src/mail/compose.ts';
import { newMessageId } from '../../src/mail/message-id.ts';
import { parseMail } from '../../src/mail/parse.ts';
import { quotationOf } from '../../src/mail/quotation.ts';
import { extractNewText } from '../../src/mail/quoted-text.ts';
import { verifyDkim } from '../support/dkim-verifier.ts';

const date = new Date('2026-03-03T10:00:00Z');
const ann = { name: 'Ann', address: 'ann@customer.example' };
const base: Reply = {
  from: { name: 'Shop', address: 'help@shop.example' },
  to: ann,
  subject: 'Kettle',
  inReplyTo: '<b@customer.example>',
  references: ['<a@customer.example>'],
  text: 'Yes.',
  approvedBy: 1,
  messageId: newMessageId('shop.example', '0123456789abcdef0123'),
  date,
};
const composed = async (changes: Partial<Reply>) =>
  (await composeReply({ ...base, ...changes })).bytes;
const lines = (bytes: Buffer) => bytes.toString('latin1').split('\r\n');
const fieldOf = (bytes: Buffer, name: string) =>
  bytes
    .toString('latin1')
    .split('\r\n\r\n', 1)[0]
    ?.split(/\r\n(?![ \t])/)
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)) ?? null;

/** What every mail must be, whatever it says (RFC 5322, sections 2.1.1 and 2.2; RFC 5321, 2.4). */
function expectSound(bytes: Buffer): void {
  const text = bytes.toString('latin1');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(text).not.toMatch(/[^\t\r\n -~]/);
  for (const line of lines(bytes)) expect(line.length).toBeLessThanOrEqual(998);
}

const scripts: [string, string][] = [
  ['Latin', 'Où est ma théière préférée, très chère équipe ?'],
  ['Greek', 'Πού είναι ο βραστήρας που παρήγγειλα;'],
  ['Cyrillic', 'Где мой чайник, который я заказал на прошлой неделе?'],
  ['Arabic', 'أين إبريق الشاي الذي طلبته الأسبوع الماضي؟'],
  ['Hebrew', 'איפה הקומקום שהזמנתי בשבוע שעבר?'],
  ['Devanagari', 'मेरी केतली कहाँ है जो मैंने पिछले हफ्ते मंगवाई थी?'],
  ['Chinese', '我上周订购的水壶在哪里？请尽快回复我，谢谢您的帮助。'],
  ['Thai', 'กาต้มน้ำที่ฉันสั่งเมื่อสัปดาห์ที่แล้วอยู่ที่ไหน'],
  ['emoji', 'Tea? 🫖👩🏽‍🍳 Yes!'],
];

describe('a reply', () => {
  it.each(scripts)(
    'in %s arrives as it was written, in text, HTML, subject and names',
    async (_script, words) => {
      const paragraph = Array.from({ length: 15 }, () => words).join(' ');
      const bytes = await composed({
        ...{ text: `${words}\n\n${paragraph}`, subject: words, signature: words },
        ...{ from: { ...base.from, name: words }, to: { ...ann, name: words }, cc: [ann] },
        quotation: quotationOf({ from: ann, date, text: words, newText: words }, 'last', 'en'),
      });
      expectSound(bytes);
      const mail = await parseMail(bytes);
      expect(mail.subject).toBe(`Re: ${words}`);
      expect([mail.from?.name, mail.to[0]?.name]).toEqual([words, words]);
      expect(mail.newText).toBe(`${words}\n\n${paragraph}`);
      expect(mail.text).toContain(`-- \n${words}\n\nOn 3 March 2026`);
      expect(mail.text.endsWith(`> ${words}`)).toBe(true);
      expect(mail.html).toContain(paragraph);
      expect(mail.date).toEqual(date);
    },
  );

  it.each([
    ['plain ASCII', 'Yes.', '7bit'],
    ['a few accents', 'Voilà, c’est ça, très volontiers.', 'quoted-printable'],
    ['another script', 'Где мой чайник', 'base64'],
    ['a word without end', 'x'.repeat(5_000), 'quoted-printable'],
    ['an address without end', `https://shop.example/${'y'.repeat(1_500)}`, 'quoted-printable'],
  ])('of %s is encoded as $2', async (_what, text, encoding) => {
    const bytes = await composed({ text });
    expectSound(bytes);
    expect(bytes.toString()).toContain(`format=flowed\r\nContent-Transfer-Encoding: ${encoding}`);
    expect((await parseMail(bytes)).text).toBe(text);
  });

  it('keeps every character on the way, and no header but ours, whatever is in it', async () => {
    const nasty = fc
      .array(
        fc.constantFrom(
          ...[
            '\r\n',
            '\n',
            '\0',
            '\u2028',
            ' ',
            '  ',
            '\t',
            'Bcc: v@evil.example',
            '<',
            '>',
            '"',
            ',',
          ],
          ...['=?utf-8?Q?=0D=0ABcc:_v@evil.example?=', 'ß', '重', '🫖', '\ud800', 'x'.repeat(90)],
          ...['--', '----_NmP-', '.', '\r\n.\r\n', 'From ', '@evil.example', ';', '\\', '(', ')'],
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(''));
    const quotationFor = (text: string) =>
      quotationOf({ from: { name: text, address: text }, date, text, newText: '' }, 'all', 'en');
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (one, two) => {
        const bytes = await composed({
          ...{ subject: one, text: `x${two}`, signature: one, quotation: quotationFor(two) },
          ...{ from: { ...base.from, name: two }, to: { ...ann, name: one } },
          ...{
            cc: [
              { name: two, address: 'bob@customer.example' },
              { name: '', address: `${one},v@x` },
            ],
          },
          ...{ replyTo: `v@x,${one}`, inReplyTo: one, references: [two, `<${one}@x>`] },
        });
        expectSound(bytes);
        const [head = ''] = bytes.toString('latin1').split('\r\n\r\n', 1);
        const names = head.split(/\r\n(?![ \t])/).map((line) => line.split(':', 1)[0]);
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => /^(?:bcc|resent|x-|auto)/i.test(name ?? ''))).toEqual([]);
        const mail = await parseMail(bytes);
        expect(mail.to.map(({ address }) => address)).toEqual([ann.address]);
        expect(mail.cc.map(({ address }) => address)).toEqual(['bob@customer.example']);
      }),
      { numRuns: 150 },
    );
  });
});

describe('what no person approved', () => {
  it.each([
    [1, null],
    [null, 'Auto-Submitted: auto-replied'],
  ])('by account %j: %j', async (approvedBy, field) => {
    expect(fieldOf(await composed({ approvedBy }), 'Auto-Submitted')).toBe(field);
  });
});

describe('international addresses', () => {
  it('have their domain in ASCII, unless the local part needs SMTPUTF8 anyway', async () => {
    const bytes = await composed({
      to: { name: 'Jürgen', address: 'juergen@bücher.example' },
      from: { name: 'Shop', address: 'hilfe@läden.example' },
    });
    expectSound(bytes);
    expect(fieldOf(bytes, 'To')).toContain('<juergen@xn--bcher-kva.example>');
    expect(fieldOf(bytes, 'From')).toBe('From: Shop <hilfe@xn--lden-loa.example>');
  });
});

describe('a signed reply', () => {
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    privateKeyEncoding: pem,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const dkim = { domain: 'shop.example', selector: 'mail2026', privateKey };

  it.each(scripts)('in %s verifies', async (_script, words) => {
    const text = `${words}\n\n${words} ${words}   \n\n\n`;
    const bytes = await composed({ text, subject: words, dkim, cc: [ann], replyTo: ann.address });
    expectSound(bytes);
    const { tags, fields, ...matches } = verifyDkim(bytes, publicKey);
    expect(matches).toEqual({ bodyMatches: true, signatureMatches: true });
    expect(tags).toMatchObject({ d: 'shop.example', s: 'mail2026', a: 'rsa-sha256' });
    expect(fields).toEqual(expect.arrayContaining(['from', 'to', 'cc', 'subject', 'reply-to']));
    expect(
      (await composed({ text, subject: words, dkim, cc: [ann], replyTo: ann.address })).equals(
        bytes,
      ),
    ).toBe(true);
  });

  it.each([
    ['another word', 'Yes.', 'No.', { bodyMatches: false, signatureMatches: true }],
    [
      'another subject',
      'Subject: Re: Kettle',
      'Subject: Re: Money',
      { bodyMatches: true, signatureMatches: false },
    ],
    ['another recipient', 'To: Ann', 'To: Eve', { bodyMatches: true, signatureMatches: false }],
  ])('does not verify with %s', async (_what, from, to, expected) => {
    const bytes = Buffer.from(
      (await composed({ dkim })).toString('latin1').replaceAll(from, to),
      'latin1',
    );
    expect(verifyDkim(bytes, publicKey)).toMatchObject(expected);
  });

  it('is not sent unsigned by a key that does not sign', async () => {
    await expect(composed({ dkim: { ...dkim, privateKey: 'x' } })).rejects.toMatchObject({
      code: 'dkim_failed',
    });
  });
});

it('what we quote is known as a quotation when it comes back', () => {
  const ours =
    'Yes, it is on its way.\n\nOn 3 March 2026, Ann <ann@customer.example> wrote:\n> Where is it?';
  expect(extractNewText(ours)).toBe('Yes, it is on its way.');
});
