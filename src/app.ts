/** The composition root: settings become parts, parts become roles, and all stop in order. */

import type { KeyObject } from 'node:crypto';
import type { startDesk } from './app/desk.ts';
import type { MailboxSet } from './app/mailbox-set.ts';
import { Closers, type Parts } from './app/parts.ts';
import { Reloading } from './app/reloading.ts';
import type { Responders } from './app/responders.ts';
import type { Config } from './config.ts';
import type { ReplywrightError } from './domain/errors.ts';
import type { Log } from './log.ts';
import type { Taking } from './pipeline/mailbox-notes.ts';
import { openDataFolder } from './storage/data-folder.ts';
import { openChangeFeed } from './storage/events.ts';
import { openJobs } from './storage/jobs.ts';
import { dropLeases } from './storage/mailboxes.ts';
import { openDatabase } from './storage/open.ts';
import { openSealingKey } from './storage/sealing.ts';
import type { Standing } from './web/parts.ts';
import { openPort } from './web/port.ts';

export type Role = 'poll' | 'work' | 'web';

export interface RunningApp {
  /** Where the desk is; null when this process does not serve it. */
  url: string | null;
  /** Logs in once; null where people have passwords. */
  loginLink: string | null;
  /** The state of everything, one line each. */
  summary: string[];
  /**
   * Puts changed settings in force: mailboxes start and stop, prompts and policies are read again.
   * What can only be set at a start is named in the log and in the desk.
   */
  apply(config: Config): Promise<void>;
  /** Says in the log and in the desk that changed settings are no good; the old ones stay in force. */
  refuse(error: ReplywrightError): void;
  /** Stops taking work, finishes what is under way, closes everything. */
  stop(): Promise<void>;
}

export interface StartOptions {
  roles: readonly Role[];
  log: Log;
  version: string;
  /** Takes older mail too, all that a mailbox's server received from then on. */
  since?: Date | null;
  /** Told how far a long intake of mail has come, about once a second. */
  onTaking?: (taking: Taking) => void;
}

/** The key is made when it is first needed: most shops never need one. */
function lazyKey({ key, data }: Config): () => Promise<KeyObject> {
  let opening: Promise<KeyObject> | null = null;
  return () => {
    // A failure must not be kept: the folder may be readable the next time.
    opening ??= openSealingKey(key, data).catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  };
}

async function sandboxOf({ data, prompt }: Config): Promise<Parts['sandbox']> {
  const { openSandbox } = await import('./sandbox/sandbox.ts');
  return await openSandbox(data, prompt);
}

async function openParts(
  config: Config,
  { log, version }: StartOptions,
  closers: Closers,
): Promise<Parts> {
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  const database = await openDatabase(settings, log, { start: true });
  closers.add(() => database.close());
  if (database.alone) await dropLeases(database.db);
  const jobs = await openJobs(database.connection, log, { alone: database.alone });
  closers.add(() => jobs.stop());
  const changes = await openChangeFeed(database.connection, log);
  closers.add(() => changes.close());
  // With a database elsewhere nobody has made it yet.
  if (config.sandbox) await openDataFolder(config.data);
  const sandbox = config.sandbox ? await sandboxOf(config) : null;
  const tokens = { db: database.db, log, key: lazyKey(config) };
  const { Facts } = await import('./app/facts.ts');
  const facts = new Facts(log);
  closers.add(() => facts.stop());
  return { config, log, version, database, jobs, changes, tokens, facts, sandbox };
}

