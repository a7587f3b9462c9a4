/** `replywright user`: makes accounts for the desk, lists them, sets passwords, or prints links that log in. */
import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import type { Account } from '../storage/accounts.ts';
import type { Db } from '../storage/tables.ts';
import type { Context } from './context.ts';
import { askNewPassword } from './new-password.ts';
import { printJson, printRows } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';
import { withDatabase } from './with-database.ts';

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

/** The account of that name. @throws ReplywrightError `user_unknown`. */
async function accountOf(db: Db, name: string): Promise<Account> {
  const { findAccountByName, unknownUser } = await import('../storage/accounts.ts');
  const account = await findAccountByName(db, name);
  if (account === null) throw await unknownUser(db, name);
  return account;
}

/** A link that logs this account in once. Only its hash is kept. */
async function newLoginLink(db: Db, config: Config, { id }: Account): Promise<string> {
  const [{ createLoginLink }, { sha256 }, { deskUrl }] = await Promise.all([
    import('../storage/accounts.ts'),
    import('../storage/hash.ts'),
    import('../web/desk-url.ts'),
  ]);
  const token = randomBytes(32).toString('base64url');
  await createLoginLink(db, id, sha256(token), linkHours);
  return `${deskUrl(config.desk, config.desk.port)}/login/${token}`;
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
  const passwordHash = options.link ? null : await newHash(context);
  await withDatabase(context, config, 'made', async (db) => {
    const account = await createAccount(db, { name, role, passwordHash });
    const link = options.link ? { link: await newLoginLink(db, config, account) } : {};
    told(context, options, { what: 'added', name, role, ...link });
  });
}

async function reset(context: Context, name: string, options: UserOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const { endSessions, setPassword } = await import('../storage/accounts.ts');
  if (options.link) {
    const link = await withDatabase(context, config, 'there', (db) =>
      db.transaction().execute(async (tx) => {
        const account = await accountOf(tx, name);
        await endSessions(tx, account.id);
        return await newLoginLink(tx, config, account);
      }),
    );
    told(context, options, { what: 'link made, open sessions ended', name, link });
    return;
  }
  // Asked before the password, so that nobody types one for a name that is misspelt.
  await withDatabase(context, config, 'there', (db) => accountOf(db, name));
  const passwordHash = await newHash(context);
  await withDatabase(context, config, 'there', (db) => setPassword(db, name, passwordHash));
  told(context, options, { what: 'password set, open sessions ended', name });
}

async function list(context: Context, options: SettingsOptions & { json?: boolean }) {
  const config = await settingsFor(context, options);
  const [{ listAccounts }, { ago }] = await Promise.all([
    import('../storage/accounts.ts'),
    import('../web/wording.ts'),
  ]);
  const users = await withDatabase(context, config, 'there', listAccounts);
  if (options.json) return printJson(context.out, { users });
  const now = new Date();
  const rows = users.map(({ name, role, hasPassword, lastSeenAt }) => {
    const seen = lastSeenAt === null ? 'not logged in' : `seen ${ago(lastSeenAt, now)}`;
    return [name, role, hasPassword ? 'password' : 'no password', seen];
  });
  printRows(context.out, rows);
  if (rows.length === 0) context.err.write('No users yet; the first start makes one.\n');
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
      '\nThe password is asked for twice, or read from standard input.\n\nExamples:\n  $ npx replywright user add mara\n  $ npx replywright user add jo --role lead --link\n  $ npx replywright user add bot < password.txt',
    )
    .action((name: string, options: UserOptions) => add(context, name, options));
  const resetCommand = shared(new Command('reset'))
    .description('set a new password, or print a link, and end all sessions of a user')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx replywright user reset mara\n  $ npx replywright user reset mara --link',
    )
    .action((name: string, options: UserOptions) => reset(context, name, options));
  const listCommand = new Command('list')
    .description('list the users: role, whether there is a password, when a session was last used')
    .addOption(settingsOption())
    .option('--json', 'print the list as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx replywright user list\n  $ npx replywright user list --json',
    )
    .action((options: SettingsOptions & { json?: boolean }) => list(context, options));
  return new Command('user')
    .description('manage the accounts of the desk')
    .addCommand(addCommand)
    .addCommand(resetCommand)
    .addCommand(listCommand)
    .helpCommand(false);
}
