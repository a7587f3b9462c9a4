/** The built-in server: one program, one server, one folder, whatever is killed and whenever. */

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ensureMailbox } from '../../src/storage/mailboxes.ts';
import type { Db } from '../../src/storage/tables.ts';
import {
  cleanUp,
  clusterOf,
  isRunning,
  kill,
  newFolder,
  open,
  serverPid,
  startProgram,
} from './program.ts';

afterAll(cleanUp);

async function mailboxNames(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('mailbox').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}

const mailbox = (name: string) => ({ name, address: `${name}@shop.example`, source: name });

describe('a data folder', () => {
  test('is made at first, kept by a stop and found again', async () => {
    const folder = path.join(await newFolder(), 'new', 'data');
    const first = await open(folder);
    await ensureMailbox(first.db, mailbox('one'));
    const pid = serverPid(folder) ?? expect.unreachable('no server');
    await first.close();
    expect(serverPid(folder)).toBeNull();
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
    const second = await open(folder);
    expect(await mailboxNames(second.db)).toEqual(['one']);
    await second.close();
    expect(readdirSync(folder)).toEqual(['postgres']);
  });

  test.each([
    ['a very long name', 'x'.repeat(120)],
    ['spaces, quotes and commas', `it's "a, b" \\ c`],
  ])('may have %s', async (_what, name) => {
    const folder = path.join(await newFolder(), name);
    const database = await open(folder);
    const { host } = database.connection;
    expect(await mailboxNames(database.db)).toEqual([]);
    const beside = await open(folder, false);
    expect(await mailboxNames(beside.db)).toEqual([]);
    await beside.close();
    await database.close();
    // The socket had to go elsewhere; nothing of it stays.
    expect(existsSync(String(host))).toBe(host === clusterOf(folder));
  });

  test('of another version of PostgreSQL is left alone', async () => {
    const folder = await newFolder();
    await (await open(folder)).close();
    await writeFile(path.join(folder, 'postgres', 'PG_VERSION'), '17\n');
    await expect(open(folder)).rejects.toMatchObject({
      code: 'database_version',
      message: expect.stringContaining('written by PostgreSQL 17; this program brings 18'),
    });
  });

  test.each(['the folder', 'a folder above it'])('that has a file in place of %s', async (what) => {
    const file = path.join(await newFolder(), 'file');
    await writeFile(file, '');
    const folder = what === 'the folder' ? file : path.join(file, 'data');
    await expect(open(folder)).rejects.toMatchObject({ code: 'data_folder_unusable' });
  });

  test('whose server cannot start says so', async () => {
    const folder = await newFolder();
    await (await open(folder)).close();
    await writeFile(path.join(folder, 'postgres', 'postgresql.conf'), 'nonsense = 1\n');
    await expect(open(folder)).rejects.toMatchObject({
      code: 'database_server_failed',
      mend: expect.stringContaining('startup.log'),
    });
  });

  test('where nothing runs has no database for a command', async () => {
    const folder = await newFolder();
    await expect(open(folder, false)).rejects.toMatchObject({ code: 'database_not_running' });
    await (await open(folder)).close();
    await expect(open(folder, false)).rejects.toMatchObject({ code: 'database_not_running' });
  });
});

