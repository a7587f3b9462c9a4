/** `replywright start`: runs Replywright until it is told to stop. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { RunningApp } from '../app.ts';
import { sinceMoment } from '../config/since.ts';
import type { Config } from '../config.ts';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import type { Context } from './context.ts';
import { busyPort } from './port-holder.ts';
import { printJson, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';
import { takingBar } from './taking-bar.ts';
import { terminalLog } from './terminal-log.ts';
import { programVersion } from './version.ts';

const roles = ['poll', 'work', 'web'] as const;

interface StartOptions extends SettingsOptions {
  role?: (typeof roles)[number][];
  port?: string;
  since?: Date;
  json?: boolean;
}

const examples = `
Examples:
  $ npx replywright start                       everything in one process
  $ npx replywright start --port 8080           the desk on another port
  $ npx replywright start --role poll work      mail and drafts only; the desk runs elsewhere
  $ npx replywright start --since 7d            also takes in the mail of the last seven days
  $ npx replywright start --since 2026-11-01    also takes in mail that came since then`;

/** @throws InvalidArgumentError for what is no moment in the past. */
function parseSince(written: string): Date {
  const now = new Date();
  const moment = sinceMoment(written, now);
  if (moment === null || moment > now)
    throw new InvalidArgumentError('Expected a number of days like 7d or a date like 2026-11-01.');
  return moment;
}

/** What is told once everything runs. */
function announce(context: Context, config: Config, app: RunningApp): void {
  const { out } = context;
  const place = config.sandbox
    ? `sandbox of the invented shop ${config.shop.name}`
    : `${config.shop.name}: ${config.mailboxes.map((mailbox) => mailbox.address).join(', ')}`;
  const lines = [
    '',
    `  ${styled(out, 'bold', `Replywright ${programVersion}`)}  ${styled(out, 'dim', place)}`,
    '',
  ];
  lines.push(...app.summary.map((line) => `  ${line}`), '');
  if (config.sandbox) lines.push('  For a real mailbox: npx replywright setup', '');
  // Near the end, where a person looks who has just started something.
  const link = app.loginLink ?? app.url;
  if (link !== null) {
    const what = app.loginLink === null ? 'Open the desk' : 'Log in, once, with this link';
    lines.push(`  ${what}:`, `  ${styled(out, ['cyan', 'underline'], link)}`, '');
  }
  lines.push(`  ${styled(out, 'dim', 'Ctrl+C stops it; nothing is lost.')}`, '');
  out.write(`${lines.join('\n')}\n`);
}

/** True when a person started it at a terminal: a hang-up then means that the terminal was closed. */
const atTerminal = ({ input }: Context): boolean => input.isTTY === true;

/** Waits for the first signal to stop; a second one ends the process at once. */
async function stopSignal(context: Context): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    let told = false;
    const onSignal = (signal: NodeJS.Signals) => {
      // 128 + the signal's number, as a shell reports a process that a signal ended.
      if (told) process.exit(signal === 'SIGINT' ? 130 : 143);
      told = true;
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    if (atTerminal(context)) process.on('SIGHUP', onSignal);
  });
}

/** The environment in which --port stands above the setting and its variable. */
function environmentWith(context: Context, port: string | undefined): Context['env'] {
  if (port === undefined) return context.env;
  // Told of the option here: the settings would blame the variable.
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)
    return { ...context.env, REPLYWRIGHT_PORT: port };
  const detail = `The option --port takes a whole number from 1 to 65535; found "${port}"`;
  throw new ReplywrightError('argument_invalid', { detail });
}

/**
 * Puts changed settings in force for as long as the program runs: when a file changes, and at SIGHUP
 * where no terminal can have been closed.
 *
 * @returns what ends it.
 */
async function followSettings(
  context: Context,
  options: StartOptions,
  app: RunningApp,
  log: Log,
): Promise<() => void> {
  const { settingsFiles, watchSettings } = await import('../config/watch.ts');
  const reread = async () => {
    try {
      await app.apply(await settingsFor(context, options));
    } catch (cause) {
      app.refuse(asReplywrightError(cause));
    }
  };
  const onSignal = () => {
    log.info('settings_asked_for');
    void reread();
  };
  if (!atTerminal(context)) process.on('SIGHUP', onSignal);
  const unwatch = watchSettings(settingsFiles(context.cwd, options.config), () => void reread());
  return () => {
    process.off('SIGHUP', onSignal);
    unwatch();
  };
}

async function start(context: Context, options: StartOptions): Promise<void> {
  // Listening from the first moment, so that a stop while starting is orderly, too.
  const stopped = stopSignal(context);
  const inside = { ...context, env: environmentWith(context, options.port) };
  const config = await settingsFor(inside, options);
  const [{ startApp }, { openLog }] = await Promise.all([import('../app.ts'), import('../log.ts')]);
  // The sandbox has a line for each of its many mails, and nobody keeps a log of an invented shop.
  const quiet = context.err.isTTY || config.sandbox;
  const level = config.log.level ?? (quiet ? 'warn' : 'info');
  const log = openLog(level, terminalLog(context));
  const app: RunningApp = await startApp(config, {
    roles: options.role ?? roles,
    log,
    version: programVersion,
    since: options.since ?? null,
    onTaking: takingBar(context),
  }).catch(async (error: unknown) => {
    const busy = error instanceof ReplywrightError && error.code === 'port_busy';
    throw busy ? await busyPort(config, error) : error;
  });
  if (options.json) {
    const { url, loginLink, summary } = app;
    printJson(context.out, { url, loginLink, summary, sandbox: config.sandbox, pid: process.pid });
  } else announce(context, config, app);
  const unfollow = await followSettings(inside, options, app, log);
  const signal = await stopped;
  if (!options.json) context.out.write(`\n  ${signal}: stopping; once more stops at once.\n`);
  unfollow();
  await app.stop();
  if (!options.json) context.out.write('  Stopped.\n');
}

export function startCommand(context: Context): Command {
  return new Command('start')
    .description('run Replywright: take mail in, draft, serve the desk, send what is approved')
    .addOption(new Option('--role <role...>', 'only these parts; default is all').choices(roles))
    .option('--port <port>', 'port of the desk')
    .option('--since <when>', 'also take in mail since a date, or of so many days (7d)', parseSince)
    .addOption(settingsOption())
    .option('--json', 'print one line of JSON when everything runs')
    .addHelpText('after', examples)
    .action((options: StartOptions) => start(context, options));
}
