/** Archives on disk: every mail once, in an order that lasts, from wherever an import goes on. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { HistorySource } from '../../src/mail/history.ts';
import { openMailFolder, openMbox } from '../../src/mail/history-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rw-archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function read(source: HistorySource, after: string | null = null) {
  const mails: { text: string; position: string; done: number }[] = [];
  await source.read(after, async ({ raw, position, done }) => {
    mails.push({ text: raw.toString(), position, done });
  });
  return mails;
}

const separator = 'From a@b.example Mon Nov  2 10:00:00 2026';

test('an mbox goes on where it stopped, also when it has grown', async () => {
  const one = `${separator}\nA: 1\n\n`;
  const two = `${separator}\nA: 2\n\n`;
  const file = write('all.mbox', `${one}${two}`);
  const source = await openMbox(file);
  expect(source).toMatchObject({ name: `mbox ${file}`, total: one.length * 2, growsAtEnd: true });
  const mails = await read(source);
  expect(mails.map(({ text }) => text)).toEqual(['A: 1\n', 'A: 2\n']);
  expect(mails.at(-1)?.done).toBe(source.total);
  expect(await read(source, mails[0]?.position)).toEqual(mails.slice(1));
  write('all.mbox', `${one}${two}${one}`);
  const grown = await openMbox(file);
  expect((await read(grown, mails[1]?.position)).map(({ text }) => text)).toEqual(['A: 1\n']);
});

test('another mbox of the same name has another fingerprint, and a cut one is read anew', async () => {
  const file = write('other.mbox', `${separator}\nA: 1\n\n`);
  const before = await openMbox(file);
  write('other.mbox', `${separator}\nB: 2\n\n`);
  const after = await openMbox(file);
  expect(after.fingerprint).not.toBe(before.fingerprint);
  expect(await read(after, '1000000')).toHaveLength(1);
});

test('a Maildir: cur and new, not tmp, after the last name', async () => {
  write('Maildir/cur/1.a:2,S', 'A: 1\r\n\r\n');
  write('Maildir/new/2.b', 'A: 2\r\n\r\n');
  write('Maildir/tmp/3.c', 'A: 3\r\n\r\n');
  const source = await openMailFolder('maildir', path.join(folder, 'Maildir'));
  const mails = await read(source);
  expect(mails.map(({ text }) => text.slice(0, 4))).toEqual(['A: 1', 'A: 2']);
  expect(await read(source, mails[0]?.position)).toEqual(mails.slice(1));
  expect(source).toMatchObject({ total: 2, growsAtEnd: false });
});

test('a folder of .eml, with those below it', async () => {
  write('eml/a.eml', 'A: 1\n\n');
  write('eml/2024/b.EML', 'A: 2\n\n');
  write('eml/notes.txt', 'not a mail');
  const source = await openMailFolder('eml', path.join(folder, 'eml'));
  const mails = await read(source);
  expect(mails.map(({ position }) => position)).toEqual(['2024/b.EML', 'a.eml']);
});

const failures: [string, () => Promise<unknown>, string][] = [
  ['no file', () => openMbox(path.join(folder, 'gone.mbox')), 'there is nothing of that name'],
  ['a folder as mbox', () => openMbox(folder), 'it is a folder'],
  ['a mail as mbox', () => openMbox(write('a.eml', 'Subject: a\n\n')), 'it is no mbox file'],
  [
    'no Maildir',
    () => openMailFolder('maildir', path.join(folder, 'gone')),
    'there is nothing of that name',
  ],
  [
    'a file as folder',
    () => openMailFolder('eml', write('b.eml', 'A: b\n\n')),
    'it is a file, and a folder is wanted',
  ],
];
test.each(failures)('%s is told', async (_what, attempt, detail) => {
  await expect(attempt()).rejects.toMatchObject({
    code: 'archive_unreadable',
    message: expect.stringContaining(detail),
  });
});
