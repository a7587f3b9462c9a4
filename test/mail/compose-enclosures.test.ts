/** Composing with files: every byte and every name arrives, whatever they are. */

import { simpleParser } from 'mailparser';
import PostalMime from 'postal-mime';
import { expect, it } from 'vitest';
import { composeReply } from '../../src/mail/compose.ts';
import type { EnclosedContent } from '../../src/mail/enclosed-parts.ts';
import { newMessageId } from '../../src/mail/message-id.ts';
import { attachmentContents, parseMail } from '../../src/mail/parse.ts';

const base = {
  from: { name: 'The Shop', address: 'support@shop.example' },
  to: { name: 'Ann', address: 'ann@customer.example' },
  ...{ subject: 'My invoice?', inReplyTo: null, references: [] },
  text: 'Dear Ann,\n\nhere it is.\n\nGrüße\n',
  approvedBy: 1,
  messageId: newMessageId('shop.example', '0123456789abcdef0123'),
  date: new Date('2026-03-03T10:00:00Z'),
};

/** Every byte there is, in every position of a base64 line, and both line ends. */
const everyByte = Buffer.from(
  Array.from({ length: 100_003 }, (_, at) => (at * 7 + (at >> 8)) % 256),
);

const enclosed = (filename: string, contentType: string, content: Buffer): EnclosedContent => ({
  ...{ filename, contentType, size: content.length },
  async *content() {
    for (let at = 0; at < content.length; at += 9_999) yield content.subarray(at, at + 9_999);
  },
});

const send = (...enclosures: EnclosedContent[]) => composeReply({ ...base, enclosures });

it('arrive byte for byte, in their order, beside the text', async () => {
  const { bytes } = await send(
    enclosed('every.bin', 'application/octet-stream', everyByte),
    enclosed('line ends.txt', 'text/plain', Buffer.from('a\nb\r\nc\r')),
  );
  const mail = await parseMail(bytes);
  expect(mail.text.trim()).toBe(base.text.trim());
  expect(mail.attachments).toMatchObject([
    { index: 0, filename: 'every.bin', contentType: 'application/octet-stream', size: 100_003 },
    { index: 1, filename: 'line ends.txt', contentType: 'text/plain', inline: false },
  ]);
  const [first, second] = await attachmentContents(bytes, [0, 1]);
  expect(Buffer.from(first?.content ?? []).equals(everyByte)).toBe(true);
  expect(Buffer.from(second?.content ?? []).toString()).toBe('a\nb\r\nc\r');
  for (const line of bytes.toString('latin1').split('\r\n'))
    expect(line.length).toBeLessThanOrEqual(998);
  expect(bytes.toString('latin1')).toMatch(/^Content-Type: multipart\/mixed;\s+boundary=/m);
});

it('make the same bytes for the same reply', async () => {
  const file = enclosed('a.bin', 'application/octet-stream', everyByte);
  const [one, two] = [await send(file), await send(file)];
  expect(one.bytes.equals(two.bytes)).toBe(true);
});

it.each([
  'Rechnung für Müller.pdf',
  '請求書 2026年11月.pdf',
  'счёт «фактура».pdf',
  'חשבונית.pdf',
  'quote " and \\ and ; and =.pdf',
  "it's 100 % (really).pdf",
  `${'sehr langer Näme '.repeat(8)}.pdf`,
  '😀.pdf',
])('keep the name %s', async (filename) => {
  const { bytes } = await send(enclosed(filename, 'application/pdf', Buffer.from('%PDF-1.7')));
  // By RFC 2231 or RFC 2047: never 8-bit in a header.
  expect(bytes.every((byte) => byte < 128)).toBe(true);
  const mail = await simpleParser(bytes);
  expect(mail.attachments.map((each) => each.filename)).toEqual([filename]);
  const other = await PostalMime.parse(bytes);
  expect(other.attachments.map((each) => each.filename)).toEqual([filename]);
});

it('that cannot be read make no mail', async () => {
  const broken: EnclosedContent = {
    ...enclosed('a.pdf', 'application/pdf', Buffer.alloc(0)),
    async *content() {
      yield Buffer.from('%PDF');
      throw new Error('gone');
    },
  };
  await expect(send(broken)).rejects.toThrow('gone');
});
