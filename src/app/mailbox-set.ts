/** The mailboxes that run: each one's way out, and its polling where this process polls. */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { addressesOf, type MailboxConfig } from '../config/mailbox.ts';
import { sinceMoment } from '../config/since.ts';
import type { Log } from '../log.ts';
import { isInSent, saveToSent } from '../mail/sent-copy.ts';
import { openTransport } from '../mail/smtp.ts';
import { openSource } from '../mail/source.ts';
import type { SenderRules } from '../pipeline/filing.ts';
import { linksOf, type MailboxLinks, tokensOf } from '../pipeline/mailbox-links.ts';
import type { Taking } from '../pipeline/mailbox-notes.ts';
import type { OutgoingMailbox } from '../pipeline/outgoing-mailbox.ts';
import { poll } from '../pipeline/poll.ts';
import { insist } from '../pipeline/retry.ts';
import { ensureMailbox, keepWatching, wishForMailSince } from '../storage/mailboxes.ts';
import type { Db } from '../storage/tables.ts';
import type { Parts } from './parts.ts';

/** One mailbox as it runs. */
interface Running {
  config: MailboxConfig;
  links: MailboxLinks;
  /** Ends the polling and waits for its end; null where it is not polled. */
  stopPolling: (() => Promise<void>) | null;
}

/** Names the account and the folder that a mailbox is read from; see `WatchedPlace`. */
function placeOf(source: MailboxConfig['source']): { account: string; source: string } {
  if (source.kind === 'folder') return { account: source.path, source: source.path };
  const { user, host, folder } = source.imap;
  // Without the host, which may get another name; whose account it is stays.
  return { account: `imap://${user}@`, source: `imap://${user}@${host}/${folder}` };
}

/** Names the account whose Sent folder is watched; null where none is. */
function sentPlaceOf(source: MailboxConfig['source']): string | null {
  if (source.kind === 'folder' || !source.imap.watchSent) return null;
  const { user, host, sentFolder } = source.imap;
  return `imap://${user}@${host}/${sentFolder ?? '\\Sent'}`;
}

/** What the start asks of the polling. */
interface Polling {
  /** Older mail is taken too, all that a mailbox's server received from then on. */
  since?: Date | null;
  onTaking?: (taking: Taking) => void;
}

/** The mailbox's row, with the wish for older mail: of the settings once, of the start each time. */
async function openRow(
  db: Db,
  config: MailboxConfig,
  names: readonly string[],
  since: Date | null,
): Promise<number> {
  const { name, address, source } = config;
  const { id, mark } = await ensureMailbox(db, { name, address, ...placeOf(source) }, names);
  if (source.kind === 'folder') return id;
  const { firstSince } = source.imap;
  const first = mark === null && firstSince !== null ? sinceMoment(firstSince, new Date()) : null;
  for (const wish of [since, first]) if (wish !== null) await wishForMailSince(db, id, wish);
  return id;
}

/** What a poll depends on: while it is the same, the poll goes on undisturbed. */
function watchedPart({ name, address, source, oauth, byToken }: MailboxConfig) {
  return { name, address, source, oauth, byToken };
}

function outgoing(config: MailboxConfig, links: MailboxLinks, log: Log): OutgoingMailbox {
  const { address, aliases, plusAddressing, displayName, language, saveSent } = config;
  const { signature, quoteHistory, dkim } = config;
  const { source, transport } = links;
  return {
    ...{ address, aliases, plusAddressing, displayName, language, signature, quoteHistory, dkim },
    transport: openTransport(transport, log),
    saveSent: saveSent && source.kind === 'imap' ? (mail) => saveToSent(source.imap, mail) : null,
    isInSent: source.kind === 'imap' ? (messageId) => isInSent(source.imap, messageId) : null,
    leaving: config.leaving,
  };
}

