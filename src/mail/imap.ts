/** A watched IMAP folder: one connection, one scan at a time, reconnects that never hammer. */

import type { ImapFlow } from 'imapflow';
import { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { Backoff } from './backoff.ts';
import { connectImap, disconnect } from './imap-connection.ts';
import { asImapError } from './imap-errors.ts';
import { type Beyond, scanWith } from './imap-scan.ts';
import type { ImapSettings, MailSource, Mark, ScanReport, Store } from './watched.ts';

/** A wrong password tried every 30 s gets accounts locked. */
const credentialsDelayMs = 5 * 60_000;

class ImapSource implements MailSource {
  readonly #settings: ImapSettings;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  readonly #backoff = new Backoff();
  #client: ImapFlow | null = null;
  /** Why the last attempt failed; thrown again while it is too early for another one. */
  #lastFailure: ReplywrightError | null = null;
  #retry: NodeJS.Timeout | null = null;
  #closed = false;
  #beyond: Beyond = { mark: null, uids: new Set() };
  #queue: Promise<unknown> = Promise.resolve();

  constructor(settings: ImapSettings, log: Log) {
    this.#settings = settings;
    this.#log = log.child({ host: settings.host, folder: settings.folder });
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  scan(mark: Mark | null, store: Store): Promise<ScanReport> {
    const result = this.#queue.then(() => this.#scanNow(mark, store));
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

  async #scanNow(mark: Mark | null, store: Store): Promise<ScanReport> {
    const client = await this.#connection();
    // What `store` throws says nothing about the mail server and passes through as it is.
    let refusal: { error: unknown } | null = null;
    const checkedStore: Store = async (mail) => {
      this.#assertOpen();
      await store(mail).catch((error: unknown) => {
        refusal = { error };
        throw error;
      });
    };
    try {
      const scanning = {
        client,
        settings: this.#settings,
        log: this.#log,
        beyond: this.#beyond,
      };
      const { report, beyond } = await scanWith(scanning, mark, checkedStore);
      this.#beyond = beyond;
      return report;
    } catch (error) {
      if (refusal !== null) throw error;
      throw asImapError(error, this.#settings);
    }
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
    if (this.#client?.usable) return this.#client;
    const wait = this.#backoff.remainingMs(Date.now());
    if (wait > 0 && this.#lastFailure !== null) throw this.#lastFailure.withRetryAfter(wait);
    try {
      const client = await connectImap(this.#settings, true, () => this.#ended());
      if (this.#closed) {
        await disconnect(client);
        this.#assertOpen();
      }
      // Both are hints only: each scan asks the server what is there.
      client.on('exists', () => this.#hint());
      this.#client = client;
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
    const least = error.code === 'imap_credentials' ? credentialsDelayMs : 0;
    const wait = this.#backoff.failed(Date.now(), least);
    this.#lastFailure = error;
    this.#log.warn('imap_connect_failed', { error, nextTryMs: wait });
    this.#hintAfter(wait);
    return error.withRetryAfter(wait);
  }

  /** A connection that was up is over: `close` comes without `error` when the server is killed. */
  #ended(): void {
    if (this.#closed || this.#client === null) return;
    this.#client = null;
    const wait = this.#backoff.failed(Date.now(), 0);
    this.#lastFailure = new ReplywrightError('imap_unreachable', {
      host: this.#settings.host,
      detail: 'the connection was lost',
    });
    this.#log.warn('imap_connection_lost', { nextTryMs: wait });
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
