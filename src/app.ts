/** The composition root: settings become parts, parts become roles, and all stop in order. */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { MailboxConfig } from './config/mailbox.ts';
import type { Config } from './config.ts';
import { asReplywrightError, explain } from './domain/errors.ts';
import type { Responder } from './domain/responder.ts';
import type { Log } from './log.ts';
import { saveToSent } from './mail/sent-copy.ts';
import { openTransport } from './mail/smtp.ts';
import { openSource } from './mail/source.ts';
import type { OutgoingMailbox } from './pipeline/deliver.ts';
import { poll } from './pipeline/poll.ts';
import { startWorker } from './pipeline/worker.ts';
import { openResponder } from './responder/open-responder.ts';
import { openSandbox, type Sandbox } from './sandbox/sandbox.ts';
import {
  createAccount,
  createLoginLink,
  findAccountByName,
  hasAdminPassword,
} from './storage/accounts.ts';
import { openChangeFeed } from './storage/events.ts';
import { sha256 } from './storage/hash.ts';
import { type Jobs, openJobs } from './storage/jobs.ts';
import { dropLeases, ensureMailbox } from './storage/mailboxes.ts';
import { type Database, openDatabase } from './storage/open.ts';
import type { Db } from './storage/tables.ts';
import { createDesk, listen } from './web/server.ts';

export type Role = 'poll' | 'work' | 'web';

export interface RunningApp {
  /** Where the desk is; null when this process does not serve it. */
  url: string | null;
  /** Logs in once; null where people have passwords. */
  loginLink: string | null;
  /** The state of everything, one line each. */
  summary: string[];
  /** Stops taking work, finishes what is under way, closes everything. */
  stop(): Promise<void>;
}

export interface StartOptions {
  roles: readonly Role[];
  log: Log;
  version: string;
}

/** The account that the first login link leads to. */
const ownerName = 'owner';
const linkHours = 24;

/** What the roles share. */
interface Parts {
  config: Config;
  log: Log;
  version: string;
  database: Database;
  jobs: Jobs;
  mailboxes: readonly MailboxConfig[];
  sandbox: Sandbox | null;
}

/** Undoes, last first, what was opened. */
class Closers {
  #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async closeAll(log: Log): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        log.error('stop_failed', { error });
      }
    }
  }
}

function outgoing(mailbox: MailboxConfig, log: Log): OutgoingMailbox {
  const { address, displayName, signature, source, saveSent } = mailbox;
  const { kind } = source;
  return {
    address,
    displayName,
    signature,
    transport: openTransport(mailbox.transport, log),
    saveSent: saveSent && kind === 'imap' ? (mail) => saveToSent(source.imap, mail) : null,
  };
}

/** Names the account and the folder that a mailbox is read from. */
function placeOf(source: MailboxConfig['source']): string {
  if (source.kind === 'folder') return source.path;
  const { user, host, folder } = source.imap;
  return `imap://${user}@${host}/${folder}`;
}

async function startPolling(parts: Parts, closers: Closers): Promise<string[]> {
  const { database, jobs, log, mailboxes } = parts;
  const stopping = new AbortController();
  const holder = `${hostname()} ${process.pid} ${randomBytes(4).toString('hex')}`;
  const watched = await Promise.all(
    mailboxes.map(async ({ name, address, source: settings }) => {
      const { id } = await ensureMailbox(database.db, { name, address, source: placeOf(settings) });
      const { pollSeconds } = settings.kind === 'imap' ? settings.imap : settings;
      return { id, name, pollSeconds, source: openSource(settings, log) };
    }),
  );
  const polls = watched.map((mailbox) =>
    poll({ db: database.db, jobs, log, holder }, mailbox, stopping.signal),
  );
  closers.add(async () => {
    stopping.abort();
    // Closing the connection ends a scan that would otherwise go on.
    await Promise.all(watched.map(({ source }) => source.close()));
    await Promise.all(polls);
  });
  return mailboxes.map(({ address, source }) =>
    source.kind === 'imap' ? `${address} at ${source.imap.host}` : `${address} from ${source.path}`,
  );
}

/** Opens the responder; a broken prompt or policy stops drafting, and nothing else. */
async function openResponderOf(
  config: Config,
  log: Log,
): Promise<{ responder: Responder | null; trouble: string | null }> {
  try {
    const responder = await openResponder(
      {
        promptsFolder: config.prompts,
        policiesFolder: config.policies,
        prompt: config.prompt,
        shop: { name: config.shop.name, linkDomains: [...config.shop.linkDomains] },
        model: config.model,
      },
      log,
    );
    return { responder, trouble: null };
  } catch (cause) {
    const error = asReplywrightError(cause);
    log.error('responder_unusable', { error });
    return { responder: null, trouble: explain(error) };
  }
}

