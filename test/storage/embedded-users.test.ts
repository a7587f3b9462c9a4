/** The built-in server runs for root and for ordinary users, and always as the user of its cluster. */

import { execFileSync } from 'node:child_process';
import { chownSync, lstatSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { canReach, serviceUser } from '../../src/storage/service-user.ts';
import { cleanUp, clusterOf, newFolder, open, serverPid, startProgram } from './program.ts';

afterAll(cleanUp);

const isRoot = process.getuid?.() === 0;
const nobody = { name: 'nobody', uid: 65534, gid: 65534 };

/** What some tests need of who runs them; they are skipped, with the reason in their name, without. */
function need(reason: string | null): { available: boolean; why: string } {
  if (reason !== null && process.env.REPLYWRIGHT_TEST_REQUIRE === 'all') throw new Error(reason);
  return { available: reason === null, why: reason === null ? '' : ` (skipped: ${reason})` };
}

function whyNotAnother(): string | null {
  if (!isRoot) return 'only root can become another user';
  const reachable = [import.meta.filename, process.execPath].every((file) =>
    canReach(nobody, file),
  );
  return reachable ? null : 'another user cannot reach this copy of the program';
}

const root = need(isRoot ? null : 'this is an ordinary user');
const another = need(whyNotAnother());

/** User id that the server of a data folder runs as. */
function serverUid(folder: string): number {
  const status = readFileSync(`/proc/${serverPid(folder)}/status`, 'utf8');
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
}

test('the server is never root', async () => {
  const folder = await newFolder();
  const database = await open(folder);
  expect(serverUid(folder)).toBe(serviceUser()?.uid ?? process.getuid?.());
  expect(serverUid(folder)).not.toBe(0);
  await database.close();
});

describe.skipIf(!root.available)(`as root${root.why}`, () => {
  test('a folder closed to others has its cluster elsewhere', async () => {
    const folder = await newFolder(0o700);
    const first = await open(folder);
    await sql`create table kept (id int)`.execute(first.db);
    expect(lstatSync(path.join(folder, 'postgres')).isSymbolicLink()).toBe(true);
    expect(statSync(clusterOf(folder)).mode & 0o077).toBe(0);
    await first.close();
    const second = await open(folder);
    await sql`select from kept`.execute(second.db);
    const beside = await open(folder, false);
    await sql`select from kept`.execute(beside.db);
    await beside.close();
    await second.close();
  });

  test('a cluster made under another user is run by that user', async () => {
    const folder = await newFolder();
    await (await open(folder)).close();
    // As when the system had no `postgres` user at first, and has one by now.
    const other = serviceUser()?.uid === nobody.uid ? 2 : nobody.uid;
    execFileSync('chown', ['-R', `${other}:${other}`, clusterOf(folder)]);
    const database = await open(folder);
    expect(serverUid(folder)).toBe(other);
    await database.close();
  });

  test('a cluster that was copied as root is given back to its server', async () => {
    const folder = await newFolder();
    await (await open(folder)).close();
    execFileSync('chown', ['-R', '0:0', clusterOf(folder)]);
    const database = await open(folder);
    expect(serverUid(folder)).toBe(serviceUser()?.uid);
    await database.close();
  });

  test('a folder whose cluster elsewhere was lost says so, and makes no empty one', async () => {
    const folder = await newFolder(0o700);
    await (await open(folder)).close();
    rmSync(clusterOf(folder), { recursive: true });
    await expect(open(folder)).rejects.toMatchObject({ code: 'database_server_failed' });
    expect(lstatSync(path.join(folder, 'postgres')).isSymbolicLink()).toBe(true);
  });
});

describe.skipIf(!another.available)(`as another user${another.why}`, () => {
  test('an ordinary user runs it as itself', async () => {
    const folder = await newFolder();
    chownSync(folder, nobody.uid, nobody.gid);
    const program = startProgram(folder, { uid: nobody.uid, gid: nobody.gid });
    expect(await program.told()).toEqual({ open: true });
    expect(serverUid(folder)).toBe(nobody.uid);
    program.child.stdin?.write('close\n');
    expect(await program.told()).toEqual({ closed: true });
    // Root takes over what that user left.
    const database = await open(folder);
    expect(serverUid(folder)).toBe(nobody.uid);
    await database.close();
  });

  test('a folder of root is refused to an ordinary user', async () => {
    const folder = await newFolder();
    const program = startProgram(folder, { uid: nobody.uid, gid: nobody.gid });
    expect(await program.told()).toMatchObject({ open: false, code: 'data_folder_unusable' });
  });

  test('a database of another user is refused, in a folder that anyone may write', async () => {
    const folder = await newFolder(0o777);
    await mkdir(path.join(folder, 'postgres'), { mode: 0o700 });
    await writeFile(path.join(folder, 'postgres', 'PG_VERSION'), '18\n');
    const program = startProgram(folder, { uid: nobody.uid, gid: nobody.gid });
    expect(await program.told()).toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining('belongs to another user'),
    });
  });
});
