/** Runs a private PostgreSQL over TCP, as the "outside server" of DATABASE_URL; never touches the machine's own. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePorts } from './free-port.ts';
import { requirement } from './requirements.ts';

const run = promisify(execFile);
const USER = 'replywright';
const START_ATTEMPTS = 3;

export interface OutsidePostgres {
  /** `postgresql://` URL of an empty database, with user and password. */
  readonly url: string;
  readonly port: number;
  /** Process id of the server, for tests that kill it. */
  readonly pid: number;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Who runs the server: PostgreSQL refuses root, so root takes `postgres`, or `nobody`; others are themselves. */
function serverAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' })),
      );
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is neither a user postgres nor nobody',
  );
}

async function initialise(
  binaries: string,
  folder: string,
  password: string,
  account: Account | null,
): Promise<void> {
  const passwordFile = path.join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account !== null) {
    await chown(folder, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const secrets = ['--auth=scram-sha-256', `--username=${USER}`, `--pwfile=${passwordFile}`];
  const locale = ['--encoding=UTF8', '--locale=C'];
  // No sync: the cluster lives as long as the test; the server itself runs with fsync on, as a real one would.
  const options = { cwd: folder, ...(account ?? {}) };
  await run(
    path.join(binaries, 'initdb'),
    ['-D', path.join(folder, 'data'), '--no-sync', ...secrets, ...locale],
    options,
  );
}

/** Starts the server and resolves when it takes connections. @throws Error with its log when it ends instead */
async function launch(
  binaries: string,
  folder: string,
  port: number,
  account: Account | null,
): Promise<ChildProcess> {
  const settings = [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
    '-c',
    'lc_messages=C',
    '-c',
    'logging_collector=off',
  ];
  const child = spawn(
    path.join(binaries, 'postgres'),
    ['-D', path.join(folder, 'data'), '-p', String(port), ...settings],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(account ?? {}),
    },
  );
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      if (line.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${log.join('\n')}`)));
  });
  return child;
}

async function launchOnFreePort(
  binaries: string,
  folder: string,
  account: Account | null,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await freePorts(1);
    try {
      return { child: await launch(binaries, folder, port, account), port };
    } catch (error) {
      if (attempt === START_ATTEMPTS || !String(error).includes('Address already in use'))
        throw error;
    }
  }
}

/**
 * Starts a private cluster with password authentication (SCRAM) on an ephemeral port of 127.0.0.1.
 * @returns the server, or null when PostgreSQL's server programs are missing
 * @throws Error with the server's log when it does not start
 */
export async function startOutsidePostgres(): Promise<OutsidePostgres | null> {
  const found = await requirement('postgres');
  if (found.path === null) return null;
  const account = serverAccount();
  const folder = await mkdtemp(path.join(tmpdir(), 'rw-pg-'));
  const password = randomBytes(12).toString('hex');
  try {
    await initialise(found.path, folder, password, account);
    const { child, port } = await launchOnFreePort(found.path, folder, account);
    const onExit = (): void => void child.kill('SIGQUIT');
    // A test process that ends without stop() must not leave a server behind.
    process.once('exit', onExit);
    return {
      url: `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`,
      port,
      pid: child.pid ?? 0,
      stop: async () => {
        process.off('exit', onExit);
        if (child.exitCode === null && child.signalCode === null) {
          const exited = once(child, 'exit');
          // SIGINT is PostgreSQL's fast shutdown: open sessions are ended, not waited for.
          child.kill('SIGINT');
          await exited;
        }
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
