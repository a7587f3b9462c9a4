/** Data folders: whose they are is told by what lies in them, before anything is made. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { openDataFolder } from '../../src/storage/data-folder.ts';
import { cleanUp, newFolder, open } from './program.ts';

afterAll(cleanUp);

/** A data folder that holds these files, empty folders (`name/`) and links (`name -> target`). */
function folderWith(...entries: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rw-whose-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const entry of entries) {
    const [name = '', target] = entry.split(' -> ');
    const place = path.join(folder, name);
    mkdirSync(path.dirname(place), { recursive: true });
    if (target !== undefined) symlinkSync(target, place);
    else if (name.endsWith('/')) mkdirSync(place, { recursive: true });
    else writeFileSync(place, '');
  }
  return folder;
}

describe('a folder is taken when it', () => {
  test.each([
    ['is empty'],
    ['holds what a new disk holds', 'lost+found/', '.gitkeep', '.DS_Store'],
    ['holds our database', 'postgres/PG_VERSION'],
    ['holds a link to our database', 'postgres -> /var/lib/replywright/cluster-x'],
    ['holds our database beside other files', 'postgres/PG_VERSION', 'notes.txt'],
    ['holds a sandbox alone, as with DATABASE_URL', 'sandbox/mailbox/1.eml', 'sandbox/outbox/'],
    ['holds a sandbox half filled', 'sandbox/filling-x/1.eml'],
    ['holds a half-made cluster', 'initdb-Ab12Cd/PG_VERSION'],
    ['holds the key that seals, alone', 'secret.key'],
    ['holds an empty place for the cluster', 'postgres/'],
  ])('%s', async (_what, ...entries) => {
    await openDataFolder(folderWith(...entries));
  });
});

describe('a folder is refused when it', () => {
  test.each([
    ['holds pictures', '"a.jpg" and 1 more', 'a.jpg', 'b.jpg'],
    ['holds one hidden file', '".bashrc"', '.bashrc'],
    ['holds a sandbox of somebody else', '"sandbox"', 'sandbox/castle.txt'],
    ["holds a file of our database's name", 'its "postgres" is not a database', 'postgres'],
    [
      'holds another postgres',
      'its "postgres" is not a database',
      'postgres/notes.txt',
      'sandbox/',
    ],
  ])('%s', async (_what, found, ...entries) => {
    const folder = folderWith(...entries);
    const before = readdirSync(folder, { recursive: true });
    await expect(open(folder)).rejects.toMatchObject({
      code: 'data_folder_foreign',
      message: `The data folder ${folder} holds what is not ours: ${found}.`,
    });
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });
});

test('a link to a cluster that is gone is no reason to begin with an empty one', async () => {
  const folder = folderWith('postgres -> /nowhere/cluster-x');
  await expect(open(folder)).rejects.toMatchObject({
    code: 'database_server_failed',
    message: expect.stringMatching(/postgres leads to \/nowhere\/cluster-x, which is not there\.$/),
    mend: expect.not.stringContaining('startup.log'),
  });
});

test('a start after the first finds its folder again', async () => {
  const folder = await newFolder();
  await (await open(folder)).close();
  await (await open(folder)).close();
});
