/** Opens the database: a server of the owner's by its address, or the built-in one. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { findEmbeddedServer } from './embedded.ts';
import { enter, type KeptSession, keepSession, lockHolder } from './folder-lock.ts';
import { databaseName, holdServer } from './held-server.ts';
import { migrate } from './migrate.ts';
import type { Db, Tables } from './tables.ts';

export interface DatabaseSettings {
  /** A PostgreSQL 15 or newer; null for the built-in server. */
  databaseUrl: string | null;
  /** Where the built-in server keeps its cluster. */
  dataFolder: string;
}

export interface Database {
  db: Db;
  /** What another connection of the same program needs: jobs and change events have their own. */
  connection: pg.ClientConfig;
  /** True when no other process was on this database at our start: what one left, it left for good. */
  alone: boolean;
  /** Ends the connections, and the built-in server if we are the one that runs it. */
  close(): Promise<void>;
}

/** int8 as a number: our counters stay far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
};

/** How long a server elsewhere may take for a query, or be kept in an open transaction by us. */
const limitMs = 60_000;

/**
 * Ends the connection when a query on it times out: pg would hand it, still waiting for that
 * answer, to the next one who asks.
 */
function endWithTimeout(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const watched = (...given: unknown[]) => {
    const result = query(...given);
    if (result instanceof Promise)
      result.catch((error) => {
        // pg has no code for it. The types know `end` of a lone client only.
        if (error.message === 'Query read timeout') void (client as unknown as pg.Client).end();
      });
    return result;
  };
  Object.assign(client, { query: watched });
}

