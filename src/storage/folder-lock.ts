/** The locks that tell programs of each other: each lives as long as the session that took it. */

import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';

/** The advisory lock that the one program holding a data folder keeps: "replywright" in spirit. */
const folderLock = 0x5257_0001;

/** The advisory lock that every process on a database shares. */
const presenceLock = 0x5257_0002;

/** A connection that holds a lock. */
export interface Session {
  client: pg.Client;
  /** Resolves when the connection, and with it the lock, is gone. */
  ended: Promise<void>;
}

export interface KeptSession {
  /** Takes no other session from now on; the client of the present one, null when it is lost. */
  settle(): Promise<pg.Client | null>;
}

/** The process that holds the folder, as it named its connection; null when it has gone. */
export async function lockHolder(client: pg.Client): Promise<number | null> {
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

async function openSession(
  connection: pg.ClientConfig,
  log: Log,
  take: (client: pg.Client) => Promise<void>,
): Promise<Session> {
  const client = new pg.Client({ ...connection, application_name: `replywright ${process.pid}` });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  // From the beginning on, so that no end goes unheard.
  client.once('end', resolve);
  // Whoever keeps the session tells of its end, unless that was wanted: so the cause is a detail.
  client.on('error', (error) => log.debug('session_lost', { error }));
  try {
    await client.connect();
    await take(client);
  } catch (error) {
    await client.end();
    throw error;
  }
  return { client, ended };
}

/**
 * Takes the folder for this program, until the connection ends. A session's lock dies with its
 * connection, so a killed program leaves nothing behind.
 *
 * @throws ReplywrightError `data_folder_locked`.
 */
export async function takeFolder(
  connection: pg.ClientConfig,
  folder: string,
  log: Log,
): Promise<Session> {
  return await openSession(connection, log, (client) => takeLock(client, folder));
}

/** Shares the presence lock from now on; `alone` when nobody else did until now. */
export async function enter(
  connection: pg.ClientConfig,
  log: Log,
): Promise<Session & { alone: boolean }> {
  let alone = false;
  const session = await openSession(connection, log, async (client) => {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as alone', [presenceLock]);
    alone = rows[0].alone;
    await client.query('select pg_advisory_lock_shared($1)', [presenceLock]);
    if (alone) await client.query('select pg_advisory_unlock($1)', [presenceLock]);
  });
  return { ...session, alone };
}

const firstWaitMs = 200;
const longestWaitMs = 5_000;

/**
 * Watches over a session: whenever it ends, `retake` is tried, ever more slowly, until it gives
 * another. Each loss and each failed attempt is logged as `event`.
 */
export function keepSession(
  first: Session,
  retake: () => Promise<Session>,
  event: string,
  log: Log,
): KeptSession {
  const closing = new AbortController();
  let session: Session | null = null;
  let retaking: Promise<void> | null = null;

  const tryUntilHeld = async () => {
    for (let wait = firstWaitMs; ; wait = Math.min(wait * 2, longestWaitMs)) {
      await setTimeout(wait, null, { signal: closing.signal }).catch(() => {});
      if (closing.signal.aborted) return;
      try {
        hold(await retake());
        return;
      } catch (error) {
        log.error(event, { error });
      }
    }
  };
  const hold = (taken: Session) => {
    session = taken;
    void taken.ended.then(() => {
      session = null;
      if (closing.signal.aborted) return;
      log.error(event);
      retaking = tryUntilHeld();
    });
  };

  hold(first);
  return {
    async settle() {
      closing.abort();
      await retaking;
      return session?.client ?? null;
    },
  };
}