async function startWorking(
  parts: Parts,
  mailboxes: MailboxSet,
  responders: Responders,
  closers: Closers,
): Promise<void> {
  const { startWorker } = await import('./pipeline/worker.ts');
  const { keepApprovedExamples } = await import('./app/approved-examples.ts');
  const { config, database, jobs, log, facts } = parts;
  const approved = keepApprovedExamples(parts, responders.pool);
  closers.add(() => approved.stop());
  const stopping = new AbortController();
  const shared = { db: database.db, jobs, log };
  const { ways } = mailboxes;
  await startWorker(
    {
      triage: {
        ...shared,
        ownAddresses: mailboxes.addresses,
        senderRules: mailboxes.senderRules,
        learnFromSent: config.learning.learnFromSent,
        limits: config.limits,
      },
      draft: {
        ...shared,
        responders,
        factsFor: (mail, signal) => facts.for(mail, signal),
        get budget() {
          return responders.budget;
        },
        get batchBeyond() {
          return responders.batchBeyond;
        },
        onDayOver: (error) => responders.noteDayOver(error),
        shopName: config.shop.name,
        identities: ways,
      },
      deliver: { ...shared, mailboxes: ways },
    },
    stopping.signal,
  );
  closers.add(() => stopping.abort());
}

function describeResponder(config: Config, trouble: Standing['drafting']): string {
  if (trouble !== null)
    return `Drafts     ${trouble.everywhere ? 'none' : 'not for all'}: ${trouble.text}`;
  const described = config.responders.map(({ name, prompt, model }) => {
    const by = model === null ? 'offline responder (no model configured)' : model.name;
    return `${name === prompt ? '' : `${name}: `}${by}, prompt ${prompt}`;
  });
  return `Drafts     ${described.join('; ')}`;
}

function describeMailboxes(mailboxes: Config['mailboxes']): string[] {
  return mailboxes.map(({ address, source }) =>
    source.kind === 'imap'
      ? `Mailbox    ${address} at ${source.imap.host}`
      : `Mailbox    ${address} from ${source.path}`,
  );
}

/** Loads the code of the roles, which takes about as long as the database needs to start. */
async function loadRoles() {
  const [{ MailboxSet }, { Responders }] = await Promise.all([
    import('./app/mailbox-set.ts'),
    import('./app/responders.ts'),
    import('./pipeline/worker.ts'),
  ]);
  return { MailboxSet, Responders };
}

/** Opens the desk; its code is loaded last, while the first mail is on its way. */
const openDesk: typeof startDesk = async (...parts) => {
  const { startDesk } = await import('./app/desk.ts');
  return await startDesk(...parts);
};

/**
 * Starts the roles.
 *
 * @throws ReplywrightError when what all roles need cannot be had: the database, the port.
 */
export async function startApp(config: Config, options: StartOptions): Promise<RunningApp> {
  const { roles, log } = options;
  const closers = new Closers();
  const stop = () => closers.closeAll(log);
  try {
    // First of all, so that a port which cannot be had leaves nothing behind.
    const port = roles.includes('web') ? await openPort(config.desk.host, config.desk.port) : null;
    if (port !== null) closers.add(() => port.close());
    const loading = loadRoles();
    loading.catch(() => {});
    const parts = await openParts(config, options, closers);
    // A failure is heard here, where what was opened is closed again.
    const { MailboxSet, Responders } = await loading;
    const mailboxes = new MailboxSet(parts, roles.includes('poll') ? options : null);
    const responders = new Responders(log);
    const reloading = new Reloading(parts, mailboxes, responders);
    const { standing } = reloading;
    closers.add(() => mailboxes.stop());
    await reloading.begin(config);
    const summary = [
      `Database   ${config.databaseUrl === null ? `built in, in ${config.data}` : 'by DATABASE_URL'}`,
    ];
    if (roles.includes('work')) {
      await startWorking(parts, mailboxes, responders, closers);
      summary.push(describeResponder(config, standing.drafting));
    }
    if (roles.includes('poll'))
      summary.push(
        ...describeMailboxes(parts.sandbox === null ? config.mailboxes : [parts.sandbox.mailbox]),
      );
    const desk =
      port === null ? null : await openDesk(parts, port, standing, mailboxes, responders, closers);
    log.info('started', { roles });
    return {
      url: desk?.url ?? null,
      loginLink: desk?.loginLink ?? null,
      summary,
      apply: (changed) => reloading.apply(changed),
      refuse: (error) => reloading.refuse(error),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