/** @param limited true for a server elsewhere, which may go silent with the connection open. */
function openPool(connection: pg.ClientConfig, log: Log, { limited = false } = {}): Db {
  const limits: pg.PoolConfig = {
    query_timeout: limitMs,
    // By a query, not as the option of pg: a pooler like PgBouncer refuses it in the greeting.
    onConnect: async (client) => {
      await client.query(`set idle_in_transaction_session_timeout = ${limitMs}`);
    },
  };
  const pool = new pg.Pool({ ...connection, ...(limited ? limits : {}), types, max: 10 });
  pool.on('connect', (client) => {
    // A connection that breaks is replaced at the next query; unheard, it ends the process. The
    // pool itself listens only while the connection is idle.
    client.on('error', (error) => {
      // A server that we stop may be faster than the connections that we end before it.
      if (!pool.ending) log.warn('database_connection_lost', { error });
    });
    if (limited) endWithTimeout(client);
  });
  // The same losses once more, as the pool sees them.
  pool.on('error', () => {});
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** Opens a pool for the tables alone: a migration may take as long as it needs. */
async function migrateWithPatience(connection: pg.ClientConfig, log: Log): Promise<void> {
  const db = openPool(connection, log);
  await migrate(db).finally(() => db.destroy());
}

async function openOutside(databaseUrl: string, log: Log, start: boolean): Promise<Database> {
  const connection = {
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
    // Finds out about a server that went without a word while we wait for its events.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  const db = openPool(connection, log, { limited: true });
  let alone = false;
  let presence: KeptSession | null = null;
  const close = async () => {
    await db.destroy();
    await (await presence?.settle())?.end();
  };
  try {
    await sql`select 1`.execute(db);
    if (start) {
      await migrateWithPatience(connection, log);
      const present = await enter(connection, log);
      alone = present.alone;
      presence = keepSession(present, () => enter(connection, log), 'database_presence_lost', log);
    }
  } catch (error) {
    await close();
    if (error instanceof ReplywrightError) throw error;
    const detail = (error as Error).message || String((error as { code?: string }).code);
    throw new ReplywrightError('database_unreachable', { detail }, { cause: error });
  }
  return { db, connection, alone, close };
}

async function openStarted(folder: string, log: Log): Promise<Database> {
  const first = await holdServer(folder, log);
  let { server } = first;
  const { host, user } = server;
  const retake = async () => {
    const held = await holdServer(folder, log, host);
    server = held.server;
    return held.session;
  };
  const kept = keepSession(first.session, retake, 'data_folder_lost', log);
  const connection = { host, user, database: databaseName };
  const db = openPool(connection, log);
  const close = async () => {
    await db.destroy();
    const lock = await kept.settle();
    // Without the lock the server, if there is one, is another program's.
    if (lock === null) return;
    // The lock ends with the server: released before, it would let another program in, whose
    // server we would then stop.
    await server.stop().finally(() => lock.end());
  };
  try {
    await migrate(db);
  } catch (error) {
    await close();
    throw error;
  }
  return { db, connection, alone: true, close };
}

/**
 * Opens the database.
 *
 * With `start`, the built-in server is started when needed, held for this program alone until
 * `close`, and the tables are migrated. Without it, only a database that is already there is
 * opened, as it is: for commands beside a running program.
 *
 * @throws ReplywrightError `database_*`, `data_folder_locked`, `data_folder_unusable`, `disk_full`.
 */
export async function openDatabase(
  settings: DatabaseSettings,
  log: Log,
  { start }: { start: boolean },
): Promise<Database> {
  if (settings.databaseUrl !== null) return await openOutside(settings.databaseUrl, log, start);
  if (start) return await openStarted(settings.dataFolder, log);
  const server = await findEmbeddedServer(settings.dataFolder);
  if (server === null)
    throw new ReplywrightError('database_not_running', { folder: settings.dataFolder });
  const connection = { host: server.host, user: server.user, database: databaseName };
  const db = openPool(connection, log);
  return { db, connection, alone: false, close: () => db.destroy() };
}

/** True when the tables are there, whatever their version. */
async function hasTables({ db }: Database): Promise<boolean> {
  const found = await sql<{
    there: boolean;
  }>`select to_regclass('account') is not null as there`.execute(db);
  return found.rows[0]?.there ?? false;
}

/** Beside the program that runs; or as its own program when none does, holding the folder. */
async function openBuiltInForCommand(folder: string, log: Log): Promise<Database> {
  const settings = { databaseUrl: null, dataFolder: folder };
  const beside = await findEmbeddedServer(folder);
  if (beside !== null) return await openDatabase(settings, log, { start: false });
  try {
    return await openStarted(folder, log);
  } catch (error) {
    // Somebody started in the same moment: that one runs by now.
    if ((error as { code?: unknown }).code !== 'data_folder_locked') throw error;
    return await openDatabase(settings, log, { start: false });
  }
}

/**
 * Opens the database for one command, whether Replywright runs or not: beside the running one, or
 * else for itself. While it has the built-in database for itself, no program can start on it, so a
 * command opens it for as long as its work takes and asks its questions before.
 *
 * @param where `made` makes a database that is not there yet, `there` refuses.
 * @throws ReplywrightError `database_missing`, and as openDatabase does.
 */
export async function openForCommand(
  settings: DatabaseSettings,
  log: Log,
  where: 'made' | 'there',
): Promise<Database> {
  const { databaseUrl, dataFolder } = settings;
  if (databaseUrl === null) {
    if (where === 'there' && !existsSync(join(dataFolder, 'postgres')))
      throw new ReplywrightError('database_missing', { where: `in ${dataFolder}` });
    return await openBuiltInForCommand(dataFolder, log);
  }
  const database = await openOutside(databaseUrl, log, false);
  // What is there is left as it is: an older Replywright may be running on it.
  if (await hasTables(database)) return database;
  await database.close();
  if (where === 'there')
    throw new ReplywrightError('database_missing', { where: 'at DATABASE_URL' });
  return await openOutside(databaseUrl, log, true);
}

/** The process that runs on a data folder with the built-in database; null when that is not known. */
export async function folderHolder(dataFolder: string): Promise<number | null> {
  const server = await findEmbeddedServer(dataFolder);
  if (server === null) return null;
  const client = new pg.Client({ host: server.host, user: server.user, database: databaseName });
  try {
    await client.connect();
    return await lockHolder(client);
  } catch {
    // Another user's server lets nobody in; who asks has a good answer without the number.
    return null;
  } finally {
    await client.end();
  }
}
