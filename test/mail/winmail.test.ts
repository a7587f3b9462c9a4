/** The files of a winmail.dat come out, its text where there is no other; broken ones are named. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressRtf } from '../../src/mail/compressed-rtf.ts';
import { attachmentContent, parseMail } from '../../src/mail/parse.ts';
import { readRtf } from '../../src/mail/rtf.ts';
import { TnefReader } from '../../src/mail/tnef.ts';
import { mailWith, pdf, property, winmail } from '../support/attached-files.ts';

const container = (content: Buffer, type = 'application/ms-tnef') =>
  mailWith({ name: 'winmail.dat', content, type });

const two = winmail([
  { name: 'Rechnung größer.pdf', content: pdf('Hello') },
  { name: 'note.txt', content: Buffer.from('a note') },
]);

/** RTF in the form in which it is not compressed (MS-OXRTFCP, section 2.1.3.1.5). */
function storedRtf(rtf: string): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(0x414c454d, 8);
  return Buffer.concat([head, Buffer.from(rtf, 'latin1')]);
}

/** A mail of nothing but a container with these properties. */
function onlyContainer(...properties: Buffer[]): Buffer {
  const content = winmail([], properties).toString('base64');
  return Buffer.from(
    `From: a@b.example\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n${content}\r\n`,
  );
}

describe('winmail.dat', () => {
  it("with much text is read elsewhere, and the mail stays the caller's", async () => {
    const raw = onlyContainer(
      property(0x10090102, storedRtf(`{\\rtf1 ${"Gr\\'fc\\'dfe ".repeat(900)}}`)),
    );
    const copy = Buffer.from(raw);
    const { text } = await parseMail(raw);
    expect(text.trim()).toBe('Grüße '.repeat(900).trim());
    expect(raw).toEqual(copy);
  });

  it.each(['application/ms-tnef', 'application/octet-stream'])(
    'as %s gives its files, to be listed and to be had',
    async (type) => {
      const { attachments } = await parseMail(container(two, type));
      expect(attachments).toMatchObject([
        { index: 0, filename: 'winmail.dat', format: 'winmail', concerns: [] },
        { index: 1000, filename: 'Rechnung größer.pdf', format: 'pdf', container: 'winmail.dat' },
        { index: 1001, filename: 'note.txt', format: 'text', size: 6 },
      ]);
      const { content } = await attachmentContent(container(two, type), 1001);
      expect(content.toString()).toBe('a note');
    },
  );

  it('gives its files also out of a large mail', async () => {
    const large = winmail([{ name: 'big.bin', content: Buffer.alloc(300_000, 'ab') }]);
    const { content } = await attachmentContent(container(large), 1000);
    expect(content.equals(Buffer.alloc(300_000, 'ab'))).toBe(true);
  });

  it.each([
    ['cut off', two.subarray(0, two.length - 60)],
    ['of an unknown level', Buffer.concat([two, Buffer.alloc(20, 9)])],
    ['nothing but its first bytes', two.subarray(0, 8)],
    ['not one at all', Buffer.from('hello hello')],
    ['an item of Outlook', winmail([{ name: 'Meeting', content: null }])],
  ])('that is %s stays listed, and says what to ask for', async (_what, content) => {
    const { attachments } = await parseMail(container(content));
    expect(attachments[0]?.concerns).toContain('not_unpacked');
  });

  it.each([
    ['HTML', property(0x10130102, Buffer.from('<p>Hel<b>lo</b></p>')), 'Hello'],
    ['plain text', property(0x1000001f, Buffer.from('Größe\0', 'utf16le')), 'Größe'],
    [
      'RTF',
      property(
        0x10090102,
        storedRtf("{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}Gr\\'f6\\u223?e\\par x}"),
      ),
      'Größe\nx',
    ],
    [
      'HTML in RTF',
      property(
        0x10090102,
        storedRtf(
          '{\\rtf1\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf {\\b\\htmlrtf0 Hello\\htmlrtf }\\par\\htmlrtf0{\\*\\htmltag72 </p>}}',
        ),
      ),
      'Hello',
    ],
  ])('has the text of a mail that has no other: %s', async (_what, body, text) => {
    expect((await parseMail(onlyContainer(body))).text).toBe(text);
  });

  it('does not change the text of a mail that has one', async () => {
    const content = winmail([], [property(0x1000001f, Buffer.from('Another', 'utf16le'))]);
    expect((await parseMail(container(content))).text.trim()).toBe('See the files.');
  });
});

describe('the reader', () => {
  const read = (pieces: readonly Buffer[]) => {
    const reader = new TnefReader(() => 1_000);
    for (const piece of pieces) reader.take(piece);
    const { files, whole, text } = reader.end();
    const seen = files.map(({ givenName, content, isItem }) => [givenName, `${content}`, isItem]);
    return { seen, whole, text };
  };

  it('reads the same, wherever the pieces are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(two.length), { maxLength: 20 }), (places) => {
        const sorted = [0, ...places.toSorted((left, right) => left - right), two.length];
        const pieces = sorted.slice(1).map((end, at) => two.subarray(sorted[at], end));
        expect(read(pieces)).toEqual(read([two]));
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    const change = fc.record({ at: fc.nat(two.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const broken = Buffer.from(two);
        for (const { at, byte } of changes) broken[at] = byte;
        const { files } = (() => {
          const reader = new TnefReader(() => 0);
          reader.take(broken);
          return reader.end();
        })();
        expect(files.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 500 },
    );
  });
});

describe('RTF', () => {
  it('is decompressed as the specification has it (MS-OXRTFCP, section 4.1.1)', () => {
    const example = Buffer.from(
      '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0',
      'hex',
    );
    expect(decompressRtf(example)?.toString('latin1')).toBe(
      '{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n',
    );
  });

  it('never asks for more than the bytes can hold, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (tail, packed) => {
        const head = Buffer.alloc(16);
        head.writeUInt32LE(0xffffffff, 4);
        head.writeUInt32LE(packed ? 0x75465a4c : 0x414c454d, 8);
        const rtf = decompressRtf(Buffer.concat([head, tail]));
        expect(rtf?.length).toBeLessThanOrEqual((16 + tail.length) * 17);
        readRtf(rtf ?? Buffer.alloc(0));
      }),
    );
  });

  it.each([
    ['a million open groups', '{'.repeat(1_000_000)],
    ['a million closed ones', '}'.repeat(1_000_000)],
    ['a million words', '\\par'.repeat(250_000)],
  ])('stands %s', (_what, rtf) => {
    expect(readRtf(Buffer.from(rtf)).text.length).toBeLessThanOrEqual(1_000_000);
  });
});
