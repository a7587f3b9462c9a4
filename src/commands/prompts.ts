/** `replywright prompts`: lists, checks, compares, previews, releases and takes back prompt versions. */
import { Command } from 'commander';
import { mailboxesByPrompt } from '../app/prompts-in-use.ts';
import type { Config } from '../config.ts';
import type { Context } from './context.ts';
import { printJson, printRows, styled } from './print.ts';
import { promptsCheckCommand } from './prompts-check.ts';
import { promptsDiffCommand } from './prompts-diff.ts';
import { promptsPreviewCommand } from './prompts-preview.ts';
import { promptsReleaseCommand, promptsRollbackCommand } from './prompts-release.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

type ListOptions = SettingsOptions & { json?: boolean };

async function facts(config: Config) {
  const { promptLibrary } = await import('../responder/prompt-library.ts');
  const used = mailboxesByPrompt(config);
  const listed = await promptLibrary(config.prompts, config.shop.name);
  return listed.map((entry) => {
    const mailboxes = used.get(entry.version) ?? [];
    if ('error' in entry) {
      const { code, message } = entry.error;
      return { version: entry.version, mailboxes, problem: { code, message } };
    }
    const { prompt, tokens, sections } = entry;
    const { released, file, fileSha256, frontMatter, houseStyle } = prompt;
    return {
      ...{ version: entry.version, mailboxes, problem: null, released, file, sha256: fileSha256 },
      ...{ description: frontMatter.description, tokens, sections },
      houseStyle: houseStyle?.file ?? null,
    };
  });
}

async function list(context: Context, options: ListOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const prompts = await facts(config);
  if (options.json) return printJson(context.out, { folder: config.prompts, prompts });
  const rows = prompts.map((one) => {
    const use = one.mailboxes.length === 0 ? '' : `drafts for ${one.mailboxes.join(', ')}`;
    if (one.problem !== null) return [one.version, 'broken', '', '', use];
    const state = one.released ? 'released' : 'draft';
    return [one.version, state, one.sha256.slice(0, 12), `${one.tokens} tokens`, use];
  });
  printRows(context.out, [['version', 'state', 'sha256', 'text', 'use'], ...rows]);
  for (const one of prompts) {
    const said = one.problem === null ? one.description : one.problem.message;
    context.out.write(`\n${styled(context.out, 'bold', one.version)}\n${said}\n`);
  }
  if (prompts.length === 0) context.err.write(`There are no prompts in ${config.prompts}.\n`);
}

export function promptsCommand(context: Context): Command {
  const listCommand = new Command('list')
    .description('list the versions: released or draft, hash, tokens, who drafts with them')
    .addOption(settingsOption())
    .option('--json', 'print the list as JSON, with the tokens of each section')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx replywright prompts list\n  $ npx replywright prompts list --json',
    )
    .action((options: ListOptions) => list(context, options));
  return new Command('prompts')
    .description('list, check, compare, try, release and take back prompt versions')
    .addCommand(listCommand)
    .addCommand(promptsCheckCommand(context))
    .addCommand(promptsDiffCommand(context))
    .addCommand(promptsPreviewCommand(context))
    .addCommand(promptsReleaseCommand(context))
    .addCommand(promptsRollbackCommand(context))
    .helpCommand(false);
}
