/** Starts a scriptable SMTP server on loopback that journals what it accepts and can break at any point. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { makeSelfSigned } from './self-signed.ts';
import { type AcceptedMessage, SmtpJournal } from './smtp-journal.ts';
import { type SmtpAction, type SmtpPoint, SmtpScript } from './smtp-script.ts';
import { SmtpSession, type SmtpSettings } from './smtp-session.ts';

export type { AcceptedMessage } from './smtp-journal.ts';
export { readJournal } from './smtp-journal.ts';
export type { SmtpAction, SmtpPoint } from './smtp-script.ts';

const DEFAULT_MAX_SIZE = 50 * 1024 * 1024;

export interface SmtpDoubleOptions {
  /** TCP port; default: an ephemeral one. */
  port?: number;
  /** Demands this login before MAIL (530 without, 535 for a wrong one). Default: none needed, any accepted. */
  login?: { user: string; password: string };
  /** Demands a login by XOAUTH2 with a token for which this is true. */
  accepts?: (user: string, token: string) => boolean;
  /** `starttls` offers it with a self-signed certificate, `implicit` speaks TLS from the start. Default `none`. */
  tls?: 'none' | 'starttls' | 'implicit';
  /** Largest message in bytes; default 50 MiB. */
  maxSize?: number;
  /** Folder of the journal; kept at close, and read at start. Default: a fresh one, removed at close. */
  journal?: string;
}

export interface SmtpDouble {
  readonly port: number;
  /** Everything that was accepted, also in earlier runs on the same journal folder. */
  readonly accepted: readonly AcceptedMessage[];
  readonly journal: string;
  /** PEM of the self-signed certificate, to be trusted by the client; null without TLS. */
  readonly certificate: string | null;
  /** Every command line of every session, in order. */
  readonly commands: readonly string[];
  /** Connections since the start. */
  readonly connections: number;
  /** Plans an action for the next `times` (default 1, Infinity for always) arrivals at a point. */
  script(point: SmtpPoint, action: SmtpAction, times?: number): void;
  /** Forgets what is planned. */
  clearScript(): void;
  /** Lets every hanging session go on. */
  release(): void;
  /** Resolves when a session next arrives at the point (before the planned action). */
  reached(point: SmtpPoint): Promise<void>;
  /** Resolves with all accepted messages once there are `count`. */
  waitForAccepted(count: number): Promise<readonly AcceptedMessage[]>;
  /** Ends the server and every session. */
  close(): Promise<void>;
}

interface AcceptedWaiter {
  readonly count: number;
  resolve(messages: readonly AcceptedMessage[]): void;
  reject(error: Error): void;
}

/** The waits for a number of accepted messages. */
class AcceptedWaiters {
  #waiters: AcceptedWaiter[] = [];
  readonly #accepted: readonly AcceptedMessage[];

  constructor(accepted: readonly AcceptedMessage[]) {
    this.#accepted = accepted;
  }

  wait(count: number): Promise<readonly AcceptedMessage[]> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ count, resolve, reject });
      this.wake();
    });
  }

  wake(): void {
    const ready = this.#waiters.filter((waiter) => this.#accepted.length >= waiter.count);
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) waiter.resolve([...this.#accepted]);
  }

  close(): void {
    for (const waiter of this.#waiters)
      waiter.reject(new Error('the SMTP double was closed while a test waited'));
    this.#waiters = [];
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Starts an SMTP server on 127.0.0.1. @throws Error when the port is taken or, with TLS, openssl is missing */
export async function startSmtpDouble(options: SmtpDoubleOptions = {}): Promise<SmtpDouble> {
  const tls = options.tls ?? 'none';
  const pair = tls === 'none' ? null : await makeSelfSigned();
  const folder = options.journal ?? mkdtempSync(path.join(tmpdir(), 'rw-smtp-'));
  const journal = new SmtpJournal(folder);
  const waiters = new AcceptedWaiters(journal.accepted);
  const settings: SmtpSettings = {
    journal,
    script: new SmtpScript(),
    login: options.login ?? null,
    accepts: options.accepts ?? null,
    starttls: tls === 'starttls' && pair !== null ? createSecureContext(pair) : null,
    maxSize: options.maxSize ?? DEFAULT_MAX_SIZE,
    commands: [],
    onAccepted: () => waiters.wake(),
  };
  const sockets = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that resets its end must not end the test process; the session notices by itself.
    socket.on('error', () => socket.destroy());
    void new SmtpSession(socket, settings).run();
  };
  const server =
    tls === 'implicit' && pair !== null ? createTlsServer(pair, serve) : createServer(serve);
  const port = await listen(server, options.port ?? 0);
  return {
    port,
    accepted: journal.accepted,
    journal: folder,
    certificate: pair?.cert ?? null,
    commands: settings.commands,
    get connections() {
      return connections;
    },
    script: (point, action, times = 1) => settings.script.add(point, action, times),
    clearScript: () => settings.script.clear(),
    release: () => settings.script.release(),
    reached: (point) => settings.script.reached(point),
    waitForAccepted: (count) => waiters.wait(count),
    close: async () => {
      if (!server.listening) return;
      waiters.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      settings.script.release();
      await closed;
      if (options.journal === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
