/** Before all tests: system packages, and a database server with a migrated template. */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openLog } from '../../src/log.ts';
import { startEmbeddedServer } from '../../src/storage/embedded.ts';
import { openJobs } from '../../src/storage/jobs.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { createFrom, type DatabaseServer, urlOf } from './database.ts';
import { prepareRequirements, printSkippedSummary } from './requirements.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseServer: DatabaseServer;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reports = await prepareRequirements();
  const folder = await mkdtemp(join(tmpdir(), 'rw-test-'));
  // As root, the server's user must reach it, or the cluster would be made outside and stay there.
  await chmod(folder, 0o755);
  const log = openLog('silent');
  const embedded = await startEmbeddedServer(folder, log);
  const server = { host: embedded.host, user: embedded.user, template: 'replywright_template' };
  await createFrom(server, 'template1', server.template);
  const url = urlOf(server, server.template);
  const database = await openDatabase({ databaseUrl: url, dataFolder: folder }, log, {
    start: true,
  });
  const jobs = await openJobs(database.connection, log);
  await jobs.stop();
  await database.close();
  project.provide('databaseServer', server);
  return async () => {
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
    printSkippedSummary(reports);
  };
}
