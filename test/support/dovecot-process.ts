/** Prepares the private Dovecot's folder, starts and ends its process, and finds the processes under it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  type DovecotIdentity,
  type DovecotLogins,
  type DovecotPorts,
  dovecotConfig,
  tokenConfig,
} from './dovecot-config.ts';
import { freePorts } from './free-port.ts';
import { writeSelfSigned } from './self-signed.ts';

/** The password of the users that exist from the start. */
export const DOVECOT_PASSWORD = 'secret';
const FIRST_USERS = ['support@example.test', 'customer@example.test'];
/** A Unix socket path holds 107 bytes; Dovecot's longest name below its folder needs about 40. */
const LONGEST_FOLDER = 60;
const START_ATTEMPTS = 3;

/** The users under which Dovecot's parts run here. */
export function identityHere(): DovecotIdentity {
  if (process.getuid?.() === 0) {
    // Dovecot refuses to open mail as root; Debian's packages bring these users.
    return {
      internal: 'dovecot',
      login: 'dovenull',
      mailUser: 'mail',
      mailGroup: 'mail',
      root: true,
    };
  }
  const me = userInfo().username;
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  return { internal: me, login: me, mailUser: me, mailGroup: group, root: false };
}

/** Processes with this parent, from /proc. @param name only those whose command has this name */
export async function childrenOf(parent: number, name?: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // The name stands in parentheses and may contain spaces: what follows is counted from the last one.
    const [, command, rest] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
    if (Number(rest) === parent && (name === undefined || command === name))
      found.push(Number(entry));
  }
  return found;
}

/** Sends a signal to those that still run. @returns how many got it */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): number {
  let reached = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
      reached += 1;
    } catch {
      // It has ended meanwhile, which is what most callers are after.
    }
  }
  return reached;
}

/** The server process and its log. */
export class DovecotProcess {
  readonly log: string[] = [];
  readonly #binary: string;
  readonly #config: string;
  #child: ChildProcess | null = null;
  readonly #onExit = (): void => void this.#child?.kill('SIGKILL');

  constructor(binary: string, config: string) {
    this.#binary = binary;
    this.#config = config;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Resolves when the listeners are bound. @throws Error with the log when it ends instead */
  async start(): Promise<void> {
    const child = spawn(this.#binary, ['-F', '-c', this.#config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    // A test process that ends without close() must not leave a server behind.
    process.once('exit', this.#onExit);
    child.once('exit', () => process.off('exit', this.#onExit));
    const up = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.log.push(line);
        if (line.includes('starting up for')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () =>
        reject(new Error(`Dovecot did not start:\n${this.log.slice(-20).join('\n')}`)),
      );
    });
    await up;
  }

  async stop(kill: boolean): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const children = await childrenOf(child.pid);
    const exited = once(child, 'exit');
    if (kill) signalAll([child.pid, ...children], 'SIGKILL');
    else child.kill('SIGTERM');
    await exited;
    // A stopped process ignores the end of its master.
    signalAll(children, 'SIGKILL');
    this.#child = null;
  }
}

/** Makes the private folder with certificate and users; the caller removes it. */
export async function makeFolder(
  identity: DovecotIdentity,
  users: readonly string[],
): Promise<string> {
  const parent = tmpdir().length < LONGEST_FOLDER - 12 ? tmpdir() : '/tmp';
  const folder = await mkdtemp(path.join(parent, 'rw-dc-'));
  for (const name of ['base', 'state', 'mail', 'etc']) await mkdir(path.join(folder, name));
  if (identity.root) {
    await chmod(folder, 0o755);
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, identity.mailUser], { encoding: 'utf8' })),
    );
    await chown(path.join(folder, 'mail'), uid ?? 0, gid ?? 0);
  }
  await writeSelfSigned(path.join(folder, 'etc/tls.key'), path.join(folder, 'etc/tls.crt'));
  const lines = [...FIRST_USERS, ...users].map((user) => `${user}:{PLAIN}${DOVECOT_PASSWORD}\n`);
  await writeFile(path.join(folder, 'etc/users'), lines.join(''));
  return folder;
}

/** Starts on free ports; tries again with others when somebody took one in between. */
export async function startOnFreePorts(
  binary: string,
  folder: string,
  identity: DovecotIdentity,
  logins: DovecotLogins,
): Promise<{ ports: DovecotPorts; server: DovecotProcess }> {
  const file = path.join(folder, 'etc/dovecot.conf');
  const { introspectionUrl } = logins;
  if (introspectionUrl !== null)
    await writeFile(path.join(folder, 'etc/oauth2.conf'), tokenConfig(introspectionUrl));
  for (let attempt = 1; ; attempt += 1) {
    const [imap = 0, imaps = 0, lmtp = 0] = await freePorts(3);
    const ports = { imap, imaps, lmtp };
    await writeFile(file, dovecotConfig(folder, ports, identity, logins));
    const server = new DovecotProcess(binary, file);
    try {
      await server.start();
      return { ports, server };
    } catch (error) {
      if (
        attempt === START_ATTEMPTS ||
        !server.log.some((line) => line.includes('Address already in use'))
      )
        throw error;
    }
  }
}
