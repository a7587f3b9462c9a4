/** A database on a server of its own, for measurements that run without a test runner. */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '../../src/log.ts';
import { startEmbeddedServer } from '../../src/storage/embedded.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { createFrom, type TestDatabase, urlOf } from './database.ts';

/** Starts the server and opens a migrated database; `drop` ends and removes both. */
export async function openOwnDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'rw-own-'));
  // As root, the server's user must reach it.
  await chmod(folder, 0o755);
  const log = openLog('silent');
  const embedded = await startEmbeddedServer(folder, log);
  const server = { host: embedded.host, user: embedded.user, template: 'template1' };
  await createFrom(server, server.template, 'own');
  const url = urlOf(server, 'own');
  const database = await openDatabase({ databaseUrl: url, dataFolder: folder }, log, {
    start: true,
  });
  return {
    ...database,
    url,
    async drop() {
      await database.close();
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
