/** `replywright connect`: asks a person to grant access to a mailbox by OAuth, and keeps the token. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Argument, Command } from 'commander';
import type { MailboxConfig } from '../config/mailbox.ts';
import type { OAuthClient } from '../config/oauth-client.ts';
import { oauthProviders } from '../config/oauth-schema.ts';
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import type { ConsentRequest, Grant, OAuthSettings } from '../mail/oauth-grants.ts';
import type { Database } from '../storage/open.ts';
import type { ComeBack, ConsentListener } from './consent-listener.ts';
import type { Context } from './context.ts';
import { printJson, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface ConnectOptions extends SettingsOptions {
  mailbox?: string;
  clientId?: string;
  port: string;
  browser: boolean;
  timeout: string;
  json?: boolean;
}

const examples = `
The mailbox must be in replywright.yaml with \`auth: oauth\` and the group \`oauth\`; see
docs/mailboxes.md for how to register at the provider. A running Replywright takes the token up by
itself. Where the browser is on another machine, paste the address it ends at.

Examples:
  $ npx replywright connect gmail
  $ npx replywright connect microsoft --mailbox support
  $ npx replywright connect generic --mailbox support --port 8400 --no-browser`;

function refused(detail: string): ReplywrightError {
  return new ReplywrightError('argument_invalid', { detail });
}

/** The mailbox that is meant, and whom its tokens come from. */
function chosen(
  config: Config,
  provider: string,
  wanted: string | undefined,
): { mailbox: MailboxConfig; client: OAuthClient } {
  const fitting = config.mailboxes.flatMap((mailbox) =>
    mailbox.oauth?.provider === provider ? [{ mailbox, client: mailbox.oauth }] : [],
  );
  const names = fitting.map(({ mailbox }) => mailbox.name).join(', ') || 'none';
  const known = `in the settings with \`auth: oauth\` and \`oauth.provider: ${provider}\`: ${names}`;
  if (wanted === undefined && fitting.length > 1)
    throw refused(`Name the mailbox with --mailbox; there are, ${known}`);
  const found = fitting.find(({ mailbox }) => wanted === undefined || mailbox.name === wanted);
  if (found === undefined) throw refused(`There is no mailbox ${wanted ?? ''}, ${known}`);
  return found;
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^\d{1,6}$/.test(text) && Number(text) <= most) return Number(text);
  throw refused(`--${name} is a whole number up to ${most}`);
}

/** The database of the running program; one that is not running is started for the moment. */
async function openStore(context: Context, config: Config): Promise<Database> {
  const [{ openForCommand }, { openLog }] = await Promise.all([
    import('../storage/open.ts'),
    import('../log.ts'),
  ]);
  const log = openLog('warn', (line) => context.err.write(line));
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  return await openForCommand(settings, log, 'made');
}

async function keep(
  context: Context,
  config: Config,
  mailbox: string,
  clientId: string,
  { refreshToken, ...grant }: Grant,
): Promise<void> {
  const [{ keepToken }, { openSealingKey }] = await Promise.all([
    import('../storage/mailbox-tokens.ts'),
    import('../storage/sealing.ts'),
  ]);
  const database = await openStore(context, config);
  try {
    const key = await openSealingKey(config.key, config.data);
    const token = { ...grant, clientId, refreshToken: refreshToken ?? '' };
    await keepToken(database.db, key, mailbox, token);
  } finally {
    await database.close();
  }
}

/** Opens the page where a person sits before this machine; elsewhere the printed link is the way. */
function openBrowser(link: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [link], { stdio: 'ignore', detached: true });
  // No browser, no harm: the link stands on the terminal.
  child.on('error', () => {});
  child.unref();
}

/** The address that a person copies from a browser on another machine. */
function pasted(
  context: Context,
  isOurs: (address: URL) => boolean,
): { comeBack: Promise<ComeBack>; end(): void } {
  const lines = createInterface({ input: context.input });
  const comeBack = new Promise<ComeBack>((resolve) => {
    lines.on('line', (line) => {
      const text = line.trim().slice(0, 10_000);
      if (text === '') return;
      if (URL.canParse(text) && isOurs(new URL(text)))
        resolve({ address: new URL(text), tell: () => {} });
      else context.err.write('That is not the address that the browser ended at.\n');
    });
  });
  return { comeBack, end: () => lines.close() };
}

