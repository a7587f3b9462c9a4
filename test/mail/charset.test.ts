/** Bytes become text in the charset they are in, whatever the mail says of it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, undoLatin1 } from '../../src/mail/charset.ts';
import { parseMail } from '../../src/mail/parse.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
/** `Привет, где мой заказ? Спасибо` in KOI8-R, and in windows-1251. */
const koi8 = Buffer.from('f0d2c9d7c5d42c20c7c4c520cdcfca20dac1cbc1da3f20f3d0c1d3c9c2cf', 'hex');
const cp1251 = Buffer.from('cff0e8e2e5f22c20e3e4e520eceee920e7e0eae0e73f20d1efe0f1e8e1ee', 'hex');
const russian = 'Привет, где мой заказ? Спасибо';

describe('decodeText', () => {
  it.each([
    ['UTF-8 as declared', Buffer.from('Grüße 👚'), 'utf-8', 'Grüße 👚'],
    ['Latin-1 as declared', latin1('Grüße'), 'ISO-8859-1', 'Grüße'],
    [
      'quotes of windows-1252 under the name of Latin-1',
      latin1('\x93Hi\x94'),
      'iso-8859-1',
      '“Hi”',
    ],
    ['a charset by another of its names', koi8, 'cskoi8r', russian],
    ['ISO-2022-JP as declared', latin1('\x1b$BF|K\\8l\x1b(B'), 'iso-2022-jp', '日本語'],
    ['ISO-2022-JP that calls itself ASCII', latin1('\x1b$BF|K\\8l\x1b(B'), 'us-ascii', '日本語'],
    ['UTF-8 that calls itself Latin-1', Buffer.from('Grüße'), 'iso-8859-1', 'Grüße'],
    ['UTF-8 that calls itself ASCII', Buffer.from('Grüße'), 'us-ascii', 'Grüße'],
    [
      'Latin-1 that calls itself UTF-8',
      latin1('Viele Grüße aus Köln'),
      'utf-8',
      'Viele Grüße aus Köln',
    ],
    ['no charset, UTF-8', Buffer.from('Größe'), null, 'Größe'],
    ['no charset, Latin-1', latin1('Viele Grüße aus Köln'), null, 'Viele Grüße aus Köln'],
    ['no charset, Cyrillic', koi8, null, russian],
    ['no charset, other Cyrillic', cp1251, null, russian],
    ['a charset that is none', latin1('Viele Grüße aus Köln'), 'x-unknown', 'Viele Grüße aus Köln'],
    ['a charset in quotes', latin1('\xe9t\xe9'), '"iso-8859-1"', 'été'],
    ['a byte order mark', Buffer.from([0xff, 0xfe, 0x48, 0, 0xe9, 0]), 'utf-8', 'Hé'],
    ['UTF-16 without a mark', Buffer.from([0, 0x48, 0, 0xe9]), 'utf-16', 'Hé'],
    ['nothing', Buffer.alloc(0), null, ''],
  ])('%s', (_what, bytes, charset, text) => {
    expect(decodeText(bytes, charset)).toBe(text);
  });

  it('keeps what it can of text with a broken character', () => {
    const broken = Buffer.concat([
      Buffer.from('注文した商品がまだ届いていません。'.repeat(9)),
      latin1('\xff'),
    ]);
    expect(decodeText(broken, 'utf-8')).toContain('注文した商品');
  });

  it('throws for no bytes and no name', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.option(fc.oneof(fc.string(), fc.constantFrom('utf-16', 'big5', 'x-unknown', 'gb2312'))),
        (bytes, charset) => typeof decodeText(Buffer.from(bytes), charset) === 'string',
      ),
    );
  });
});

describe('undoLatin1', () => {
  it.each([
    ['GrÃ¼Ã\x9fe', 'Grüße'],
    ['Grüße', 'Grüße'],
    ['plain', 'plain'],
    ['日本', '日本'],
  ])('%j is %j', (text, meant) => {
    expect(undoLatin1(text)).toBe(meant);
  });
});

describe('a mail in raw 8-bit text', () => {
  const mail = (head: Buffer, type: string, body: Buffer) =>
    parseMail(Buffer.concat([head, latin1(`\r\nContent-Type: ${type}\r\n\r\n`), body]));

  it('is read in the charset that it names, its header too', async () => {
    const head = Buffer.concat([
      latin1('Subject: '),
      koi8,
      latin1('\r\nFrom: "'),
      koi8,
      latin1('" <a@b.example>'),
    ]);
    const found = await mail(head, 'text/plain; charset=koi8-r', koi8);
    expect(found).toMatchObject({ subject: russian, text: russian, from: { name: russian } });
  });

  it('is read without any charset', async () => {
    const head = latin1('From: J\xfcrgen <j@c.example>\r\nSubject: Gr\xf6\xdfe');
    const found = await mail(head, 'text/plain', latin1('Viele Gr\xfc\xdfe'));
    expect(found).toMatchObject({
      subject: 'Größe',
      text: 'Viele Grüße',
      from: { name: 'Jürgen' },
    });
  });

  it('is read by the charset that its HTML names', async () => {
    const html = Buffer.concat([latin1('<meta charset="koi8-r"><p>'), koi8, latin1('</p>')]);
    expect((await mail(latin1('Subject: x'), 'text/html', html)).text).toBe(russian);
  });

  it('keeps charsets that only the parser knows', async () => {
    const found = await mail(
      latin1('Subject: x'),
      'text/plain; charset=cp850',
      latin1('Gr\x81\xe1e'),
    );
    expect(found.text).toBe('Grüße');
  });
});

describe('a mail whose structure is broken', () => {
  it('shows its text raw rather than nothing', async () => {
    const raw =
      'Subject: x\r\nContent-Type: multipart/mixed;\r\nboundary=y\r\n\r\n--y\r\n\r\nHello there';
    expect((await parseMail(Buffer.from(raw))).text).toContain('Hello there');
  });

  it('shows what has no header at all', async () => {
    expect((await parseMail(Buffer.from('<div>Hello: there</div>'))).text).toContain(
      'Hello: there',
    );
  });
});
