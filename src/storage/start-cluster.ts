/** Starts a server on a cluster that others may be starting or stopping in the same moment. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { runningSocket } from './postmaster.ts';
import type { ServiceUser } from './service-user.ts';

const run = promisify(execFile);

/** Runs one of the server's programs as the service user, in a folder that user may stand in. */
export async function execute(
  binaries: Binaries,
  user: ServiceUser | null,
  program: string,
  args: string[],
  cwd = '/',
) {
  const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
  return await run(join(binaries.folder, 'bin', program), args, {
    ...identity,
    cwd,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    timeout: 120_000,
  });
}

function settings(socket: string): string {
  const values = {
    listen_addresses: '',
    unix_socket_directories: socket,
    unix_socket_permissions: '0700',
    logging_collector: 'on',
    log_filename: 'server-%a.log',
    log_truncate_on_rotation: 'on',
    log_rotation_age: '1d',
    log_checkpoints: 'off',
    // The data lies in memory or on a solid-state disk; the default of 4 is for spinning ones, and
    // has whole tables read where an index is near.
    random_page_cost: '1.1',
    // What customers write must not reach a log: no statements, no details, and no errors, which
    // quote values. Our own log names each error by its code.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    // A killed program must not hold locks until its statement happens to end. Linux only.
    ...(process.platform === 'linux' ? { client_connection_check_interval: '2s' } : {}),
  };
  return Object.entries(values)
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(' ');
}

/** As often as this a start is refused on account of another server before we give up. */
const mostAttempts = 20;

/**
 * Starts the server and returns its socket folder. When another program is starting it in the same
 * moment, PostgreSQL refuses us, and we wait for that one instead; when another one is stopping,
 * or the last processes of a killed server are ending, we try again after that.
 *
 * @throws what `pg_ctl` said, when the start failed twice with no other server about: a server that
 *   refused us the first time may have gone before we looked for it.
 */
export async function startCluster(
  binaries: Binaries,
  user: ServiceUser | null,
  cluster: string,
  host: string,
): Promise<string> {
  // The paths go through a shell, which must find nothing to interpret: they are relative.
  const options = ['-D', '.', '-s', '-w', '-t', '60', '-l', 'startup.log', '-o', settings(host)];
  let failuresAlone = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await execute(binaries, user, 'pg_ctl', [...options, 'start'], cluster);
      return host;
    } catch (error) {
      const socket = await runningSocket(cluster);
      if (socket !== null) return socket;
      failuresAlone = existsSync(join(cluster, 'postmaster.pid')) ? 0 : failuresAlone + 1;
      if (attempt === mostAttempts || failuresAlone === 2) throw error;
      await setTimeout(failuresAlone === 0 ? 500 : 0);
    }
  }
}
