/** A folder of .eml files: complete files only, oldest first, moved once stored, none lost. */

import {
  appendFile,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FetchedMail } from '../../src/domain/message.ts';
import { openLog } from '../../src/log.ts';
import { SettledFiles, settleMs } from '../../src/mail/settled-files.ts';
import { openSource } from '../../src/mail/source.ts';
import { eachMail } from './each-mail.ts';

const log = openLog('silent');

let folder: string;
/** Puts a file there that was written to its end a while ago. */
async function put(name: string, text: string): Promise<void> {
  const file = path.join(folder, name);
  await writeFile(`${file.slice(0, -4)}~`, text);
  const at = Date.now() / 1000 - 10;
  await utimes(`${file.slice(0, -4)}~`, at, at);
  await rename(`${file.slice(0, -4)}~`, file);
}

/** What lies in `taken/`, by name. */
async function taken(): Promise<Record<string, string>> {
  const names = await readdir(path.join(folder, 'taken'));
  const texts = names.map((name) => readFile(path.join(folder, 'taken', name), 'utf8'));
  return Object.fromEntries((await Promise.all(texts)).map((text, n) => [names[n], text]));
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rw-folder-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

function open() {
  const source = openSource({ kind: 'folder', path: folder }, log);
  onTestFinished(() => source.close());
  const mails: FetchedMail[] = [];
  const store = eachMail(async (mail) => mails.push(mail));
  const texts = () => mails.map((mail) => mail.raw.toString());
  return { source, store, mails, texts };
}

describe('a folder mailbox', () => {
  it('takes the beginning of a file that is too large, and says so', async () => {
    await put('large.eml', 'Subject: large');
    await truncate(path.join(folder, 'large.eml'), 41 * 1024 * 1024);
    await utimes(path.join(folder, 'large.eml'), 1000, 1000);
    const { source, store, mails } = open();
    await source.scan(null, store);
    const [mail] = mails;
    expect(mail?.raw.length).toBe(40 * 1024 * 1024);
    expect(mail?.cut).toEqual({ kept: 'beginning', size: 41 * 1024 * 1024 });
  });

  it('takes complete files, oldest first, and moves them away', async () => {
    await put('b.eml', 'second');
    await put('a.EML', 'first');
    await utimes(path.join(folder, 'a.EML'), 1000, 1000);
    await put('.hidden.eml', 'x');
    await put('half.eml.tmp', 'x');
    await put('half.eml.part', 'x');
    await put('notes.txt', 'x');
    await mkdir(path.join(folder, 'dir.eml'));
    const { source, store, mails, texts } = open();
    expect(await source.scan(null, store)).toEqual({
      uidvalidity: null,
      stored: 2,
      waiting: 0,
      renumbered: false,
      mark: null,
    });
    expect(texts()).toEqual(['first', 'second']);
    expect(mails[0]).toMatchObject({ place: null, receivedAt: new Date(1_000_000) });
    expect((await readdir(path.join(folder, 'taken'))).toSorted()).toEqual(['a.EML', 'b.eml']);
    expect((await source.scan(null, store)).stored).toBe(0);
  });

  it('takes a file that is written in place when it is complete, and whole', async () => {
    const { source, store, texts } = open();
    const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`);
    const scans: Promise<unknown>[] = [];
    source.onChange(() => scans.push(source.scan(null, store)));
    const handle = await openFile(path.join(folder, 'slow.eml'), 'w');
    for (const line of lines) {
      await handle.appendFile(`${line}\n`);
      expect(await source.scan(null, store)).toMatchObject({ stored: 0, waiting: 0 });
    }
    await handle.close();
    await vi.waitFor(() => expect(texts()).toHaveLength(1), { timeout: 20_000, interval: 50 });
    await Promise.all(scans);
    expect(texts()).toEqual([`${lines.join('\n')}\n`]);
    expect(await taken()).toEqual({ 'slow.eml': `${lines.join('\n')}\n` });
  });

  it('takes what is written on to a file that looked complete, too', async () => {
    await put('slow.eml', 'half');
    const { source, store, texts } = open();
    await source.scan(null, async (mails) => {
      await store(mails);
      const [claim = ''] = (await readdir(folder)).filter((name) => name.startsWith('.taking-'));
      await appendFile(path.join(folder, claim), ' and half');
      const at = Date.now() / 1000 - 5;
      await utimes(path.join(folder, claim), at, at);
    });
    await source.scan(null, store);
    expect(texts()).toEqual(['half', 'half and half']);
    expect(await taken()).toEqual({ 'slow.eml': 'half and half' });
  });

  it('takes a file from a clock that is ahead once it looks the same for a while', async () => {
    const files = new SettledFiles();
    const ahead = BigInt(Date.now() + 3_600_000) * 1_000_000n;
    const look = { size: 3n, mtimeNs: ahead, ctimeNs: ahead };
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    expect(files.isSettled('a', look)).toBe(false);
    vi.advanceTimersByTime(settleMs - 1);
    expect(files.isSettled('a', { ...look, size: 4n })).toBe(false);
    vi.advanceTimersByTime(settleMs - 1);
    expect(files.isSettled('a', { ...look, size: 4n })).toBe(false);
    vi.advanceTimersByTime(1);
    expect(files.isSettled('a', { ...look, size: 4n })).toBe(true);
  });

  it('keeps both of two mails that come under one name', async () => {
    const { source, store } = open();
    await put('a.eml', 'one');
    await source.scan(null, store);
    await put('a.eml', 'two');
    await source.scan(null, store);
    await put('a.eml', 'three');
    await source.scan(null, store);
    expect(await taken()).toEqual({ 'a.eml': 'one', 'a-1.eml': 'two', 'a-2.eml': 'three' });
  });

  it('loses no mail that comes under the name of the one being stored', async () => {
    await put('a.eml', 'one');
    const { source, store, texts } = open();
    await source.scan(null, async (mails) => {
      await put('a.eml.tmp', 'two');
      await rename(path.join(folder, 'a.eml.tmp'), path.join(folder, 'a.eml'));
      await store(mails);
    });
    await source.scan(null, store);
    expect(texts()).toEqual(['one', 'two']);
    expect(await taken()).toEqual({ 'a.eml': 'one', 'a-1.eml': 'two' });
  });

  it('hands over again what a crash left half taken', async () => {
    await put('.taking-3f0c5b1e-8d2a-4c7e-9b61-0a1b2c3d4e5f-a.eml', 'one');
    await put('.taking-notes.eml', 'not ours');
    await put('a.eml', 'two');
    const { source, store, texts } = open();
    expect(await source.scan(null, store)).toMatchObject({ stored: 2, waiting: 0 });
    expect(texts().toSorted()).toEqual(['one', 'two']);
    expect(Object.values(await taken()).toSorted()).toEqual(['one', 'two']);
    expect((await readdir(folder)).toSorted()).toEqual(['.taking-notes.eml', 'taken']);
  });

  it('takes a mail whose name is as long as names can be', async () => {
    await put(`${'x'.repeat(251)}.eml`, 'one');
    const { source, store } = open();
    expect(await source.scan(null, store)).toMatchObject({ stored: 1, waiting: 0 });
    expect(await taken()).toEqual({ [`${'x'.repeat(56)}.eml`]: 'one' });
  });

  it('hands a mail over again when storing it failed', async () => {
    await put('a.eml', 'one');
    const { source, store, texts } = open();
    const failure = new Error('no database');
    await expect(source.scan(null, () => Promise.reject(failure))).rejects.toBe(failure);
    expect((await source.scan(null, store)).stored).toBe(1);
    expect(texts()).toEqual(['one']);
  });

  it('says that a mail waits which cannot be moved, and goes on with the next', async () => {
    await put('a.eml', 'one');
    await put('b.eml', 'two');
    const { source, store, texts } = open();
    const report = await source.scan(null, async (mails) => {
      await store(mails);
      await rm(path.join(folder, 'taken'), { recursive: true, force: true });
    });
    expect(report).toMatchObject({ waiting: 2, stored: 0 });
    expect(texts().toSorted()).toEqual(['one', 'two']);
    expect((await source.scan(null, store)).stored).toBe(2);
  });

  it('logs once why a mail waits, and again when the file is another', async () => {
    await put('a.eml', 'one');
    const lines: { event: string; file: string }[] = [];
    const told = openLog('warn', (line) => lines.push(JSON.parse(line)));
    const source = openSource({ kind: 'folder', path: folder }, told);
    onTestFinished(() => source.close());
    // Root may read every file: what fails for everybody is the move into a folder that is gone.
    const scan = () =>
      source.scan(null, () => rm(path.join(folder, 'taken'), { recursive: true, force: true }));
    expect([(await scan()).waiting, (await scan()).waiting]).toEqual([1, 1]);
    expect(lines).toEqual([
      expect.objectContaining({ event: 'mail_file_not_moved', file: 'a.eml' }),
    ]);
    const [claim = ''] = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
    await utimes(path.join(folder, claim), 1000, 1000);
    await scan();
    expect(lines.map(({ file }) => file)).toEqual(['a.eml', 'a.eml']);
  });

  it('tells of a mail that is renamed into place', async () => {
    const { source, store, texts } = open();
    const hint = Promise.withResolvers<void>();
    source.onChange(hint.resolve);
    await put('new.eml.tmp', 'hello');
    await rename(path.join(folder, 'new.eml.tmp'), path.join(folder, 'new.eml'));
    await hint.promise;
    await source.scan(null, store);
    expect(texts()).toEqual(['hello']);
  });

  it('names a folder that is not there, and goes on when it is', async () => {
    const { source, store } = open();
    await rm(folder, { recursive: true });
    await expect(source.scan(null, store)).rejects.toMatchObject({ code: 'folder_unreadable' });
    await mkdir(folder);
    await put('a.eml', 'one');
    expect((await source.scan(null, store)).stored).toBe(1);
  });

  it('ends a scan when it is closed', async () => {
    await put('a.eml', 'one');
    await put('b.eml', 'two');
    const { source } = open();
    await expect(source.scan(null, () => source.close())).rejects.toMatchObject({
      code: 'folder_unreadable',
    });
    expect(await readdir(folder)).toContain('b.eml');
  });
});
