/** Reading mbox files: what was written comes back, whatever the size of the pieces. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readMbox } from '../../src/mail/mbox.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rw-mbox-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = path.join(folder, 'mail.mbox');
const separator = 'From ann@c.example Mon Nov  2 10:00:00 2026';

async function read(content: string | Buffer, options: Parameters<typeof readMbox>[1] = {}) {
  writeFileSync(file, content);
  const mails = await Array.fromAsync(readMbox(file, options));
  return mails.map(({ raw, ...rest }) => ({ text: raw.toString('latin1'), ...rest }));
}

const texts = async (content: string, options: Parameters<typeof readMbox>[1] = {}) =>
  (await read(content, options)).map(({ text }) => text);

/** Writes mails as an mboxrd writer does. */
function mboxrd(mails: readonly string[], end: string): string {
  return mails
    .map((mail) => `${separator}${end}${mail.replace(/^(>*From )/gm, '>$1')}${end}`)
    .join('');
}

describe('an mbox file', () => {
  it('gives its mails, with the date of the separator and the place of the next', async () => {
    const content = mboxrd(['Subject: one\n\na\n', 'Subject: two\n\nb\n'], '\n');
    expect(await read(content)).toEqual([
      {
        text: 'Subject: one\n\na\n',
        receivedAt: new Date('2026-11-02T10:00:00Z'),
        end: content.length / 2,
      },
      {
        text: 'Subject: two\n\nb\n',
        receivedAt: new Date('2026-11-02T10:00:00Z'),
        end: content.length,
      },
    ]);
  });

  const cases: [string, string, string[]][] = [
    ['an empty file', '', []],
    ['no last line end', `${separator}\nSubject: a\n\nb`, ['Subject: a\n\nb']],
    ['an mboxo quote', `${separator}\nSubject: a\n\n>From me\n`, ['Subject: a\n\nFrom me\n']],
    ['an mboxrd quote', `${separator}\nA: a\n\n>>From me\n`, ['A: a\n\n>From me\n']],
    ['a quote in a line', `${separator}\nA: a\n\n> >From me\n`, ['A: a\n\n> >From me\n']],
    [
      'a sentence that nobody quoted',
      `${separator}\nA: a\n\nFrom now on we close at 10:00\nwell\n`,
      ['A: a\n\nFrom now on we close at 10:00\nwell\n'],
    ],
    [
      'separators without a date',
      'From -\nA: a\n\nFrom me with love\nB: b\n\nFrom 1812@xxx\nA: b\n\nb\nFrom -\nA: c\n\n',
      ['A: a\n\nFrom me with love\nB: b\n', 'A: b\n\nb\nFrom -\nA: c\n'],
    ],
    [
      'a separator without the empty line',
      `${separator}\nA: a\n\nb\n${separator}\nA: c\n\n`,
      ['A: a\n\nb\n', 'A: c\n'],
    ],
    [
      'separators of other programs',
      `From 1812@xxx Mon Nov 02 10:00:00 +0000 2026\nA: a\n\n\nFrom - Mon Nov 02 10:00:00 2026\nA: b\n\n\nFrom a b c Mon, 2 Nov 2026 10:00:00\nA: c\n\n`,
      ['A: a\n\n', 'A: b\n\n', 'A: c\n'],
    ],
    ['a mail of no bytes', `${separator}\n\n${separator}\nA: b\n\n`, ['\n', 'A: b\n']],
  ];
  it.each(cases)('with %s', async (_what, content, expected) => {
    expect(await texts(content)).toEqual(expected);
    expect(await texts(content, { chunkBytes: 7 })).toEqual(expected);
    const crlf = (text: string) => text.replaceAll('\n', '\r\n');
    expect(await texts(crlf(content))).toEqual(expected.map(crlf));
  });

  it('may begin with a byte order mark', async () => {
    const marked = Buffer.from(`\ufeff${separator}\nA: a\n\n`);
    expect((await read(marked)).map(({ text }) => text)).toEqual(['A: a\n']);
  });

  it('keeps of a mail that is too large what fits, and reads on', async () => {
    const large = `A: a\n\n${'x'.repeat(100_000)}\n`;
    const mails = await texts(mboxrd([large, 'A: b\n\n'], '\n'), { maxBytes: 5_000 });
    expect(mails.map((mail) => mail.length > 5_000 && mail.length < 8_000)).toEqual([true, false]);
    expect(mails[1]).toBe('A: b\n\n');
  });

  const line = fc.oneof(
    fc.constantFrom(
      '',
      'From ',
      '>From x',
      '>>From ',
      'From now on',
      separator,
      'A: b',
      '> a',
      '>',
    ),
    fc.stringMatching(/^[ -~]{0,40}$/),
  );
  const body = fc.array(line, { maxLength: 12 });

  it('comes back as it was written, from every place on', async () => {
    const end = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { maxLength: 6 }),
        end,
        fc.integer({ min: 1, max: 4000 }),
        async (bodies, lineEnd, chunkBytes) => {
          const mails = bodies.map((lines) =>
            ['Subject: s', '', ...lines].map((each) => each + lineEnd).join(''),
          );
          const content = mboxrd(mails, lineEnd);
          const found = await read(content, { chunkBytes });
          expect(found.map(({ text }) => text)).toEqual(mails);
          for (const [index, { end: start }] of found.entries())
            expect(await texts(content, { start })).toEqual(mails.slice(index + 1));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('survives any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        const mails = await read(Buffer.from(bytes), { chunkBytes: 512 });
        expect(mails.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
