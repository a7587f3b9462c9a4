/** Parsing: ordinary mail in full, hostile mail as one clear error, nothing in between. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { decodeWords, readHeaders } from '../../src/mail/header-block.ts';
import { attachmentContent, parseMail } from '../../src/mail/parse.ts';

const multipart = [
  'From: =?utf-8?Q?Ann_=C3=84ngstr=C3=B6m?= <Ann@C.Example>',
  'To: Shop <support@shop.example>, bob@shop.example',
  'Cc: Team: carl@shop.example, dora@shop.example;',
  'Reply-To: ann+tag@c.example',
  'Subject: =?utf-8?B?QmVzdGVsbHVuZyDwn5Ga?=',
  'Message-ID: <m1@c.example>',
  'In-Reply-To: <m0@shop.example>',
  'References: <a@shop.example>',
  ' <m0@shop.example>',
  'Date: Tue, 03 Mar 2026 10:11:12 +0100',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=x',
  '',
  '--x',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Gr=FC=DFe',
  '',
  'On 3 May 2026, Shop <support@shop.example> wrote:',
  '> old',
  '--x',
  'Content-Type: application/pdf; name="../../in\\voice.pdf"',
  'Content-Disposition: attachment; filename="../../in\\voice.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  'JVBERg==',
  '--x--',
  '',
].join('\r\n');

describe('parseMail', () => {
  it('reads headers, text and attachments', async () => {
    const mail = await parseMail(Buffer.from(multipart));
    expect(mail).toMatchObject({
      messageId: '<m1@c.example>',
      inReplyTo: '<m0@shop.example>',
      references: ['<a@shop.example>', '<m0@shop.example>'],
      from: { name: 'Ann Ängström', address: 'Ann@c.example' },
      replyTo: { name: '', address: 'ann+tag@c.example' },
      subject: 'Bestellung 👚',
      date: new Date('2026-03-03T09:11:12Z'),
      html: null,
      newText: 'Grüße',
    });
    expect(mail.to.map((to) => to.address)).toEqual(['support@shop.example', 'bob@shop.example']);
    expect(mail.cc.map((cc) => cc.address)).toEqual(['carl@shop.example', 'dora@shop.example']);
    expect(mail.text).toContain('> old');
    expect(mail.headers.get('references')).toEqual(['<a@shop.example> <m0@shop.example>']);
    expect(mail.attachments).toHaveLength(1);
    expect(mail.attachments[0]).toMatchObject({
      index: 0,
      contentType: 'application/pdf',
      size: 4,
      inline: false,
    });
    expect(mail.attachments[0]?.filename).not.toMatch(/[/\\]|^\./);
  });

  it('gives the content of an attachment, or says that there is none', async () => {
    const { content } = await attachmentContent(Buffer.from(multipart), 0);
    expect(content.toString()).toBe('%PDF');
    await expect(attachmentContent(Buffer.from(multipart), 1)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('makes text of a mail that has only HTML', async () => {
    const mail = await parseMail(
      Buffer.from(
        'From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n<style>p{}</style><p>Héllo</p><p>wo<b>rld</b></p><blockquote>old</blockquote>',
      ),
    );
    expect(mail.text).toBe('Héllo\n\nworld\n\n> old');
    expect(mail.newText).toBe('Héllo\n\nworld');
    expect(mail.html).toContain('<p>Héllo</p>');
  });

  it('takes the HTML when the plain part is empty', async () => {
    const mail = await parseMail(
      Buffer.from(
        'Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\n \n--x\nContent-Type: text/html\n\n<p>Hello</p>\n--x--\n',
      ),
    );
    expect(mail.text).toBe('Hello');
  });

  it('holds no NUL and no lone surrogate, which PostgreSQL would refuse', async () => {
    const raw = Buffer.from(
      'From: "A\0B" <a@b.example>\r\nSubject: x\0y =?utf-16be?B?2AA=?=\r\nX-Z: \0\r\n\r\nhe\0llo \ud800',
    );
    const mail = await parseMail(raw);
    const whole = JSON.stringify([mail, [...mail.headers]]);
    expect(whole).not.toContain('\\u0000');
    expect(whole).not.toMatch(/\\ud[89a-f]/i);
    expect(mail.text).toContain('hello');
  });

  it('reads an empty mail', async () => {
    const mail = await parseMail(Buffer.alloc(0));
    expect(mail).toMatchObject({ from: null, messageId: null, text: '', newText: '', subject: '' });
  });

  it.each([
    [
      '3,000 levels',
      `${Array.from({ length: 3000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`).join('')}x`,
    ],
    [
      '100,000 parts',
      `Content-Type: multipart/mixed; boundary=x\n\n${'--x\n\na\n'.repeat(100_000)}`,
    ],
    ['a header of 10 MB', `Subject: ${'x'.repeat(10_000_000)}\n\nhello`],
    ['100,000 headers', `${'X-A: b\n'.repeat(100_000)}\nhello`],
    ['50,000 references', `References: ${'<a@b> '.repeat(50_000)}\n\nhello`],
    ['50,000 recipients', `To: g: ${'a@b.example, '.repeat(50_000)};\n\nhello`],
    ['a line of 20 MB', `Subject: x\n\n${'x'.repeat(20_000_000)}`],
    ['20,000 quotation levels', `Subject: x\n\n${'>'.repeat(20_000)}`],
    ['200,000 nested elements', `Content-Type: text/html\n\n${'<div>'.repeat(200_000)}x`],
    ['500,000 quoted lines', `Subject: x\n\n${'> x\n'.repeat(500_000)}`],
  ])('survives %s: read in bounds, or named unparsable', async (_what, text) => {
    const outcome = await parseMail(Buffer.from(text)).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'mail_unparsable' });
    else expect((outcome as { text: string }).text.length).toBeLessThanOrEqual(1_000_000);
  });

  it('throws nothing but mail_unparsable, whatever the bytes', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r\n\r\n',
        'Content-Type: multipart/mixed; boundary=x',
        '--x',
        '--x--',
        'From: ',
        '=?utf-8?B?',
        '?=',
        'Content-Type: message/rfc822',
        'Content-Transfer-Encoding: base64',
        'charset="nonsense"',
        'Date: x',
        '<a@',
        '\0',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const outcome = await parseMail(Buffer.from(pieces.join(''), 'latin1')).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(ReplywrightError);
          expect((outcome as ReplywrightError).code).toBe('mail_unparsable');
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('readHeaders', () => {
  it('unfolds, decodes and keeps repeated fields in order', () => {
    const headers = readHeaders(
      Buffer.from(
        'Received: one\r\n two\r\nReceived: three\r\nFrom: a\r\nFROM: b\r\nno field\r\nX y: z\r\n\r\nTo: body',
      ),
    );
    expect(headers.get('received')).toEqual(['one two', 'three']);
    expect(headers.get('from')).toEqual(['a', 'b']);
    expect([...headers.keys()]).toEqual(['received', 'from']);
  });

  it('takes bytes that are not UTF-8 for Latin-1', () => {
    expect(readHeaders(Buffer.from('Subject: Gr\xfc\xdfe\n\n', 'latin1')).get('subject')).toEqual([
      'Grüße',
    ]);
  });
});

describe('decodeWords', () => {
  it.each([
    ['plain', 'plain'],
    ['=?utf-8?Q?a_b=C3=A9?=', 'a bé'],
    ['=?iso-8859-1?q?=E9?= x', 'é x'],
    ['=?utf-8?B?w6k=?= =?utf-8?B?w6k=?=', 'éé'],
    ['=?utf-8?B?ww==?= =?utf-8?B?qQ==?=', 'é'],
    ['a =?utf-8?Q?b?= c', 'a b c'],
    ['=?nonsense?Q?b?=', 'b'],
    ['=?utf-8?X?b?=', '=?utf-8?X?b?='],
  ])('%j is %j', (value, decoded) => {
    expect(decodeWords(value)).toBe(decoded);
  });
});
