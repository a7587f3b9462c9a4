/** Opens the database: a server of the owner's by its address, or the built-in one. */

import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { type EmbeddedServer, findEmbeddedServer, startEmbeddedServer } from './embedded.ts';
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

const databaseName = 'replywright';

/** The advisory lock that the one program holding a data folder keeps: "replywright" in spirit. */
const folderLock = 0x5257_0001;

/** The advisory lock that every process on a database shares. */
const presenceLock = 0x5257_0002;

/** int8 as a number: our counters stay far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
};

function openPool(connection: pg.ClientConfig, log: Log): Db {
  const pool = new pg.Pool({ ...connection, types, max: 10 });
  // An idle connection that breaks is replaced at the next query; unheard, it ends the process.
  pool.on('error', (error) => log.warn('database_connection_lost', { error }));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

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

/** The process that holds the folder, as it named its connection; null when it has gone. */
async function lockHolder(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query(
    `select activity.application_name as name from pg_locks
      join pg_stat_activity activity using (pid)
      where locktype = 'advisory' and objid = $1 and granted`,
    [folderLock],
  );
  return rows.length === 0 ? null : Number(/(\d+)$/.exec(rows[0].name)?.[1] ?? 0);
}

function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** How long the server may need to notice that the program which held the folder is gone. */
const noticeSeconds = 3;

async function takeLock(client: pg.Client, folder: string): Promise<void> {
  const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [folderLock]);
  if (rows[0].taken) return;
  const pid = (await lockHolder(client)) ?? 0;
  const locked = new ReplywrightError('data_folder_locked', { pid, folder });
  // A process of our own number may be our former life: containers count from 1 at every start.
  if (pid !== process.pid && isAlive(pid)) throw locked;
  await client.query(`set lock_timeout = '${noticeSeconds}s'`);
  await client.query('select pg_advisory_lock($1)', [folderLock]).catch((error) => {
    // 55P03 lock_not_available
    throw error.code === '55P03' ? locked : error;
  });
}

/**
 * Takes the folder for this program, until the connection ends. A session's lock dies with its
 * connection, so a killed program leaves nothing behind.
 */
async function takeFolder(
  connection: pg.ClientConfig,
  folder: string,
  log: Log,
): Promise<pg.Client> {
  const client = new pg.Client({
    ...connection,
    application_name: `replywright ${process.pid}`,
  });
  client.on('error', (error) => log.warn('database_connection_lost', { error }));
  await client.connect();
  try {
    await takeLock(client, folder);
  } catch (error) {
    await client.end();
    throw error;
  }
  return client;
}

/** Shares the presence lock from now on; true when nobody else did until now. */
async function enter(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select pg_try_advisory_lock($1) as alone', [presenceLock]);
  await client.query('select pg_advisory_lock_shared($1)', [presenceLock]);
  if (rows[0].alone) await client.query('select pg_advisory_unlock($1)', [presenceLock]);
  return rows[0].alone;
}

async function openOutside(databaseUrl: string, log: Log, start: boolean): Promise<Database> {
  const connection = { connectionString: databaseUrl, connectionTimeoutMillis: 10_000 };
  const db = openPool(connection, log);
  const presence = new pg.Client({ ...connection, application_name: `replywright ${process.pid}` });
  presence.on('error', (error) => log.warn('database_connection_lost', { error }));
  const close = async () => {
    await db.destroy();
    if (start) await presence.end();
  };
  let alone = false;
  try {
    await sql`select 1`.execute(db);
    if (start) {
      await migrate(db);
      await presence.connect();
      alone = await enter(presence);
    }
  } catch (error) {
    await close();
    if (error instanceof ReplywrightError) throw error;
    const detail = (error as Error).message || String((error as { code?: string }).code);
    throw new ReplywrightError('database_unreachable', { detail }, { cause: error });
  }
  return { db, connection, alone, close };
}

async function openStarted(server: EmbeddedServer, folder: string, log: Log): Promise<Database> {
  const base = { host: server.host, user: server.user };
  await createDatabase(base);
  const connection = { ...base, database: databaseName };
  const lock = await takeFolder(connection, folder, log);
  const db = openPool(connection, log);
  const close = async () => {
    await db.destroy();
    // The lock ends with the server: released before, it would let another program in, whose
    // server we would then stop.
    await server.stop();
    await lock.end();
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
 * @throws ReplywrightError `database_*`, `data_folder_locked`, `folder_unreadable`, `disk_full`.
 */
export async function openDatabase(
  settings: DatabaseSettings,
  log: Log,
  { start }: { start: boolean },
): Promise<Database> {
  if (settings.databaseUrl !== null) return await openOutside(settings.databaseUrl, log, start);
  if (start) {
    const server = await startEmbeddedServer(settings.dataFolder, log);
    return await openStarted(server, settings.dataFolder, log);
  }
  const server = await findEmbeddedServer(settings.dataFolder);
  if (server === null)
    throw new ReplywrightError('database_not_running', { folder: settings.dataFolder });
  const connection = { host: server.host, user: server.user, database: databaseName };
  const db = openPool(connection, log);
  return { db, connection, alone: false, close: () => db.destroy() };
}
