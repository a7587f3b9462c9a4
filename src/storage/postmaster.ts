/** What PostgreSQL's own `postmaster.pid` tells about the server on a cluster. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** The name of a server's socket in its folder: PostgreSQL forms it from the default port. */
export const socketName = '.s.PGSQL.5432';

function pidFile(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

/** The lines of the file (PostgreSQL, miscadmin.h: LOCK_FILE_LINE_*); none when there is no file. */
async function linesOf(cluster: string): Promise<string[]> {
  const text = await readFile(pidFile(cluster), 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.trim());
}

/** SSLRequest (PostgreSQL, protocol message formats): length 8, then its code. */
const question = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const longestSilenceMs = 2_000;

/**
 * True when a server answers on the socket. A connection alone proves nothing: the last processes
 * of a killed server hold its socket open, and nobody serves what connects to it.
 */
function answers(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const connection = createConnection(socket, () => connection.write(question));
  connection.setTimeout(longestSilenceMs, () => resolve(false));
  connection.on('data', () => resolve(true));
  for (const end of ['error', 'close']) connection.on(end, () => resolve(false));
  return promise.finally(() => connection.destroy());
}

/**
 * Socket folder of the server that runs on `cluster`, or null when none does.
 *
 * Whether it runs is asked of the socket: a process number may belong to another program by now,
 * or mean nothing here when the server runs in another container.
 */
export async function runningSocket(cluster: string): Promise<string | null> {
  const [, , , , folder, , , status] = await linesOf(cluster);
  if (!folder || status !== 'ready') return null;
  return (await answers(join(folder, socketName))) ? folder : null;
}

/** Process number of the server on the cluster, as text; undefined when there is none. */
export async function processNumber(cluster: string): Promise<string | undefined> {
  return (await linesOf(cluster))[0];
}

/** True when there is no such process any more, or nobody has waited for it yet. */
export async function hasEnded(pid: string): Promise<boolean> {
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)) === '';
}

/**
 * Waits until the server of that process number has left the cluster; one that was killed leaves
 * its number behind. `pg_ctl` would also wait for
 * the next one, which another program may start in the same moment.
 */
export async function waitForEnd(cluster: string, pid: string | undefined): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (pid && (await processNumber(cluster)) === pid && Date.now() < deadline) {
    if (await hasEnded(pid)) return;
    await setTimeout(20);
  }
}

/** A process number beyond what any system gives (Linux ends at 2^22). */
const nobodysPid = '999999999';

/**
 * Has PostgreSQL forget the process number of a server that was killed, when that number belongs
 * to another program by now, which PostgreSQL would take for its server and refuse to start. The
 * rest of `postmaster.pid` stays: by it PostgreSQL finds out whether processes of the killed
 * server still live. Where the system does not tell what a process is, nothing is changed.
 */
export async function forgetStranger(cluster: string): Promise<void> {
  const [pid, ...rest] = await linesOf(cluster);
  if (!pid || (await runningSocket(cluster)) !== null) return;
  // Empty for a process that has ended and that nobody has waited for.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  if (command === null || command.includes('postgres')) return;
  await writeFile(pidFile(cluster), [nobodysPid, ...rest].join('\n'));
  await rm(join(cluster, `${socketName}.lock`), { force: true });
}
