/**
 * The built-in PostgreSQL server: one private cluster in the data folder, on a Unix socket only.
 *
 * Safe against a kill at any line: `initdb` works in a folder of its own that is renamed (or
 * linked) into place when complete; PostgreSQL's own `postmaster.pid` keeps a second server off
 * the cluster; a server that a killed program left behind is adopted.
 */

import { existsSync, readFileSync } from 'node:fs';
import {
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { type Binaries, reachableBinaries, rootFolder } from './binaries.ts';
import { openDataFolder, refuseLostCluster } from './data-folder.ts';
import {
  forgetStranger,
  hasEnded,
  processNumber,
  runningSocket,
  socketName,
  waitForEnd,
} from './postmaster.ts';
import { canReach, ownerOf, type ServiceUser, serviceUser } from './service-user.ts';
import { execute, startCluster } from './start-cluster.ts';

/** A Unix socket's path has room for 107 bytes on Linux and 103 on macOS (sun_path). */
const longestSocketFolder = 103 - `/${socketName}`.length;

/** What a connection to the server needs. */
export interface EmbeddedServer {
  /** Folder of the Unix socket. */
  host: string;
  user: string;
  stop(): Promise<void>;
}

function majorOf(cluster: string): string {
  return readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
}

/** Removes what an `initdb` left that was killed long enough ago to be surely dead. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    const isOld = async () => Date.now() - (await stat(folder)).mtimeMs > 3_600_000;
    if (name.startsWith('initdb-') && (await isOld())) await rm(folder, { recursive: true });
  }
}

async function createCluster(
  cluster: string,
  binaries: Binaries,
  user: ServiceUser | null,
): Promise<void> {
  const elsewhere = user !== null && !canReach(user, cluster);
  const parent = elsewhere ? rootFolder : dirname(cluster);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  await removeAbandoned(parent);
  const partial = await mkdtemp(join(parent, 'initdb-'));
  const home = elsewhere ? partial.replace('initdb-', 'cluster-') : cluster;
  if (user !== null) await chown(partial, user.uid, user.gid);
  try {
    await execute(binaries, user, 'initdb', [
      ...['-D', partial, '-U', 'replywright', '-A', 'trust', '-E', 'UTF8'],
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    ]);
    await rename(partial, home);
    if (elsewhere) await symlink(home, cluster);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (elsewhere) await rm(home, { recursive: true, force: true });
    // Another program may have been first; its cluster is as good as ours.
    if (!existsSync(join(cluster, 'PG_VERSION'))) throw error;
  }
}

/** Makes a socket folder once more, unless it is still there and the server's own. */
async function renewFolder(folder: string, user: ServiceUser | null): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error) => {
    const owner = user?.uid ?? process.getuid?.();
    if (error.code !== 'EEXIST' || ownerOf(folder).uid !== owner) throw error;
  });
}