/** The mailboxes of the settings, and those of changed settings later. */
export class MailboxSet {
  /** By name; always those that are in the settings now. */
  readonly ways = new Map<string, OutgoingMailbox>();
  /** Every address that mail of ours comes from; always as the settings are now. */
  readonly addresses: string[] = [];
  /** By mailbox name, as the settings are now. */
  readonly senderRules = new Map<string, SenderRules>();
  readonly #parts: Parts;
  readonly #polling: Polling | null;
  readonly #holder = `${hostname()} ${process.pid} ${randomBytes(4).toString('hex')}`;
  readonly #running = new Map<string, Running>();
  /** Of all mailboxes in the settings. */
  #names: readonly string[] = [];
  #stopped = false;

  /** @param polling how this process polls them; null when it does not. */
  constructor(parts: Parts, polling: Polling | null) {
    this.#parts = parts;
    this.#polling = polling;
  }

  /**
   * Runs these mailboxes: what is new starts, what is gone stops, what has changed starts again, and
   * the others do not notice. Not to be called again before it has resolved.
   */
  async apply(mailboxes: readonly MailboxConfig[]): Promise<void> {
    const { log } = this.#parts;
    this.addresses.splice(0, this.addresses.length, ...addressesOf(mailboxes));
    this.senderRules.clear();
    for (const { name, authservId, trustedForms } of mailboxes)
      this.senderRules.set(name, { authservId, trustedForms });
    const wanted = new Map(mailboxes.map((config) => [config.name, config]));
    this.#names = [...wanted.keys()];
    const gone = [...this.#running].filter(([name]) => !wanted.has(name));
    await Promise.all(gone.map(([name]) => this.#remove(name)));
    for (const [name] of gone) log.info('mailbox_removed', { mailbox: name });
    await Promise.all(mailboxes.map((config) => this.#put(config)));
    if (this.#polling !== null)
      await insist(() => keepWatching(this.#parts.database.db, this.#names));
  }

  /** Ends all polling, also what a change under way would still have begun. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#running.values()].map(({ stopPolling }) => stopPolling?.()));
  }

  async #remove(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    this.ways.delete(name);
    await running?.stopPolling?.();
  }

  async #put(config: MailboxConfig): Promise<void> {
    const { log, tokens } = this.#parts;
    const { name } = config;
    const before = this.#running.get(name);
    if (before !== undefined && isDeepStrictEqual(before.config, config)) return;
    const goesOn =
      before !== undefined && isDeepStrictEqual(watchedPart(before.config), watchedPart(config));
    const links = linksOf(config, tokensOf(config, tokens));
    if (!goesOn) await before?.stopPolling?.();
    this.ways.set(name, outgoing(config, links, log));
    const running: Running = { config, links, stopPolling: before?.stopPolling ?? null };
    this.#running.set(name, running);
    if (this.#polling !== null && !goesOn)
      running.stopPolling = await this.#poll(config, links).catch((error: unknown) => {
        // Forgotten, so that the same settings start it when they are applied once more.
        this.#running.delete(name);
        throw error;
      });
    for (const remark of config.dkim?.remarks ?? []) log.warn('dkim', { mailbox: name, remark });
    log.info(before === undefined ? 'mailbox_added' : 'mailbox_changed', { mailbox: name });
  }

  async #poll(config: MailboxConfig, links: MailboxLinks): Promise<() => Promise<void>> {
    const { database, jobs, log, changes } = this.#parts;
    const { db } = database;
    const { name } = config;
    const { since = null, onTaking = () => {} } = this.#polling ?? {};
    const id = await insist(() => openRow(db, config, this.#names, since));
    if (this.#stopped) return async () => {};
    const { pollSeconds } = config.source.kind === 'imap' ? config.source.imap : config.source;
    const stopping = new AbortController();
    const source = openSource(links.source, log);
    const ended = poll(
      { db, jobs, log, holder: this.#holder, changes, onTaking },
      { id, name, pollSeconds, source, sentPlace: sentPlaceOf(config.source) },
      stopping.signal,
    );
    return async () => {
      stopping.abort();
      // Closing the connection ends a scan that would otherwise go on.
      await source.close();
      await ended;
    };
  }
}
