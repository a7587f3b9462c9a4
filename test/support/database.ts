/** A database of its own for each test file, cloned from a migrated template. */

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openLog } from '../../src/log.ts';
import { type Database, openDatabase } from '../../src/storage/open.ts';

export interface DatabaseServer {
  /** Folder of the Unix socket. */
  host: string;
  user: string;
  template: string;
}

/** The connection address of a database on the server. */
export function urlOf(server: DatabaseServer, name: string): string {
  return `postgres://${server.user}@localhost/${name}?host=${encodeURIComponent(server.host)}`;
}

async function administrate(server: DatabaseServer, statement: string): Promise<void> {
  const client = new pg.Client({ host: server.host, user: server.user, database: 'postgres' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Creates a database as a copy of another that nobody is connected to. */
export async function createFrom(
  server: DatabaseServer,
  template: string,
  name: string,
): Promise<void> {
  await administrate(server, `create database ${name} template ${template}`);
}

/** A fresh database with its address; `drop` closes and removes it. */
export type TestDatabase = Database & { url: string; drop(): Promise<void> };

/** Opens a fresh database on the server of this test run. */
export async function openTestDatabase(): Promise<TestDatabase> {
  // Only here: measurements open houses on other servers, without a test runner around them.
  const { inject } = await import('vitest');
  const server = inject('databaseServer');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await createFrom(server, server.template, name);
  const url = urlOf(server, name);
  const log = openLog('silent');
  const database = await openDatabase({ databaseUrl: url, dataFolder: '' }, log, { start: true });
  return {
    ...database,
    url,
    async drop() {
      await database.close();
      await administrate(server, `drop database ${name} with (force)`);
    },
  };
}