async function startWorking(
  parts: Parts,
  responder: Responder | null,
  closers: Closers,
): Promise<void> {
  const { config, database, jobs, log, mailboxes } = parts;
  const stopping = new AbortController();
  const ways = new Map(mailboxes.map((mailbox) => [mailbox.name, outgoing(mailbox, log)]));
  const shared = { db: database.db, jobs, log };
  await startWorker(
    {
      triage: { ...shared, ownAddresses: mailboxes.map(({ address }) => address) },
      draft:
        responder === null
          ? null
          : { ...shared, responder, shopName: config.shop.name, identities: ways },
      deliver: { ...shared, mailboxes: ways },
    },
    stopping.signal,
  );
  closers.add(() => stopping.abort());
}

/** A link that logs the owner in once: always in the sandbox, else while no admin has a password. */
async function ownerLink(db: Db, url: string, sandbox: boolean): Promise<string | null> {
  if (!sandbox && (await hasAdminPassword(db))) return null;
  const owner =
    (await findAccountByName(db, ownerName)) ??
    (await createAccount(db, { name: ownerName, role: 'admin', passwordHash: null }));
  const token = randomBytes(32).toString('base64url');
  await createLoginLink(db, owner.id, sha256(token), linkHours);
  return `${url}/login/${token}`;
}

/** The host to write into a link to a desk that listens on `host`. */
function linkHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

async function startDesk(parts: Parts, trouble: string | null, closers: Closers) {
  const { config, database, jobs, log, sandbox } = parts;
  const { host, port, publicUrl, undoSeconds } = config.desk;
  const changes = await openChangeFeed(database.connection, log);
  closers.add(() => changes.close());
  const desk = createDesk({
    db: database.db,
    jobs,
    changes,
    log,
    shopName: config.shop.name,
    undoSeconds,
    offline: config.model === null,
    trouble,
    sandbox,
    secureCookies: publicUrl?.startsWith('https:') ?? false,
    publicHost: publicUrl === null ? null : new URL(publicUrl).hostname,
    version: parts.version,
  });
  const listening = await listen(desk, host, port);
  closers.add(() => listening.close());
  const url = publicUrl ?? `http://${linkHost(host)}:${listening.port}`;
  return { url, loginLink: await ownerLink(database.db, url, sandbox !== null) };
}

function describeResponder(config: Config, trouble: string | null): string {
  if (trouble !== null) return `Drafts     none: ${trouble}`;
  const by = config.model === null ? 'offline responder (no model configured)' : config.model.name;
  return `Drafts     ${by}, prompt ${config.prompt}`;
}

/**
 * Starts the roles.
 *
 * @throws ReplywrightError when what all roles need cannot be had: the database, the port.
 */
export async function startApp(
  config: Config,
  { roles, log, version }: StartOptions,
): Promise<RunningApp> {
  const closers = new Closers();
  const stop = () => closers.closeAll(log);
  try {
    const database = await openDatabase(
      { databaseUrl: config.databaseUrl, dataFolder: config.data },
      log,
      { start: true },
    );
    closers.add(() => database.close());
    if (database.alone) await dropLeases(database.db);
    const jobs = await openJobs(database.connection, log, { alone: database.alone });
    closers.add(() => jobs.stop());
    const sandbox = config.sandbox ? await openSandbox(config.data) : null;
    const mailboxes = sandbox === null ? config.mailboxes : [sandbox.mailbox];
    const parts: Parts = { config, log, version, database, jobs, mailboxes, sandbox };
    const { responder, trouble } = await openResponderOf(config, log);
    const summary = [
      `Database   ${config.databaseUrl === null ? `built in, in ${config.data}` : 'by DATABASE_URL'}`,
    ];
    if (roles.includes('work')) {
      await startWorking(parts, responder, closers);
      summary.push(describeResponder(config, trouble));
    }
    if (roles.includes('poll')) {
      const watched = await startPolling(parts, closers);
      summary.push(...watched.map((line) => `Mailbox    ${line}`));
    }
    const desk = roles.includes('web') ? await startDesk(parts, trouble, closers) : null;
    log.info('started', { roles });
    return { url: desk?.url ?? null, loginLink: desk?.loginLink ?? null, summary, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
