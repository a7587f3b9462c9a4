/** Runs a private Dovecot on loopback for the IMAP tests: one temporary folder, ephemeral ports, root or not. */
import { appendFile, chown, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import type { DovecotPorts } from './dovecot-config.ts';
import {
  childrenOf,
  DOVECOT_PASSWORD,
  type DovecotProcess,
  identityHere,
  makeFolder,
  signalAll,
  startOnFreePorts,
} from './dovecot-process.ts';
import { requirement } from './requirements.ts';

export interface DovecotOptions {
  /** Users besides support@example.test and customer@example.test, all with the password `secret`. */
  users?: readonly string[];
  /** False offers no STARTTLS and no imaps, for clients that cannot be given the certificate. Default true. */
  tls?: boolean;
  /** Also takes logins by a token that this address calls active. */
  introspectionUrl?: string;
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
  /** Puts many mails into the user's INBOX at once, as files, as another server would. */
  drop(raws: readonly string[], user: string): Promise<void>;
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
    const transport = createTransport({
      host: this.host,
      port: this.ports.lmtp,
      lmtp: true,
      ignoreTLS: true,
    });
    await transport.sendMail({ envelope: { from, to: [to] }, raw });
    transport.close();
  }

  async #session<Result>(
    user: string,
    work: (client: ImapFlow) => Promise<Result>,
  ): Promise<Result> {
    const pass = this.#passwords.get(user) ?? DOVECOT_PASSWORD;
    const client = new ImapFlow({
      host: this.host,
      port: this.ports.imap,
      secure: false,
      doSTARTTLS: false,
      auth: { user, pass },
      logger: false,
    });
    client.on('error', () => client.close());
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }

  async append(
    raw: string | Buffer,
    user: string,
    folder = 'INBOX',
    flags: string[] = [],
  ): Promise<void> {
    await this.#session(user, (client) => client.append(folder, raw, flags));
  }

  async drop(raws: readonly string[], user: string): Promise<void> {
    const maildir = path.join(this.folder, 'mail', user, 'Maildir');
    // The first login makes the folders.
    await this.#session(user, (client) => client.mailboxOpen('INBOX', { readOnly: true }));
    const { uid, gid } = await stat(maildir);
    for (const [n, raw] of raws.entries()) {
      // Readers take the names in their order; a file is complete once it is in `new`.
      const name = `${Date.now()}.${String(n).padStart(6, '0')}.dropped`;
      const file = path.join(maildir, 'tmp', name);
      await writeFile(file, raw);
      await chown(file, uid, gid);
      await rename(file, path.join(maildir, 'new', name));
    }
  }

  async messages(user: string, folder = 'INBOX'): Promise<StoredMail[]> {
    return this.#session(user, async (client) => {
      await client.mailboxOpen(folder, { readOnly: true });
      if (client.mailbox === false || client.mailbox.exists === 0) return [];
      const fetched = await client.fetchAll('1:*', { uid: true, flags: true, source: true });
      return fetched.map(({ uid, flags, source }) => ({
        uid,
        flags: flags ?? new Set<string>(),
        raw: source ?? Buffer.alloc(0),
      }));
    });
  }

  async recreateMailbox(user: string): Promise<void> {
    // An open session would write its own index back: the server is down meanwhile. Killed, because a graceful end
    // takes Dovecot a second, and the files that a crash might hurt are removed here anyway.
    await this.stop({ kill: true });
    const maildir = path.join(this.folder, 'mail', user, 'Maildir');
    for (const name of await readdir(maildir)) {
      if (
        name.startsWith('dovecot-uidlist') ||
        name.startsWith('dovecot.index') ||
        name.startsWith('dovecot.list.index')
      ) {
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
    await this.stop({ kill: true });
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
    const { tls = true, introspectionUrl = null } = options;
    const logins = { tls, introspectionUrl };
    const { ports, server } = await startOnFreePorts(found.path, folder, identity, logins);
    return new PrivateDovecot(folder, ports, server);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
