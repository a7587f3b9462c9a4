/** `replywright rollout`: splits a mailbox between responders, goes back, and sets what drafts silently. */
import { userInfo } from 'node:os';
import { Command } from 'commander';
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { placeCount, reallot, type Share } from '../domain/rollout.ts';
import type { Tx } from '../storage/tables.ts';
import type { Context } from './context.ts';
import { printJson, styled } from './print.ts';
import type { RolloutState } from './rollout-state.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';
import { withDatabase } from './with-database.ts';

interface RolloutOptions extends SettingsOptions {
  json?: boolean;
}

/** Who types the command, as the machine knows them. */
function author(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in passwd, as containers have them.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function invalid(mailbox: string, detail: string): ReplywrightError {
  return new ReplywrightError('rollout_invalid', { mailbox, detail });
}

function percentOf(mailbox: string, text: string): number {
  const percent = Number(text);
  if (/^\d+$/.test(text) && percent <= placeCount) return percent;
  throw invalid(mailbox, `"${text}" is no whole number from 0 to 100`);
}

/**
 * The shares as they were typed; what is left of a hundred percent goes to the mailbox's own responder.
 *
 * @throws ReplywrightError `rollout_invalid`.
 */
export function readShares(mailbox: string, own: string, words: readonly string[]): Share[] {
  const shares = words.map((word): Share => {
    const [, responder = '', percent = ''] = /^(.+)=(.*)$/.exec(word) ?? [];
    if (responder === '') throw invalid(mailbox, `"${word}" is not NAME=PERCENT`);
    return { responder, percent: percentOf(mailbox, percent.replace(/ ?%$/, '')) };
  });
  const names = shares.map(({ responder }) => responder);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw invalid(mailbox, `${twice} is named twice`);
  const total = shares.reduce((sum, { percent }) => sum + percent, 0);
  const rest = placeCount - total;
  if (rest < 0 || (rest > 0 && names.includes(own)))
    throw invalid(mailbox, `together they are ${total} percent`);
  return [...shares, ...(rest > 0 ? [{ responder: own, percent: rest }] : [])];
}

const moment = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ');

async function printStates(
  context: Context,
  states: readonly RolloutState[],
  options: RolloutOptions,
): Promise<void> {
  const { out } = context;
  if (options.json) return printJson(out, { mailboxes: states });
  const { sharesText } = await import('./rollout-state.ts');
  for (const { mailbox, own, split, shadow, missing, history } of states) {
    out.write(`${styled(out, 'bold', mailbox)}\n`);
    out.write(`  drafts    ${sharesText(split, `${own}, by the settings`)}\n`);
    out.write(`  silently  ${sharesText(shadow, 'none')}\n`);
    if (missing.length > 0)
      out.write(
        `  missing   ${missing.join(', ')}: not in the settings; ${own} drafts in place of them\n`,
      );
    for (const { kind, from, to, by, at } of history) {
      const [before, after] = [from, to].map((shares) => sharesText(shares, 'by the settings'));
      out.write(`  ${moment(at)} UTC  ${by}: ${kind} ${before} -> ${after}\n`);
    }
  }
}

async function show(
  context: Context,
  mailbox: string | undefined,
  options: RolloutOptions,
): Promise<void> {
  const config = await settingsFor(context, options);
  const { checkMailbox, knownMailboxes, rolloutState } = await import('./rollout-state.ts');
  if (mailbox !== undefined) checkMailbox(config, mailbox);
  const names = mailbox === undefined ? knownMailboxes(config) : [mailbox];
  const states = await withDatabase(context, config, 'there', (db) =>
    Promise.all(names.map((name) => rolloutState(db, config, name))),
  );
  await printStates(context, states, options);
}

/** Makes one change and shows what is in force then. */
async function change(
  context: Context,
  mailbox: string,
  options: RolloutOptions,
  make: (tx: Tx, config: Config) => Promise<unknown>,
): Promise<void> {
  const config = await settingsFor(context, options);
  const { checkMailbox, rolloutState } = await import('./rollout-state.ts');
  checkMailbox(config, mailbox);
  const state = await withDatabase(context, config, 'there', (db) =>
    db.transaction().execute(async (tx) => {
      await make(tx, config);
      return await rolloutState(tx, config, mailbox);
    }),
  );
  await printStates(context, [{ ...state, history: state.history.slice(0, 1) }], options);
}

async function setSplit(
  context: Context,
  mailbox: string,
  words: readonly string[],
  options: RolloutOptions,
): Promise<void> {
  const { ownResponder, responderSettings } = await import('./configured-responder.ts');
  const { setRollout } = await import('../storage/rollouts.ts');
  await change(context, mailbox, options, async (tx, config) => {
    const own = ownResponder(config, mailbox);
    const shares = readShares(mailbox, own, words);
    for (const { responder } of shares) responderSettings(config, responder);
    const setting = { mailbox, kind: 'split' as const, setBy: author() };
    await setRollout(tx, setting, (places) =>
      reallot(places.length > 0 ? places : Array<string>(placeCount).fill(own), shares),
    );
  });
}

async function setShadow(
  context: Context,
  mailbox: string,
  responder: string,
  options: RolloutOptions & { percent: string },
): Promise<void> {
  const { responderSettings } = await import('./configured-responder.ts');
  const { setRollout } = await import('../storage/rollouts.ts');
  await change(context, mailbox, options, async (tx, config) => {
    const off = responder === 'off';
    if (!off) responderSettings(config, responder);
    const percent = off ? 0 : percentOf(mailbox, options.percent);
    const setting = { mailbox, kind: 'shadow' as const, setBy: author() };
    await setRollout(tx, setting, () => Array<string>(percent).fill(responder));
  });
}

async function back(context: Context, mailbox: string, options: RolloutOptions): Promise<void> {
  const { goBack } = await import('../storage/rollouts.ts');
  await change(context, mailbox, options, (tx) => goBack(tx, mailbox, author()));
}

async function clear(context: Context, mailbox: string, options: RolloutOptions): Promise<void> {
  const { setRollout } = await import('../storage/rollouts.ts');
  const setting = { mailbox, kind: 'split' as const, setBy: author() };
  await change(context, mailbox, options, (tx) => setRollout(tx, setting, () => []));
}

const shared = (command: Command) =>
  command.addOption(settingsOption()).option('--json', 'print what is in force as JSON');

function changingCommands(context: Context): Command[] {
  const set = shared(new Command('set'))
    .description('split the conversations of a mailbox between responders')
    .argument('<mailbox>', 'name of the mailbox')
    .argument('<shares...>', "NAME=PERCENT; the rest goes to the mailbox's own responder")
    .addHelpText(
      'after',
      '\nA conversation stays with its responder; a larger share takes over only as many as it grows by.\n\nExamples:\n  $ npx replywright rollout set support careful=10\n  $ npx replywright rollout set support careful=100',
    )
    .action((mailbox: string, shares: string[], options: RolloutOptions) =>
      setSplit(context, mailbox, shares, options),
    );
  const goingBack = shared(new Command('back'))
    .description('put the split in force that was before the last change')
    .argument('<mailbox>', 'name of the mailbox')
    .addHelpText('after', '\nExamples:\n  $ npx replywright rollout back support')
    .action((mailbox: string, options: RolloutOptions) => back(context, mailbox, options));
  const clearing = shared(new Command('clear'))
    .description('let the settings alone decide which responder drafts')
    .argument('<mailbox>', 'name of the mailbox')
    .addHelpText('after', '\nExamples:\n  $ npx replywright rollout clear support')
    .action((mailbox: string, options: RolloutOptions) => clear(context, mailbox, options));
  const shadow = shared(new Command('shadow'))
    .description('have a second responder draft silently, for comparison')
    .argument('<mailbox>', 'name of the mailbox')
    .argument('<responder>', 'name of the responder, or off')
    .option('--percent <n>', 'for so many of the conversations', '100')
    .addHelpText(
      'after',
      '\nA shadow draft can never be approved or sent; it costs what a draft costs.\n\nExamples:\n  $ npx replywright rollout shadow support careful --percent 10\n  $ npx replywright rollout shadow support off',
    )
    .action((mailbox: string, name: string, options: RolloutOptions & { percent: string }) =>
      setShadow(context, mailbox, name, options),
    );
  return [set, goingBack, clearing, shadow];
}

export function rolloutCommand(context: Context): Command {
  const showing = shared(new Command('show'))
    .description('show which responders draft, and who changed that')
    .argument('[mailbox]', 'name of the mailbox; default is all')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx replywright rollout show\n  $ npx replywright rollout show support --json',
    )
    .action((mailbox: string | undefined, options: RolloutOptions) =>
      show(context, mailbox, options),
    );
  const command = new Command('rollout')
    .description('split a mailbox between responders, at once for all processes')
    .addCommand(showing)
    .helpCommand(false);
  for (const changing of changingCommands(context)) command.addCommand(changing);
  return command;
}
