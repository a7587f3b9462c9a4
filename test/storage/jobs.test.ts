/** Jobs: enqueued by a commit only, run again after a failure, a death or a wait. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type JobData, type JobName, type Jobs, openJobs } from '../../src/storage/jobs.ts';
import { openTestDatabase } from '../support/database.ts';
import { silentLog, takeJobs, waitingJobs } from '../support/parts.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let jobs: Jobs;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  jobs = await openJobs(database.connection, silentLog);
});
afterEach(async () => {
  await jobs.stop();
});
afterAll(async () => {
  await database.drop();
});

function send<Name extends JobName>(name: Name, data: JobData[Name], after?: Date): Promise<void> {
  return database.db.transaction().execute((tx) => jobs.send(tx, name, data, after));
}

test('a job runs after the commit that sent it', async () => {
  const ran: number[] = [];
  await jobs.work('triage', 1, async ({ messageIds }) => void ran.push(...messageIds));
  await database.db.transaction().execute(async (tx) => {
    await jobs.send(tx, 'triage', { messageIds: [1] });
    // What another transaction sends meanwhile runs; ours does not.
    await send('triage', { messageIds: [2] });
    await vi.waitFor(() => expect(ran).toEqual([2]), { timeout: 20_000 });
  });
  await vi.waitFor(() => expect(ran).toEqual([2, 1]), { timeout: 20_000 });
});

test('a rollback sends nothing', async () => {
  const failing = database.db.transaction().execute(async (tx) => {
    await jobs.send(tx, 'triage', { messageIds: [3] });
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await waitingJobs(database.db, 'triage')).toEqual([]);
});

test('a job whose handler throws runs again, and no other waits for it', async () => {
  const ran: [deliveryId: number, tries: number][] = [];
  await jobs.work('learn', 1, async ({ deliveryId }, _signal, tries) => {
    ran.push([deliveryId, tries]);
    if (ran.length === 1) throw new Error('not now');
  });
  await send('learn', { deliveryId: 4 });
  await send('learn', { deliveryId: 5 });
  const expected = [
    [4, 1],
    [5, 1],
    [4, 2],
  ];
  await vi.waitFor(() => expect(ran).toEqual(expected), { timeout: 30_000 });
});

test('a job that is to wait does not run before its time', async () => {
  const ran = new Map<number, Date>();
  const after = new Date(Date.now() + 2_000);
  await send('deliver', { deliveryId: 6 }, after);
  await send('deliver', { deliveryId: 7 }, new Date(Date.now() + 3_600_000));
  await jobs.work('deliver', 1, async ({ deliveryId }) => void ran.set(deliveryId, new Date()));
  await send('deliver', { deliveryId: 8 });
  await vi.waitFor(() => expect([...ran.keys()]).toEqual([8, 6]), { timeout: 30_000 });
  expect(ran.get(6)?.getTime()).toBeGreaterThanOrEqual(after.getTime());
  const waiting = await takeJobs(database.db, 'deliver');
  expect(waiting.map(({ data }) => data)).toEqual([{ deliveryId: 7 }]);
});

test('many jobs run once each, several at a time', async () => {
  const ran: number[] = [];
  let most = 0;
  let now = 0;
  const gate = Promise.withResolvers<void>();
  await jobs.work('sent_copy', 4, async ({ deliveryId }) => {
    now += 1;
    most = Math.max(most, now);
    if (most === 4) gate.resolve();
    await gate.promise;
    ran.push(deliveryId);
    now -= 1;
  });
  const ids = Array.from({ length: 40 }, (_, id) => id);
  for (const deliveryId of ids) await send('sent_copy', { deliveryId });
  await vi.waitFor(() => expect(ran).toHaveLength(40), { timeout: 40_000 });
  expect(ran.sort((a, b) => a - b)).toEqual(ids);
  expect(most).toBe(4);
});

test('stopping waits for the job under way', async () => {
  const other = await openJobs(database.connection, silentLog);
  const began = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  let ended = false;
  await other.work('learn', 1, async () => {
    began.resolve();
    await end.promise;
    ended = true;
  });
  await send('learn', { deliveryId: 9 });
  await began.promise;
  const stopped = other.stop();
  end.resolve();
  await stopped;
  expect(ended).toBe(true);
});

test('the job of a worker that was killed is taken up by another', async () => {
  const script = path.join(import.meta.dirname, 'jobs-child.ts');
  const child = spawn(process.execPath, [script, database.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await send('triage', { messageIds: [10] });
    const [line] = await once(child.stdout, 'data');
    expect(String(line)).toBe('took 10\n');
    const ran: number[] = [];
    await jobs.work('triage', 1, async ({ messageIds }) => void ran.push(...messageIds));
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(ran).toEqual([10]), { timeout: 55_000, interval: 100 });
  } finally {
    child.kill('SIGKILL');
  }
});
