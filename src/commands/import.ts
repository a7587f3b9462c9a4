/** `replywright import`: reads years of inbox and Sent as history, and offers the team's replies. */
import { Command } from 'commander';
import { addressesOf, type MailboxConfig } from '../config/mailbox.ts';
import type { Config } from '../config.ts';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import type { ImapSettings } from '../mail/watched.ts';
import type { HistoryCounts, HistoryParts } from '../pipeline/history.ts';
import type { Database } from '../storage/open.ts';
import type { Db } from '../storage/tables.ts';
import type { Context } from './context.ts';
import { type PlannedSource, planSources, type SourceOptions } from './import-sources.ts';
import { printJson } from './print.ts';
import { openProgressBar } from './progress-bar.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface ImportOptions extends SettingsOptions, SourceOptions {
  mailbox?: string;
  own?: string[];
  since?: Date;
  dryRun?: boolean;
  json?: boolean;
}

const examples = `
Examples:
  $ npx replywright import --mbox inbox.mbox --sent-mbox sent.mbox
  $ npx replywright import --maildir ~/Maildir --sent ~/Maildir/.Sent --since 2024-01-01
  $ npx replywright import --imap INBOX
  $ npx replywright import --eml ./archive --dry-run

Imported mail is history: it is never drafted, answered or shown as work. Broken off, the same
command goes on where it stopped; run again, it stores nothing twice. Each customer's mail is offered
with the first reply your team sent, and nothing is learned before a person accepts it in the desk.`;

function dayOf(text: string): Date {
  const date = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(date.getTime())) return date;
  const detail = `--since ${text} is no date; write it as 2024-12-31`;
  throw new ReplywrightError('argument_invalid', { detail });
}

function mailboxOf(config: Config, name: string | undefined): MailboxConfig {
  const found =
    name === undefined ? config.mailboxes[0] : config.mailboxes.find((each) => each.name === name);
  if (found !== undefined) return found;
  const detail =
    name === undefined
      ? 'There is no mailbox to import into; run `npx replywright setup` first'
      : `There is no mailbox ${name}`;
  throw new ReplywrightError('argument_invalid', { detail });
}

/** The mailbox's IMAP account with what logs it in; null where mail comes from a folder. */
async function imapOf(
  config: Config,
  mailbox: MailboxConfig,
  db: Db,
  log: Log,
): Promise<ImapSettings | null> {
  const [{ linksOf, tokensOf }, { openSealingKey }] = await Promise.all([
    import('../pipeline/mailbox-links.ts'),
    import('../storage/sealing.ts'),
  ]);
  const key = () => openSealingKey(config.key, config.data);
  const { source } = linksOf(mailbox, tokensOf(mailbox, { db, log, key }));
  return source.kind === 'imap' ? source.imap : null;
}

/** The database of the running program, or the built-in one started for this import. */
async function openAnyDatabase(config: Config, log: Log): Promise<Database> {
  const { openDatabase } = await import('../storage/open.ts');
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  // A server of the shop's own may not have the tables yet; bringing them up to date does no harm.
  if (config.databaseUrl !== null) return await openDatabase(settings, log, { start: true });
  return await openDatabase(settings, log, { start: false }).catch((error: unknown) => {
    if (asReplywrightError(error).code !== 'database_not_running') throw error;
    return openDatabase(settings, log, { start: true });
  });
}

async function readAll(
  context: Context,
  parts: HistoryParts,
  sources: readonly PlannedSource[],
): Promise<HistoryCounts> {
  const { HistoryReader } = await import('../pipeline/history.ts');
  const sum: HistoryCounts = {
    ...{ read: 0, stored: 0, duplicates: 0, automated: 0, unparsable: 0, older: 0 },
  };
  const bar = openProgressBar(context);
  const began = Date.now();
  try {
    for (const { label, sent, open } of sources) {
      const source = await open();
      const reader = new HistoryReader(parts, source, sent);
      try {
        await reader.run((done) => {
          const mails = sum.read + reader.counts.read;
          bar.show({ label, done, total: source.total, mails, elapsedMs: Date.now() - began });
        });
      } finally {
        await source.close();
      }
      for (const name of Object.keys(sum) as (keyof HistoryCounts)[])
        sum[name] += reader.counts[name];
    }
  } finally {
    bar.clear();
  }
  return sum;
}

