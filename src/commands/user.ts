/** `replywright user`: makes accounts for the desk and sets their passwords, or prints a link that logs in. */
import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import type { Db } from '../storage/tables.ts';
import type { Context } from './context.ts';
import { askNewPassword } from './new-password.ts';
import { printJson } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface UserOptions extends SettingsOptions {
  role: 'agent' | 'lead' | 'admin';
  link?: boolean;
  json?: boolean;
}

/** Long enough to reach a colleague by chat, short enough to be forgotten safely. */
const linkHours = 24;

function checkName(name: string): void {
  // No white space and no colon: names stand in logs, links and headers.
  if (/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u.test(name)) return;
  const detail = 'a name is up to 64 letters, digits and . _ @ -, a letter or digit first';
  throw new ReplywrightError('user_invalid', { detail });
}

async function withDatabase<Result>(
  context: Context,
  config: Config,
  work: (db: Db) => Promise<Result>,
): Promise<Result> {
  const [{ openDatabase }, { openLog }] = await Promise.all([
    import('../storage/open.ts'),
    import('../log.ts'),
  ]);
  const log = openLog('warn', (line) => context.err.write(line));
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  const database = await openDatabase(settings, log, { start: false });
  try {
    return await work(database.db);
  } finally {
    await database.close();
  }
}

/** A link that logs this account in once. Only its hash is kept. */
async function newLoginLink(db: Db, config: Config, name: string): Promise<string> {
  const [{ createLoginLink, findAccountByName }, { sha256 }] = await Promise.all([
    import('../storage/accounts.ts'),
    import('../storage/hash.ts'),
  ]);
  const account = await findAccountByName(db, name);
  if (account === null) throw new ReplywrightError('not_found', { what: 'user', id: name });
  const token = randomBytes(32).toString('base64url');
  await createLoginLink(db, account.id, sha256(token), linkHours);
  const { host, port, publicUrl } = config.desk;
  const local = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  const base = publicUrl ?? `http://${local.includes(':') ? `[${local}]` : local}:${port}`;
  return `${base.replace(/\/$/, '')}/login/${token}`;
}

function told(context: Context, options: UserOptions, facts: Record<string, string>): void {
  if (options.json) {
    printJson(context.out, facts);
    return;
  }
  context.err.write(`${facts.what}: ${facts.name}\n`);
  if (facts.link === undefined) return;
  context.err.write(`This link logs in once, within ${linkHours} hours:\n`);
  context.out.write(`${facts.link}\n`);
}

async function newHash(context: Context): Promise<string> {
  const { hashPassword } = await import('../web/password.ts');
  return await hashPassword(await askNewPassword(context));
}

async function add(context: Context, name: string, options: UserOptions): Promise<void> {
  checkName(name);
  const config = await settingsFor(context, options);
  const { createAccount } = await import('../storage/accounts.ts');
  const { role } = options;
  await withDatabase(context, config, async (db) => {
    const passwordHash = options.link ? null : await newHash(context);
    await createAccount(db, { name, role, passwordHash });
    const link = options.link ? { link: await newLoginLink(db, config, name) } : {};
    told(context, options, { what: 'added', name, role, ...link });
  });
}

async function reset(context: Context, name: string, options: UserOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const { findAccountByName, setPassword } = await import('../storage/accounts.ts');
  await withDatabase(context, config, async (db) => {
    if (options.link) {
      const link = await newLoginLink(db, config, name);
      told(context, options, { what: 'link made', name, link });
      return;
    }
    // Asked before the password, so that nobody types one for a name that is misspelt.
    if ((await findAccountByName(db, name)) === null)
      throw new ReplywrightError('not_found', { what: 'user', id: name });
    await setPassword(db, name, await newHash(context));
    told(context, options, { what: 'password set, open sessions ended', name });
  });
}

function shared(command: Command): Command {
  return command
    .argument('<name>', 'name of the user')
    .option('--link', 'print a link that logs in once, instead of asking for a password')
    .addOption(settingsOption())
    .option('--json', 'print the outcome as JSON');
}

export function userCommand(context: Context): Command {
  const addCommand = shared(new Command('add'))
    .description('make an account for the desk')
    .addOption(
      new Option('--role <role>', 'what the user may do')
        .choices(['agent', 'lead', 'admin'])
        .default('agent'),
    )
    .addHelpText(
      'after',
      '\nThe password is asked for twice, or read from standard input.\n\nExamples:\n  $ replywright user add mara\n  $ replywright user add jo --role lead --link\n  $ replywright user add bot < password.txt',
    )
    .action((name: string, options: UserOptions) => add(context, name, options));
  const resetCommand = shared(new Command('reset'))
    .description('set a new password and end all sessions of a user')
    .addHelpText(
      'after',
      '\nExamples:\n  $ replywright user reset mara\n  $ replywright user reset mara --link',
    )
    .action((name: string, options: UserOptions) => reset(context, name, options));
  return new Command('user')
    .description('manage the accounts of the desk')
    .addCommand(addCommand)
    .addCommand(resetCommand)
    .helpCommand(false);
}
