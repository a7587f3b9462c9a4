/** Runs a private Dovecot on loopback for the IMAP tests: one temporary folder, ephemeral ports, root or not. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { dovecotConfig, type DovecotIdentity, type DovecotPorts } from './dovecot-config.ts';
import { freePorts } from './free-port.ts';
import { requirement } from './requirements.ts';
import { writeSelfSigned } from './self-signed.ts';

/** The password of the users that exist from the start. */
export const DOVECOT_PASSWORD = 'secret';
const FIRST_USERS = ['support@example.test', 'customer@example.test'];
/** A Unix socket path holds 107 bytes; Dovecot's longest name below its folder needs about 40. */
const LONGEST_FOLDER = 60;
const START_ATTEMPTS = 3;

export interface DovecotOptions {
  /** Users besides support@example.test and customer@example.test, all with the password `secret`. */
  users?: readonly string[];
}

/** One mail of a folder as the server holds it. */
export interface StoredMail {
  readonly uid: number;
  readonly flags: ReadonlySet<string>;
  readonly raw: Buffer;
}

export interface DovecotServer {
  readonly host: '127.0.0.1';
  readonly ports: DovecotPorts;
  /** Path of the self-signed certificate (CN localhost); trust it as a CA. */
  readonly certificate: string;
  readonly folder: string;
  /** What the server logged so far. */
  readonly log: readonly string[];
  addUser(user: string, password?: string): Promise<void>;
  /** Delivers by LMTP, so that the server adds Return-Path, Delivered-To and Received. */
  deliver(raw: string | Buffer, to: string, from?: string): Promise<void>;
  /** Appends by IMAP: the stored bytes are exactly these. */
  append(raw: string | Buffer, user: string, folder?: string, flags?: string[]): Promise<void>;
  /** The mails of a folder, oldest first. */
  messages(user: string, folder?: string): Promise<StoredMail[]>;
  /** Changes UIDVALIDITY and all UIDs of the user's INBOX and keeps the mails; ends all sessions. */
  recreateMailbox(user: string): Promise<void>;
  /** Processes that serve logged-in IMAP sessions: `kill(pid, 'SIGSTOP')` makes a half-open connection. */
  imapProcesses(): Promise<number[]>;
  /** Sends a signal to every process that serves a logged-in IMAP session. @returns how many got it */
  signalImap(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL' | 'SIGTERM'): Promise<number>;
  /** Ends the server; `kill` as a crash would, with the whole process tree. The mails stay. */
  stop(options?: { kill?: boolean }): Promise<void>;
  /** Starts again (after `stop`, or stopping first) on the same ports with the same mails. */
  restart(): Promise<void>;
  /** Ends the server and removes its folder. */
  close(): Promise<void>;
}

function identityHere(): DovecotIdentity {
  if (process.getuid?.() === 0) {
    // Dovecot refuses to open mail as root; Debian's packages bring these users.
    return { internal: 'dovecot', login: 'dovenull', mailUser: 'mail', mailGroup: 'mail', root: true };
  }
  const me = userInfo().username;
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  return { internal: me, login: me, mailUser: me, mailGroup: group, root: false };
}

/** Processes with this parent, from /proc. @param name only those whose command has this name */
async function childrenOf(parent: number, name?: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // The name stands in parentheses and may contain spaces: what follows is counted from the last one.
    const [, command, rest] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
    if (Number(rest) === parent && (name === undefined || command === name)) found.push(Number(entry));
  }
  return found;
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): number {
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
class DovecotProcess {
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
    const child = spawn(this.#binary, ['-F', '-c', this.#config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    // A test process that ends without close() must not leave a server behind.
    process.once('exit', this.#onExit);
    const up = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.log.push(line);
        if (line.includes('starting up for')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`Dovecot did not start:\n${this.log.slice(-20).join('\n')}`)));
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
    process.off('exit', this.#onExit);
    this.#child = null;
  }
}

async function makeFolder(identity: DovecotIdentity, users: readonly string[]): Promise<string> {
  const parent = tmpdir().length < LONGEST_FOLDER - 12 ? tmpdir() : '/tmp';
  const folder = await mkdtemp(path.join(parent, 'rw-dc-'));
  for (const name of ['base', 'state', 'mail', 'etc']) await mkdir(path.join(folder, name));
  if (identity.root) {
    await chmod(folder, 0o755);
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, identity.mailUser], { encoding: 'utf8' })));
    await chown(path.join(folder, 'mail'), uid ?? 0, gid ?? 0);
  }
  await writeSelfSigned(path.join(folder, 'etc/tls.key'), path.join(folder, 'etc/tls.crt'));
  const lines = [...FIRST_USERS, ...users].map((user) => `${user}:{PLAIN}${DOVECOT_PASSWORD}\n`);
  await writeFile(path.join(folder, 'etc/users'), lines.join(''));
  return folder;
}

