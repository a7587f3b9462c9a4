/** A worker that takes one job and never ends it; `jobs.test.ts` kills it. Argument: the database. */

import { openLog } from '../../src/log.ts';
import { openJobs } from '../../src/storage/jobs.ts';

const jobs = await openJobs({ connectionString: process.argv[2] ?? '' }, openLog('silent'));
await jobs.work('triage', 1, async ({ messageIds }) => {
  process.stdout.write(`took ${messageIds}\n`);
  await new Promise(() => {});
});