/** The folder of the socket: `last`, or the cluster itself, or one whose path the server can take. */
async function socketFolder(
  cluster: string,
  user: ServiceUser | null,
  last: string | undefined,
): Promise<string> {
  if (last === cluster) return cluster;
  // A comma parts two folders in the setting, quotes have a meaning there and in pg_ctl's shell.
  const plain = !/[,'"]/.test(cluster);
  if (last === undefined && plain && Buffer.byteLength(cluster) <= longestSocketFolder)
    return cluster;
  const folder = last ?? (await mkdtemp(join(tmpdir(), 'rw-')));
  if (last !== undefined) await renewFolder(last, user);
  if (user !== null) await chown(folder, user.uid, user.gid);
  return folder;
}

async function startOn(
  binaries: Binaries,
  user: ServiceUser | null,
  cluster: string,
  lastHost: string | undefined,
): Promise<string> {
  await forgetStranger(cluster);
  const host = await socketFolder(cluster, user, lastHost);
  const found = await startCluster(binaries, user, cluster, host).catch(async (error) => {
    if (host !== cluster) await rm(host, { recursive: true });
    throw error;
  });
  if (found !== host && host !== cluster) await rm(host, { recursive: true });
  return found;
}

/** Who runs a cluster when we are root: its owner; what root itself made or copied is given away. */
async function userOf(cluster: string, wanted: ServiceUser): Promise<ServiceUser> {
  const owner = ownerOf(cluster);
  if (owner.uid !== 0) return owner;
  const inside = await readdir(cluster, { recursive: true });
  for (const path of ['.', ...inside]) await lchown(join(cluster, path), wanted.uid, wanted.gid);
  return wanted;
}

function startFailure(error: unknown, cluster: string): ReplywrightError {
  const known = asReplywrightError(error);
  if (known.code !== 'unexpected') return known;
  const output = String((error as { stderr?: unknown }).stderr ?? '').trim();
  const detail = output.split('\n')[0] || known.message;
  // pg_ctl makes it when it gets as far as starting a server.
  const look = existsSync(join(cluster, 'startup.log'))
    ? 'Look into startup.log and log/ in that folder for the reason, or set'
    : 'Mend that, or set';
  return new ReplywrightError(
    'database_server_failed',
    {
      detail: detail.replace(/\.$/, ''),
      folder: cluster,
      hint: `${look} DATABASE_URL to a server of your own.`,
    },
    { cause: error },
  );
}

/**
 * Connects to the server that runs on the data folder, without starting one.
 *
 * @returns null when none runs.
 */
export async function findEmbeddedServer(dataFolder: string): Promise<EmbeddedServer | null> {
  const cluster = join(resolve(dataFolder), 'postgres');
  const host = await runningSocket(cluster);
  return host === null ? null : { host, user: 'replywright', stop: async () => {} };
}

/** True when no server accepts connections on the data folder: it is stopping, or has stopped. */
export async function hasStopped(dataFolder: string): Promise<boolean> {
  return (await runningSocket(join(resolve(dataFolder), 'postgres'))) === null;
}

/**
 * Starts the server on the data folder, creating the cluster at first, or adopts one that runs.
 *
 * @param lastHost where the socket was, for a server that is started again: connections look there.
 * @throws ReplywrightError `database_platform`, `database_version`, `database_server_failed`,
 *   `data_folder_foreign`, `data_folder_unusable`, `disk_full`.
 */
export async function startEmbeddedServer(
  dataFolder: string,
  log: Log,
  lastHost?: string,
): Promise<EmbeddedServer> {
  const folder = resolve(dataFolder);
  await openDataFolder(folder);
  const link = join(folder, 'postgres');
  const wanted = serviceUser();
  try {
    const binaries = await reachableBinaries(wanted);
    await refuseLostCluster(link);
    if (!existsSync(join(link, 'PG_VERSION'))) {
      log.info('database_create', { folder: link });
      await createCluster(link, binaries, wanted);
    }
    const cluster = await realpath(link);
    const [found, expected] = [majorOf(cluster), binaries.version.split('.')[0] ?? ''];
    if (found !== expected)
      throw new ReplywrightError('database_version', { folder: link, found, expected });
    // The server refuses a cluster that is not its user's, whoever we would choose today.
    const user = wanted === null ? null : await userOf(cluster, wanted);
    const host =
      (await runningSocket(cluster)) ?? (await startOn(binaries, user, cluster, lastHost));
    const stop = async () => {
      const pid = await processNumber(cluster);
      const stopping = ['-D', cluster, '-m', 'fast', '-W', 'stop'];
      await execute(binaries, user, 'pg_ctl', stopping).catch(async (error) => {
        // It may have died before us.
        if (pid && !(await hasEnded(pid))) throw error;
      });
      await waitForEnd(cluster, pid);
      if (host !== cluster) await rm(host, { recursive: true, force: true });
    };
    return { host, user: 'replywright', stop };
  } catch (error) {
    throw startFailure(error, link);
  }
}