/** Starts on free ports; tries again with others when somebody took one in between. */
async function startOnFreePorts(binary: string, folder: string, identity: DovecotIdentity): Promise<{ ports: DovecotPorts; server: DovecotProcess }> {
  const file = path.join(folder, 'etc/dovecot.conf');
  for (let attempt = 1; ; attempt += 1) {
    const [imap = 0, imaps = 0, lmtp = 0] = await freePorts(3);
    const ports = { imap, imaps, lmtp };
    await writeFile(file, dovecotConfig(folder, ports, identity));
    const server = new DovecotProcess(binary, file);
    try {
      await server.start();
      return { ports, server };
    } catch (error) {
      if (attempt === START_ATTEMPTS || !server.log.some((line) => line.includes('Address already in use'))) throw error;
    }
  }
}

/** A private server with its users and mails. */
class PrivateDovecot implements DovecotServer {
  readonly host = '127.0.0.1';
  readonly ports: DovecotPorts;
  readonly folder: string;
  readonly certificate: string;
  readonly #server: DovecotProcess;
  readonly #passwords = new Map<string, string>();

  constructor(folder: string, ports: DovecotPorts, server: DovecotProcess) {
    this.folder = folder;
    this.ports = ports;
    this.certificate = path.join(folder, 'etc/tls.crt');
    this.#server = server;
  }

  get log(): readonly string[] {
    return this.#server.log;
  }

  async addUser(user: string, password = DOVECOT_PASSWORD): Promise<void> {
    this.#passwords.set(user, password);
    await appendFile(path.join(this.folder, 'etc/users'), `${user}:{PLAIN}${password}\n`);
  }

  async deliver(raw: string | Buffer, to: string, from = 'customer@example.test'): Promise<void> {
    const transport = createTransport({ host: this.host, port: this.ports.lmtp, lmtp: true, ignoreTLS: true });
    await transport.sendMail({ envelope: { from, to: [to] }, raw });
    transport.close();
  }

  async #session<Result>(user: string, work: (client: ImapFlow) => Promise<Result>): Promise<Result> {
    const pass = this.#passwords.get(user) ?? DOVECOT_PASSWORD;
    const client = new ImapFlow({ host: this.host, port: this.ports.imap, secure: false, auth: { user, pass }, logger: false });
    client.on('error', () => client.close());
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }

  async append(raw: string | Buffer, user: string, folder = 'INBOX', flags: string[] = []): Promise<void> {
    await this.#session(user, (client) => client.append(folder, raw, flags));
  }

  async messages(user: string, folder = 'INBOX'): Promise<StoredMail[]> {
    return this.#session(user, async (client) => {
      await client.mailboxOpen(folder, { readOnly: true });
      if (client.mailbox === false || client.mailbox.exists === 0) return [];
      const fetched = await client.fetchAll('1:*', { uid: true, flags: true, source: true });
      return fetched.map(({ uid, flags, source }) => ({ uid, flags: flags ?? new Set<string>(), raw: source ?? Buffer.alloc(0) }));
    });
  }

  async recreateMailbox(user: string): Promise<void> {
    // An open session would write its own index back: the server is down meanwhile.
    await this.stop();
    const maildir = path.join(this.folder, 'mail', user, 'Maildir');
    for (const name of await readdir(maildir)) {
      if (name === 'dovecot-uidlist' || name.startsWith('dovecot.index') || name.startsWith('dovecot.list.index')) {
        await rm(path.join(maildir, name));
      }
    }
    await this.#server.start();
  }

  async imapProcesses(): Promise<number[]> {
    return this.#server.pid === null ? [] : childrenOf(this.#server.pid, 'imap');
  }

  async signalImap(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL' | 'SIGTERM'): Promise<number> {
    return signalAll(await this.imapProcesses(), signal);
  }

  async stop(options: { kill?: boolean } = {}): Promise<void> {
    await this.#server.stop(options.kill ?? false);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#server.start();
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Starts a private Dovecot.
 * @returns the server, or null when Dovecot is missing and may not be installed (`requirement('dovecot')` says why)
 * @throws Error with the server's log when it does not start
 */
export async function startDovecot(options: DovecotOptions = {}): Promise<DovecotServer | null> {
  const found = await requirement('dovecot');
  if (found.path === null) return null;
  const identity = identityHere();
  const folder = await makeFolder(identity, options.users ?? []);
  try {
    const { ports, server } = await startOnFreePorts(found.path, folder, identity);
    return new PrivateDovecot(folder, ports, server);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
