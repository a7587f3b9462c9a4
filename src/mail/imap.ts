/** A watched IMAP folder: one connection, one scan at a time, reconnects that never hammer. */

import type { ImapFlow } from 'imapflow';
import { type ErrorCode, ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { Backoff } from './backoff.ts';
import { connectImap, disconnect, findSentFolder, openMailbox } from './imap-connection.ts';
import { asImapError } from './imap-errors.ts';
import { type Beyond, emptyReport, type Numbers, scanWith } from './imap-scan.ts';
import { watchConnection } from './imap-watchdog.ts';
import {
  type ConnectionListener,
  defaultProbe,
  type ImapSettings,
  type MailSource,
  type Mark,
  type ScanReport,
  type ScanWish,
  type Store,
} from './watched.ts';

/** A wrong password tried every 30 s gets accounts locked; a refused token only gets on nerves. */
const loginDelayMs: Partial<Record<ErrorCode, number>> = {
  imap_credentials: 5 * 60_000,
  oauth_token_refused: 60_000,
};

class ImapSource implements MailSource {
  readonly #settings: ImapSettings;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  readonly #connectionListeners: ConnectionListener[] = [];
  readonly #backoff = new Backoff();
  #client: ImapFlow | null = null;
  /** Why the last attempt failed; thrown again while it is too early for another one. */
  #lastFailure: ReplywrightError | null = null;
  #retry: NodeJS.Timeout | null = null;
  #scanning = false;
  /** What we know of the end of the connection before the connection itself tells of it. */
  #silence: string | null = null;
  #closed = false;
  #beyond: Beyond = { mark: null, uids: new Set() };
  /** The inbox's numbers at its last scan; null before the first. */
  #inbox: Numbers | null = null;
  /** Those of the Sent folder, where its last scan left nothing waiting. */
  #sent: Numbers | null = null;
  #beyondSent: Beyond = { mark: null, uids: new Set() };
  #queue: Promise<unknown> = Promise.resolve();

  constructor(settings: ImapSettings, log: Log) {
    this.#settings = settings;
    this.#log = log.child({ host: settings.host, folder: settings.folder });
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  onConnection(listener: ConnectionListener): void {
    this.#connectionListeners.push(listener);
  }

  hurry(): void {
    this.#backoff.hurry();
  }

  scan(mark: Mark | null, store: Store, wish: ScanWish = {}): Promise<ScanReport> {
    return this.#inTurn(() =>
      this.#withConnection(store, async (client, checkedStore) => {
        const scanning = {
          client,
          settings: this.#settings,
          log: this.#log,
          beyond: this.#beyond,
        };
        const { report, beyond, numbers } = await scanWith(scanning, mark, checkedStore, wish);
        this.#beyond = beyond;
        this.#inbox = numbers;
        return report;
      }),
    );
  }

  scanSent(mark: Mark | null, store: Store): Promise<ScanReport | null> {
    return this.#inTurn(() =>
      this.#withConnection(store, (client, checkedStore) =>
        this.#scanSentWith(client, mark, checkedStore),
      ),
    );
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = null;
    if (client !== null) await disconnect(client);
  }

  #hint(): void {
    if (this.#closed) return;
    for (const listener of this.#listeners) listener();
  }

  async #withConnection<Result>(
    store: Store,
    work: (client: ImapFlow, checkedStore: Store) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.#connection();
    // What `store` throws says nothing about the mail server and passes through as it is.
    let refusal: { error: unknown } | null = null;
    const checkedStore: Store = async (mails) => {
      this.#assertOpen();
      await store(mails).catch((error: unknown) => {
        refusal = { error };
        throw error;
      });
    };
    try {
      this.#scanning = true;
      return await work(client, checkedStore);
    } catch (error) {
      if (refusal !== null) throw error;
      const failure = asImapError(error, this.#settings);
      const wait = this.#backoff.remainingMs(Date.now());
      throw wait > 0 ? failure.withRetryAfter(wait) : failure;
    } finally {
      this.#scanning = false;
    }
  }

  async #scanSentWith(
    client: ImapFlow,
    mark: Mark | null,
    store: Store,
  ): Promise<ScanReport | null> {
    const folder = await findSentFolder(client, this.#settings);
    if (folder === null || folder === this.#settings.folder) return null;
    // Without opening the folder, which would end the watch over the inbox for a moment.
    const unchanged = mark === null ? null : await emptyReport(client, folder, mark, this.#sent);
    if (unchanged !== null) return unchanged;
    const settings: ImapSettings = { ...this.#settings, folder, firstScan: 'new' };
    try {
      const scanning = { client, settings, log: this.#log, beyond: this.#beyondSent };
      const { report, beyond, numbers } = await scanWith(scanning, mark, store);
      this.#beyondSent = beyond;
      this.#sent = report.waiting === 0 ? numbers : null;
      return report;
    } finally {
      // News is told of the open folder only (RFC 2177).
      if (client.usable) await this.#returnToInbox(client);
    }
  }

  /** Opens the inbox again; what came in while it was closed is told by nobody but its numbers. */
  async #returnToInbox(client: ImapFlow): Promise<void> {
    const { uidNext, uidValidity } = await openMailbox(
      client,
      this.#settings.folder,
      this.#settings,
    );
    const read = this.#inbox;
    // By the numbers and not by the mark, which stays below mails that were expunged: their gap would
    // ask for one scan after the other.
    const asRead = read?.uidvalidity === Number(uidValidity) && read.uidNext === uidNext;
    if (!asRead) this.#hint();
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new ReplywrightError('imap_unreachable', {
      host: this.#settings.host,
      detail: 'we have ended the connection ourselves',
    });
  }

  /** The living connection, or a new one if it is time for one. */
  async #connection(): Promise<ImapFlow> {
    this.#assertOpen();
    const former = this.#client;
    if (former?.usable) return former;
    if (former !== null) {
      // Dead, and not told yet: what it tells later must not be taken for the end of the next one.
      this.#ended();
      former.close();
    }
    const wait = this.#backoff.remainingMs(Date.now());
    if (wait > 0 && this.#lastFailure !== null) throw this.#lastFailure.withRetryAfter(wait);
    try {
      let opened: ImapFlow | null = null;
      const client = await connectImap(this.#settings, true, () => {
        if (opened !== null && this.#client === opened) this.#ended();
      });
      opened = client;
      if (this.#closed) {
        await disconnect(client);
        this.#assertOpen();
      }
      // Both are hints only: each scan asks the server what is there.
      client.on('exists', () => this.#hint());
      this.#client = client;
      this.#watch(client);
      this.#backoff.connected(Date.now());
      this.#lastFailure = null;
      this.#log.info('imap_connected');
      return client;
    } catch (error) {
      throw this.#failed(asImapError(error, this.#settings));
    }
  }

  /** Notes a failed attempt and asks for a scan when the next one is due. */
  #failed(error: ReplywrightError): ReplywrightError {
    if (this.#closed) return error;
    const wait = this.#backoff.failed(Date.now(), loginDelayMs[error.code] ?? 0);
    this.#lastFailure = error;
    this.#log.warn('imap_connect_failed', { error, nextTryMs: wait });
    this.#hintAfter(wait);
    return error.withRetryAfter(wait);
  }

  #watch(client: ImapFlow): void {
    const { idleSeconds, answerSeconds } = { ...defaultProbe, ...this.#settings };
    this.#silence = null;
    const times = { everyMs: idleSeconds * 1_000, answerMs: answerSeconds * 1_000 };
    watchConnection(client, times, {
      busy: () => this.#scanning,
      answered: () => {
        for (const listener of this.#connectionListeners) listener.answered();
      },
      silent: () => {
        this.#silence = `it gave no sign of life for ${answerSeconds} s`;
      },
    });
  }

  /** A connection that was up is over: `close` comes without `error` when the server is killed. */
  #ended(): void {
    if (this.#closed) return;
    this.#client = null;
    const wait = this.#backoff.failed(Date.now(), 0);
    const error = new ReplywrightError('imap_unreachable', {
      host: this.#settings.host,
      detail: this.#silence ?? 'the connection was lost',
    });
    this.#lastFailure = error;
    this.#log.warn('imap_connection_lost', { error, nextTryMs: wait });
    for (const listener of this.#connectionListeners) listener.lost(error.withRetryAfter(wait));
    this.#hintAfter(wait);
  }

  #hintAfter(milliseconds: number): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#hint(), milliseconds);
    // Waiting for a mail server must not keep a process alive that has nothing else to do.
    this.#retry.unref();
  }
}

/** Watches one IMAP folder. Connects at the first scan. */
export function openImap(settings: ImapSettings, log: Log): MailSource {
  return new ImapSource(settings, log);
}
