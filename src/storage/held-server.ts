/** The built-in server with its database and the lock on its folder, which make it this program's. */

import pg from 'pg';
import type { Log } from '../log.ts';
import { type EmbeddedServer, hasStopped, startEmbeddedServer } from './embedded.ts';
import { type Session, takeFolder } from './folder-lock.ts';

/** The name of our database on the built-in server. */
export const databaseName = 'replywright';

async function query<Row extends pg.QueryResultRow>(
  connection: pg.ClientConfig,
  work: (client: pg.Client) => Promise<pg.QueryResult<Row>>,
): Promise<Row[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await work(client)).rows;
  } finally {
    await client.end();
  }
}

async function createDatabase(server: pg.ClientConfig): Promise<void> {
  const admin = { ...server, database: 'postgres' };
  const found = await query(admin, (client) =>
    client.query('select 1 from pg_database where datname = $1', [databaseName]),
  );
  if (found.length > 0) return;
  await query(admin, (client) => client.query(`create database ${databaseName}`)).catch((error) => {
    // 42P04 duplicate_database, 23505 unique_violation: another program was first.
    if (error.code !== '42P04' && error.code !== '23505') throw error;
  });
}

export interface HeldServer {
  server: EmbeddedServer;
  session: Session;
}

/** As often as this we come upon a server that another program is stopping. */
const mostStops = 5;

/**
 * Starts or adopts the server and takes the folder. A server that we adopt may be stopped by its
 * program before the folder is ours; then there is none, and we start one.
 */
async function takeServer(folder: string, log: Log, host?: string): Promise<HeldServer> {
  for (let attempt = 1; ; attempt += 1) {
    const server = await startEmbeddedServer(folder, log, host);
    const base = { host: server.host, user: server.user };
    try {
      await createDatabase(base);
      const session = await takeFolder({ ...base, database: databaseName }, folder, log);
      return { server, session };
    } catch (error) {
      if (attempt === mostStops || !(await hasStopped(folder))) throw error;
    }
  }
}

/**
 * Takes the folder with a server that listens at `host`, where our connections look for the one
 * that was lost; anywhere when it is not given.
 */
export async function holdServer(folder: string, log: Log, host?: string): Promise<HeldServer> {
  const { server, session } = await takeServer(folder, log, host);
  if (host === undefined || server.host === host) return { server, session };
  // What some other program left listens where none of our connections would find it.
  await server.stop();
  await session.client.end();
  return await holdServer(folder, log, host);
}
