/** Connections break and servers die under a running program, which goes on by itself. */

import { sql } from 'kysely';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { openJobs } from '../../src/storage/jobs.ts';
import type { Db } from '../../src/storage/tables.ts';
import { openTestDatabase } from '../support/database.ts';
import { silentLog } from '../support/parts.ts';
import { cleanUp, newFolder, open, serverPid, startProgram } from './program.ts';

afterAll(cleanUp);
afterEach(() => {
  vi.useRealTimers();
});

const patience = { timeout: 40_000, interval: 50 };

async function terminate(db: Db, pid: number): Promise<void> {
  await sql`select pg_terminate_backend(${pid})`.execute(db);
}

async function sleepers(db: Db): Promise<number> {
  const { rows } = await sql`select pid from pg_stat_activity
    where datname = current_database() and state = 'active' and query like '%pg_sleep(%'
      and pid <> pg_backend_pid()`.execute(db);
  return rows.length;
}

/** Server processes that hold an advisory lock of ours. */
async function holders(db: Db, lock: number): Promise<number[]> {
  const { rows } = await sql<{ pid: number }>`select pid from pg_locks
    where locktype = 'advisory' and objid = ${lock} and granted
      and database = (select oid from pg_database where datname = current_database())`.execute(db);
  return rows.map(({ pid }) => pid);
}

describe('with a server elsewhere', () => {
  test('a connection lost within a transaction fails that transaction only', async () => {
    const database = await openTestDatabase();
    const { db } = database;
    const lost = db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      const pid = rows[0]?.pid ?? expect.unreachable('no process');
      await terminate(db, pid);
      await vi.waitFor(async () => {
        const left = await sql`select 1 from pg_stat_activity where pid = ${pid}`.execute(db);
        expect(left.rows).toEqual([]);
      }, patience);
      await sql`select 1`.execute(tx);
    });
    await expect(lost).rejects.toThrow();
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    await database.drop();
  });

  test('the presence lock is shared again', async () => {
    const database = await openTestDatabase();
    const { db } = database;
    const [first] = await holders(db, 0x5257_0002);
    await terminate(db, first ?? expect.unreachable('no lock'));
    await vi.waitFor(async () => {
      const now = await holders(db, 0x5257_0002);
      expect(now).toHaveLength(1);
      expect(now).not.toEqual([first]);
    }, patience);
    await database.drop();
  });

  test('a query without an answer is given up after a minute, with its connection', async () => {
    const database = await openTestDatabase();
    const { db } = database;
    await sql`select 1`.execute(db);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const silent = sql`select pg_sleep(600)`.execute(db);
    const refused = expect(silent).rejects.toThrow('Query read timeout');
    await vi.waitUntil(() => vi.getTimerCount() > 0);
    await vi.advanceTimersByTimeAsync(60_000);
    await refused;
    vi.useRealTimers();
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    await vi.waitFor(async () => expect(await sleepers(db)).toBe(0), patience);
    await database.drop();
  });

  test('a transaction that we forget is ended by the server after a minute', async () => {
    const database = await openTestDatabase();
    const { rows } = await sql`show idle_in_transaction_session_timeout`.execute(database.db);
    expect(rows).toEqual([{ idle_in_transaction_session_timeout: '1min' }]);
    await database.drop();
  });
});

describe('the built-in server', () => {
  test.each([
    ['in its cluster', 'data'],
    ['in a folder elsewhere', 'x'.repeat(120)],
  ])('with its socket %s is started again when it is killed', async (_where, name) => {
    const folder = `${await newFolder()}/${name}`;
    const database = await open(folder);
    const { db, connection } = database;
    const jobs = await openJobs(connection, silentLog);
    const ran: number[] = [];
    await jobs.work('triage', 1, async ({ messageIds }) => void ran.push(...messageIds));
    const pid = serverPid(folder) ?? expect.unreachable('no server');
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect([pid, null]).not.toContain(serverPid(folder)), patience);
    await vi.waitFor(() => sql`select 1`.execute(db), patience);
    await db.transaction().execute((tx) => jobs.send(tx, 'triage', { messageIds: [1] }));
    await vi.waitFor(() => expect(ran).toEqual([1]), patience);
    await vi.waitFor(async () => expect(await holders(db, 0x5257_0001)).toHaveLength(1), patience);
    const second = startProgram(folder);
    expect(await second.told()).toMatchObject({ open: false, code: 'data_folder_locked' });
    await jobs.stop();
    await database.close();
    expect(serverPid(folder)).toBeNull();
  });

  test('is held again when only the connection that held it was lost', async () => {
    const folder = await newFolder();
    const database = await open(folder);
    const pid = serverPid(folder);
    const [first] = await holders(database.db, 0x5257_0001);
    await terminate(database.db, first ?? expect.unreachable('no lock'));
    await vi.waitFor(async () => {
      const now = await holders(database.db, 0x5257_0001);
      expect(now).toHaveLength(1);
      expect(now).not.toEqual([first]);
    }, patience);
    expect(serverPid(folder)).toBe(pid);
    await database.close();
    expect(serverPid(folder)).toBeNull();
  });

  test('that died just before the end does not keep a program from ending', async () => {
    const folder = await newFolder();
    const database = await open(folder);
    process.kill(serverPid(folder) ?? expect.unreachable('no server'), 'SIGKILL');
    await database.close();
    const again = await open(folder);
    expect((await sql`select 1 as one`.execute(again.db)).rows).toEqual([{ one: 1 }]);
    await again.close();
  });
});
