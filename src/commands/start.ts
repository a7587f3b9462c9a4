/** `replywright start`: runs Replywright until it is told to stop. */
import { Command, Option } from 'commander';
import type { RunningApp } from '../app.ts';
import type { Config } from '../config.ts';
import type { Context } from './context.ts';
import { printJson, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';
import { programVersion } from './version.ts';

const roles = ['poll', 'work', 'web'] as const;

interface StartOptions extends SettingsOptions {
  role?: (typeof roles)[number][];
  port?: string;
  json?: boolean;
}

const examples = `
Examples:
  $ replywright start                       everything in one process
  $ replywright start --port 8080           the desk on another port
  $ replywright start --role poll work      mail and drafts only; the desk runs elsewhere`;

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
  const link = app.loginLink ?? app.url;
  if (link !== null) {
    const what = app.loginLink === null ? 'Open the desk' : 'Log in, once, with this link';
    lines.push(`  ${what}:`, `  ${styled(out, ['cyan', 'underline'], link)}`, '');
  }
  lines.push(...app.summary.map((line) => `  ${line}`), '');
  if (config.sandbox) lines.push('  For a real mailbox: npx replywright setup');
  lines.push(`  ${styled(out, 'dim', 'Ctrl+C stops it; nothing is lost.')}`, '');
  out.write(`${lines.join('\n')}\n`);
}

/** Waits for the first signal to stop; a second one ends the process at once. */
async function stopSignal(): Promise<NodeJS.Signals> {
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
  });
}

async function start(context: Context, options: StartOptions): Promise<void> {
  // Listening from the first moment, so that a stop while starting is orderly, too.
  const stopped = stopSignal();
  // As a variable, so that it passes the same checks as the setting.
  const env =
    options.port === undefined ? context.env : { ...context.env, REPLYWRIGHT_PORT: options.port };
  const config = await settingsFor({ ...context, env }, options);
  const [{ startApp }, { openLog }] = await Promise.all([import('../app.ts'), import('../log.ts')]);
  const level = config.log.level ?? (context.err.isTTY ? 'warn' : 'info');
  const log = openLog(level, (line) => context.err.write(line));
  const app: RunningApp = await startApp(config, {
    roles: options.role ?? roles,
    log,
    version: programVersion,
  });
  if (options.json) {
    const { url, loginLink, summary } = app;
    printJson(context.out, { url, loginLink, summary, sandbox: config.sandbox, pid: process.pid });
  } else announce(context, config, app);
  const signal = await stopped;
  if (!options.json) context.out.write(`\n  ${signal}: stopping; once more stops at once.\n`);
  await app.stop();
  if (!options.json) context.out.write('  Stopped.\n');
}

export function startCommand(context: Context): Command {
  return new Command('start')
    .description('run Replywright: take mail in, draft, serve the desk, send what is approved')
    .addOption(new Option('--role <role...>', 'only these parts; default is all').choices(roles))
    .option('--port <port>', 'port of the desk')
    .addOption(settingsOption())
    .option('--json', 'print one line of JSON when everything runs')
    .addHelpText('after', examples)
    .action((options: StartOptions) => start(context, options));
}