/** Waits for the browser or for a pasted address. @throws ReplywrightError `oauth_not_granted` */
async function comeBack(
  context: Context,
  listener: ConsentListener,
  isOurs: (address: URL) => boolean,
  seconds: number,
): Promise<ComeBack> {
  const ending = new AbortController();
  const detail = `nobody granted it within ${seconds} s`;
  const late = () => ending.abort(new ReplywrightError('oauth_not_granted', { detail }));
  const timer = setTimeout(late, seconds * 1000);
  const paste = pasted(context, isOurs);
  try {
    return await Promise.race([listener.comeBack(isOurs, ending.signal), paste.comeBack]);
  } finally {
    clearTimeout(timer);
    paste.end();
  }
}

async function grantFor(
  context: Context,
  settings: OAuthSettings,
  request: ConsentRequest,
  listener: ConsentListener,
  seconds: number,
): Promise<Grant> {
  const { belongsTo, takeConsent } = await import('../mail/oauth-grants.ts');
  const isOurs = (address: URL) => belongsTo(request, address);
  const { address, tell } = await comeBack(context, listener, isOurs, seconds);
  try {
    const grant = await takeConsent(settings, request, address);
    tell('Replywright has been granted access. You can close this page.');
    return grant;
  } catch (error) {
    tell('Replywright was not granted access. What to do stands where you started it.');
    throw error;
  }
}

async function connect(context: Context, provider: string, options: ConnectOptions): Promise<void> {
  const port = wholeNumber('port', options.port, 65_535);
  const seconds = wholeNumber('timeout', options.timeout, 86_400);
  const config = await settingsFor(context, options);
  const { mailbox, client } = chosen(config, provider, options.mailbox);
  const { name, address } = mailbox;
  const clientId = options.clientId ?? client.clientId;
  if (clientId === null)
    throw refused('Give the id under which Replywright is registered, with --client-id');
  // Before a person takes the trouble: the token must have a place to go to.
  await (await openStore(context, config)).close();
  const [{ listenForConsent }, { consentRequest }] = await Promise.all([
    import('./consent-listener.ts'),
    import('../mail/oauth-grants.ts'),
  ]);
  const settings = { ...client, mailbox: name, clientId };
  const listener = await listenForConsent(client.redirectHost, port);
  try {
    const request = await consentRequest(settings, listener.redirectUri, address);
    if (options.json) printJson(context.out, { link: request.link });
    else context.out.write(`Grant access to ${address} on this page:\n\n  ${request.link}\n\n`);
    if (options.browser && context.out.isTTY) openBrowser(request.link);
    const grant = await grantFor(context, settings, request, listener, seconds);
    await keep(context, config, name, clientId, grant);
  } finally {
    await listener.close();
  }
  if (options.json) printJson(context.out, { connected: name });
  else
    context.out.write(
      `${styled(context.out, 'green', '✓')} ${name} is connected. \`npx replywright doctor\` looks whether it works.\n`,
    );
}

export function connectCommand(context: Context): Command {
  return new Command('connect')
    .description('grant access to a mailbox by OAuth and keep the token, encrypted')
    .addArgument(new Argument('<provider>', 'who gives the access').choices(oauthProviders))
    .option('--mailbox <name>', 'the mailbox; default is the only one of that provider')
    .option('--client-id <id>', 'another client id than `oauth.clientId`')
    .option('--port <port>', 'the port that the browser comes back to; 0 is any', '0')
    .option('--no-browser', 'only print the link')
    .option('--timeout <seconds>', 'how long to wait for the person', '600')
    .addOption(settingsOption())
    .option('--json', 'print the link and the outcome as JSON lines')
    .addHelpText('after', examples)
    .action((provider: string, options: ConnectOptions) => connect(context, provider, options));
}
