/** `replywright prompts release` and `rollback`: a version becomes final, or gives way to the one before. */
import { readFile, stat } from 'node:fs/promises';
import { Command } from 'commander';
import { mailboxesByPrompt, promptOf } from '../app/prompts-in-use.ts';
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import type { Context } from './context.ts';
import { printJson } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface ReleaseOptions extends SettingsOptions {
  json?: boolean;
}

interface RollbackOptions extends SettingsOptions {
  mailbox?: string;
  to?: string;
  json?: boolean;
}

async function release(context: Context, version: string, options: ReleaseOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const [{ loadPrompt }, { lintPrompt }, { releasePrompt }] = await Promise.all([
    import('../responder/prompts.ts'),
    import('../responder/prompt-library.ts'),
    import('../responder/prompt-release.ts'),
  ]);
  // Loaded before anything is written, so that what is broken stays a draft.
  const [error] = await lintPrompt(await loadPrompt(config.prompts, version), config.policies);
  const { file, fileSha256: sha256 } = await releasePrompt(config.prompts, version);
  if (options.json) return printJson(context.out, { version, file, sha256, released: true });
  context.out.write(
    `Released ${version} (${sha256.slice(0, 12)}). Its file never changes again.\n`,
  );
  if (error !== undefined) context.err.write(`warning: ${error.message}\n`);
  if (!mailboxesByPrompt(config).has(version))
    context.out.write(`To draft with it, write \`prompt: ${version}\` into replywright.yaml.\n`);
}

/** The version to go back to, proved to be usable. */
async function goal(config: Config, current: string, wanted: string | undefined): Promise<string> {
  const [{ releasedBefore }, { loadPrompt }] = await Promise.all([
    import('../responder/prompt-release.ts'),
    import('../responder/prompts.ts'),
  ]);
  const version = wanted ?? (await releasedBefore(config.prompts, current));
  if (version === null) {
    const detail = `no version was released before ${current}`;
    const hint = 'Name one with --to; `npx replywright prompts list` shows them.';
    throw new ReplywrightError('rollback_impossible', { detail, hint });
  }
  return (await loadPrompt(config.prompts, version)).version;
}

async function changeSettings(file: string, mailbox: string | null, version: string) {
  const [{ withPrompt }, { replaceFile }] = await Promise.all([
    import('../config/change-prompt.ts'),
    import('./setup-files.ts'),
  ]);
  const text = withPrompt(await readFile(file, 'utf8'), mailbox, version);
  if (text === null)
    throw new ReplywrightError('unexpected', { detail: 'the mailbox is not in the settings file' });
  try {
    await replaceFile(file, text, (await stat(file)).mode & 0o777);
  } catch (cause) {
    const detail = fileTrouble(cause);
    throw new ReplywrightError('output_unwritable', { file, detail }, { cause });
  }
}

/** Mailboxes with a prompt of their own do not follow the prompt of all. */
function followers(config: Config, mailbox: string | undefined): string {
  const others = config.mailboxes.filter(({ name }) => promptOf(config, name) !== config.prompt);
  if (mailbox !== undefined || others.length === 0) return '';
  return ` Not so ${others.map(({ name }) => name).join(', ')}, with a prompt of their own.`;
}

async function rollback(context: Context, options: RollbackOptions): Promise<void> {
  const config = await settingsFor(context, options);
  if (config.file === null) {
    const hint = 'Without replywright.yaml there is only the sandbox; `setup` writes one.';
    throw new ReplywrightError('rollback_impossible', {
      detail: 'no settings file names one',
      hint,
    });
  }
  const { mailbox, to } = options;
  const names = config.mailboxes.map(({ name }) => name);
  if (mailbox !== undefined && !names.includes(mailbox)) {
    const detail = `There is no mailbox "${mailbox}"; there is: ${names.join(', ')}`;
    throw new ReplywrightError('argument_invalid', { detail });
  }
  const from = promptOf(config, mailbox ?? null);
  const version = await goal(config, from, to);
  await changeSettings(config.file, mailbox ?? null, version);
  const who = mailbox ?? 'all mailboxes';
  if (options.json)
    return printJson(context.out, {
      file: config.file,
      mailbox: mailbox ?? null,
      from,
      to: version,
    });
  context.out.write(
    `${config.file} now says ${version} for ${who}, in place of ${from}.${followers(config, mailbox)}\nA running Replywright follows at once; drafts that are ready stay as they are.\n`,
  );
}

export function promptsReleaseCommand(context: Context): Command {
  return new Command('release')
    .description('release a draft: its hash goes into released.json, and it never changes again')
    .argument('<version>', 'the draft, such as support/4')
    .addOption(settingsOption())
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', '\nExamples:\n  $ npx replywright prompts release support/4')
    .action((version: string, options: ReleaseOptions) => release(context, version, options));
}

export function promptsRollbackCommand(context: Context): Command {
  return new Command('rollback')
    .description('draft with the version released before again; changes replywright.yaml')
    .option('--mailbox <name>', 'only for this mailbox; default is the `prompt` of all')
    .option('--to <version>', 'this version instead of the one released before')
    .addOption(settingsOption())
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      '\nWhat stood in the file before is kept beside it as .bak. Where a rollout splits a mailbox between\nresponders, `npx replywright rollout back` takes that back.\n\nExamples:\n  $ npx replywright prompts rollback\n  $ npx replywright prompts rollback --mailbox support --to support/1',
    )
    .action((options: RollbackOptions) => rollback(context, options));
}
