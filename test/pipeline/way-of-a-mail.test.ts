/** The whole pipeline on a real database, step by step, with a responder and transport of our own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLog } from '../../src/log.ts';
import { openJobs } from '../../src/storage/jobs.ts';
import { openTestDatabase } from '../support/database.ts';

const log = openLog('silent');
let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  await database.drop();
});

test('a job that is sent in a transaction runs after its commit', async () => {
  const jobs = await openJobs(database.connection, log);
  const { promise, resolve } = Promise.withResolvers<number>();
  await jobs.work('triage', 1, async ({ messageId }) => resolve(messageId));
  await database.db.transaction().execute((tx) => jobs.send(tx, 'triage', { messageId: 7 }));
  expect(await promise).toBe(7);
  await jobs.stop();
});