function printSummary(context: Context, counts: HistoryCounts, pairs: number | null): void {
  const n = (value: number) => value.toLocaleString('en-GB').padStart(9);
  const stored = pairs === null ? 'would be stored' : 'stored';
  const lines = [
    `${n(counts.read)} ${counts.read === 1 ? 'mail' : 'mails'} read`,
    `${n(counts.stored)} ${stored}, of these ${counts.automated.toLocaleString('en-GB')} automatic and ${counts.unparsable.toLocaleString('en-GB')} unreadable`,
    `${n(counts.duplicates)} were there before`,
    ...(counts.older === 0 ? [] : [`${n(counts.older)} older than asked for`]),
    ...(pairs === null
      ? []
      : [
          `${n(pairs)} ${pairs === 1 ? 'pair' : 'pairs'} found; decide on them in the desk, under Past replies`,
        ]),
  ];
  context.out.write(`${lines.join('\n')}\n`);
}

async function importHistory(context: Context, options: ImportOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const mailbox = mailboxOf(config, options.mailbox);
  const [{ openLog }, { mailboxByName }, { offerPastReplies }] = await Promise.all([
    import('../log.ts'),
    import('../storage/history.ts'),
    import('../pipeline/past-pairs.ts'),
  ]);
  const { readMark } = await import('../storage/mailboxes.ts');
  const log = openLog('warn', (line) => context.err.write(line));
  const database = await openAnyDatabase(config, log);
  try {
    const { db } = database;
    const mailboxId = await mailboxByName(db, mailbox.name, mailbox.address);
    const addresses = [...addressesOf(config.mailboxes), ...(options.own ?? [])];
    const since = options.since ?? null;
    const dryRun = options.dryRun ?? false;
    const ownAddresses = new Set(addresses.map((address) => address.toLowerCase()));
    const { trustedForms } = mailbox;
    const parts = { db, mailboxId, ownAddresses, trustedForms, since, dryRun };
    const { cwd } = context;
    const { readSentMark } = await import('../storage/sent-folder.ts');
    const marks = {
      inbox: await readMark(db, mailboxId),
      sent: await readSentMark(db, mailboxId),
    };
    const account = { name: mailbox.name, imap: await imapOf(config, mailbox, db, log) };
    const sources = await planSources(options, { cwd, mailbox: account, since, log, marks });
    const counts = await readAll(context, parts, sources);
    const pairs = dryRun ? null : await offerPastReplies(db, mailboxId);
    if (options.json) printJson(context.out, { mailbox: mailbox.name, dryRun, ...counts, pairs });
    else printSummary(context, counts, pairs);
  } finally {
    await database.close();
  }
}

export function importCommand(context: Context): Command {
  return new Command('import')
    .description('read mail of the past, and offer what the team answered for learning')
    .option('--mbox <file...>', 'mbox files; what our addresses sent in them counts as sent')
    .option('--maildir <folder...>', 'Maildir folders')
    .option('--eml <folder...>', 'folders of .eml files, with those below them')
    .option('--imap <folder...>', "folders of the mailbox's IMAP account, with its Sent folder")
    .option('--sent-mbox <file...>', 'mbox files of what the team sent')
    .option(
      '--sent <folder...>',
      'folders of what the team sent: Maildir, .eml, or IMAP with --imap',
    )
    .option('--mailbox <name>', 'the mailbox it belongs to; default is the first')
    .option('--own <address...>', 'further addresses that mail of ours comes from')
    .option('--since <date>', 'pass over mail from before this day, as 2024-12-31', dayOf)
    .option('--dry-run', 'count only; nothing is stored')
    .addOption(settingsOption())
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', examples)
    .action((options: ImportOptions) => importHistory(context, options));
}