describe('the server', () => {
  test('listens on no port', async () => {
    const folder = await newFolder();
    const database = await open(folder);
    const { rows } = await sql`show listen_addresses`.execute(database.db);
    expect(rows).toEqual([{ listen_addresses: '' }]);
    const proc = `/proc/${serverPid(folder)}`;
    const sockets = readdirSync(`${proc}/fd`)
      .map((fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`${proc}/fd/${fd}`))?.[1])
      .filter((inode) => inode !== undefined);
    const tcp = ['tcp', 'tcp6'].flatMap((name) =>
      readFileSync(`${proc}/net/${name}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/)[9]),
    );
    expect(sockets.length).toBeGreaterThan(0);
    expect(tcp.filter((inode) => sockets.includes(inode ?? ''))).toEqual([]);
    await database.close();
  });

  test('logs nothing of what customers wrote', async () => {
    const folder = await newFolder();
    const database = await open(folder);
    const secret = 'my card is 4111';
    await expect(sql`select ${secret}::int`.execute(database.db)).rejects.toThrow();
    await expect(
      sql`insert into mailbox (name, address) values (${secret}, null)`.execute(database.db),
    ).rejects.toThrow();
    await database.close();
    const logs = path.join(folder, 'postgres', 'log');
    const written = readdirSync(logs).map((name) => readFileSync(path.join(logs, name), 'utf8'));
    expect(written.join('')).toMatch(/database system is shut down/);
    expect(written.join('')).not.toContain('4111');
  });

  test('that a killed program left behind is adopted, and stopped in the end', async () => {
    const folder = await newFolder();
    const { child, told } = startProgram(folder);
    expect(await told()).toEqual({ open: true });
    const pid = serverPid(folder) ?? expect.unreachable('no server');
    await kill(child);
    expect(isRunning(pid)).toBe(true);
    const database = await open(folder);
    expect(serverPid(folder)).toBe(pid);
    expect(await mailboxNames(database.db)).toEqual([]);
    await database.close();
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
  });

  test('that was killed itself is started again', async () => {
    const folder = await newFolder();
    const { child, told } = startProgram(folder);
    expect(await told()).toEqual({ open: true });
    const pid = serverPid(folder) ?? expect.unreachable('no server');
    await kill(child);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 });
    const database = await open(folder);
    expect(await mailboxNames(database.db)).toEqual([]);
    await database.close();
  });

  test('whose number another program has by now is not mistaken for it', async () => {
    const folder = await newFolder();
    const { child, told } = startProgram(folder);
    expect(await told()).toEqual({ open: true });
    const pid = serverPid(folder) ?? expect.unreachable('no server');
    await kill(child);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 });
    // As after a power cut: the file is there, and its number is that of some other process.
    const file = path.join(clusterOf(folder), 'postmaster.pid');
    const lines = readFileSync(file, 'utf8').split('\n');
    const other = spawn('sleep', ['60']);
    await writeFile(file, [String(other.pid), ...lines.slice(1)].join('\n'));
    const database = await open(folder);
    expect(await mailboxNames(database.db)).toEqual([]);
    await database.close();
    expect(isRunning(other.pid ?? 0)).toBe(true);
    other.kill();
  });
});

describe('a second program', () => {
  test('is refused and told which one runs, which goes on undisturbed', async () => {
    const folder = await newFolder();
    const first = startProgram(folder);
    expect(await first.told()).toEqual({ open: true });
    await expect(open(folder)).rejects.toMatchObject({
      code: 'data_folder_locked',
      message: `Another Replywright (process ${first.pid}) is running on ${folder}.`,
    });
    const beside = await open(folder, false);
    expect(await mailboxNames(beside.db)).toEqual([]);
    await beside.close();
    first.child.stdin?.write('close\n');
    expect(await first.told()).toEqual({ closed: true });
    expect(serverPid(folder)).toBeNull();
  });

  test('in the same process is refused too', async () => {
    const folder = await newFolder();
    const first = await open(folder);
    await expect(open(folder)).rejects.toMatchObject({ code: 'data_folder_locked' });
    await first.close();
    await (await open(folder)).close();
  });

  test('at the same moment on an empty folder: one wins, and the cluster is whole', async () => {
    for (let round = 0; round < 2; round += 1) {
      const folder = await newFolder();
      const three = [startProgram(folder), startProgram(folder), startProgram(folder)];
      const lines = await Promise.all(three.map(({ told }) => told()));
      const winner = three.find((_, at) => lines[at]?.open) ?? expect.unreachable('no winner');
      const locked = { open: false, code: 'data_folder_locked' };
      expect(lines.filter((line) => !line.open)).toMatchObject([locked, locked]);
      expect(lines.find(({ code }) => code)?.message).toContain(`(process ${winner.pid})`);
      const beside = await open(folder, false);
      await ensureMailbox(beside.db, mailbox('two'));
      await beside.close();
      winner.child.stdin?.write('close\n');
      expect(await winner.told()).toEqual({ closed: true });
      const again = await open(folder);
      expect(await mailboxNames(again.db)).toEqual(['two']);
      await again.close();
    }
  });

  test('that starts while the first one stops is refused or follows it', async () => {
    const folder = await newFolder();
    let first = startProgram(folder);
    expect(await first.told()).toEqual({ open: true });
    for (let round = 0; round < 5; round += 1) {
      first.child.stdin?.write('close\n');
      const stopping = first.told();
      let next = startProgram(folder);
      let line = await next.told();
      expect(await stopping).toEqual({ closed: true });
      if (!line.open) {
        expect(line.code).toBe('data_folder_locked');
        next = startProgram(folder);
        line = await next.told();
      }
      expect(line).toEqual({ open: true });
      const beside = await open(folder, false);
      expect(await mailboxNames(beside.db)).toEqual([]);
      await beside.close();
      first = next;
    }
  });
});

test('a program killed while it makes the cluster leaves a folder that starts', async () => {
  const folder = await newFolder();
  const { child } = startProgram(folder);
  await vi.waitFor(
    () => expect(readdirSync(folder).some((name) => name.startsWith('initdb-'))).toBe(true),
    { timeout: 20_000, interval: 2 },
  );
  await kill(child, true);
  expect(existsSync(path.join(folder, 'postgres'))).toBe(false);
  const database = await open(folder);
  expect(await mailboxNames(database.db)).toEqual([]);
  await database.close();
});

test('a folder with the remains of some other attempt is not overwritten', async () => {
  const folder = await newFolder();
  const remains = path.join(folder, 'postgres', 'base');
  await mkdir(remains, { recursive: true });
  await expect(open(folder)).rejects.toMatchObject({ code: 'data_folder_foreign' });
  expect(existsSync(remains)).toBe(true);
  await rm(path.join(folder, 'postgres'), { recursive: true });
  await (await open(folder)).close();
});
