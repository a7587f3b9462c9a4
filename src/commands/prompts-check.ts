/** `replywright prompts check`: all that code can tell of prompt versions before they are used. */
import { Command } from 'commander';
import { mailboxesByPrompt } from '../app/prompts-in-use.ts';
import type { Config } from '../config.ts';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { LibraryEntry } from '../responder/prompt-library.ts';
import type { Context } from './context.ts';
import { counted, printJson, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface CheckOptions extends SettingsOptions {
  json?: boolean;
}

/** What is said of one version. An error keeps it from drafting, or from drafting as it was meant. */
interface Remark {
  level: 'error' | 'warning';
  text: string;
}

interface Checked {
  version: string;
  state: 'released' | 'draft' | 'broken' | 'missing';
  remarks: Remark[];
}

function told(error: ReplywrightError): Remark {
  return { level: 'error', text: `${error.message} ${error.mend}` };
}

function styleRemarks({ prompt }: LibraryEntry): Remark[] {
  const { houseStyle } = prompt;
  if (houseStyle === null || !houseStyle.text.includes('{{')) return [];
  const text = `The house style ${houseStyle.file} has {{ in it. It is no template: the braces would stand in the prompt as they are.`;
  return [{ level: 'warning', text }];
}

async function restRemarks({ prompt }: LibraryEntry, config: Config): Promise<Remark[]> {
  const { lintPrompt } = await import('../responder/prompt-library.ts');
  try {
    const findings = await lintPrompt(prompt, config.policies);
    return findings.map(({ level, message }) => ({ level, text: message }));
  } catch (error) {
    return [told(asReplywrightError(error))];
  }
}

/** A version in use says more: that it is a draft, or has no room for a house style that is there. */
async function useRemarks(
  { prompt }: LibraryEntry,
  config: Config,
  mailboxes: readonly string[],
): Promise<Remark[]> {
  if (mailboxes.length === 0) return [];
  const remarks: Remark[] = [];
  const names = mailboxes.join(', ');
  if (!prompt.released)
    remarks.push({ level: 'warning', text: `It drafts for ${names} and is a draft itself.` });
  const { loadHouseStyle } = await import('../responder/house-style.ts');
  const [name = ''] = prompt.version.split('/');
  const style = await loadHouseStyle(config.prompts, name).catch(() => null);
  if (style !== null && prompt.houseStyle === null) {
    const text = `It drafts for ${names} and has no room for the house style ${style.file}.`;
    remarks.push({ level: 'warning', text });
  }
  return remarks;
}

async function examine(config: Config): Promise<Checked[]> {
  const { promptLibrary } = await import('../responder/prompt-library.ts');
  const used = mailboxesByPrompt(config);
  const listed = await promptLibrary(config.prompts, config.shop.name);
  const checked = listed.map(async (entry): Promise<Checked> => {
    const { version } = entry;
    if ('error' in entry) return { version, state: 'broken', remarks: [told(entry.error)] };
    const remarks = [
      ...(await restRemarks(entry, config)),
      ...styleRemarks(entry),
      ...(await useRemarks(entry, config, used.get(version) ?? [])),
    ];
    return { version, state: entry.prompt.released ? 'released' : 'draft', remarks };
  });
  const known = listed.map(({ version }) => version);
  const missing = [...used.keys()].filter((version) => !known.includes(version));
  const gone = missing.map((version): Checked => {
    const error = new ReplywrightError('prompt_missing', { version, known: known.join(', ') });
    return { version, state: 'missing', remarks: [told(error)] };
  });
  return [...(await Promise.all(checked)), ...gone];
}

async function check(context: Context, options: CheckOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const prompts = await examine(config);
  const { examinePolicies } = await import('../responder/policy-lint.ts');
  const { findings } = await examinePolicies(config.policies, config.shop.linkDomains);
  const broken = findings.filter(({ level }) => level === 'error').length;
  const failed = prompts.some(({ remarks }) => remarks.some(({ level }) => level === 'error'));
  context.exitCode = failed || broken > 0 ? 1 : 0;
  const counts = { errors: broken, warnings: findings.length - broken };
  if (options.json)
    return printJson(context.out, { ok: context.exitCode === 0, prompts, policies: counts });
  for (const { version, state, remarks } of prompts) {
    const isWrong = remarks.some(({ level }) => level === 'error');
    const mark = isWrong ? styled(context.out, 'red', '✗') : styled(context.out, 'green', '✓');
    context.out.write(`${mark} ${version}, ${state}\n`);
    for (const { level, text } of remarks) context.out.write(`  ${level}: ${text}\n`);
  }
  const mark = broken > 0 ? styled(context.out, 'red', '✗') : styled(context.out, 'green', '✓');
  const more = findings.length > 0 ? '; see `npx replywright policies check`' : '';
  const told = `${counted(counts.errors, 'error')}, ${counted(counts.warnings, 'warning')}`;
  context.out.write(`${mark} policies, ${told}${more}\n`);
}

export function promptsCheckCommand(context: Context): Command {
  return new Command('check')
    .description('check all versions: front matter, names, hashes, house style, examples, policies')
    .addOption(settingsOption())
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      '\nExits with 1 when there are errors; warnings alone do not count.\n\nExamples:\n  $ npx replywright prompts check\n  $ npx replywright prompts check --json',
    )
    .action((options: CheckOptions) => check(context, options));
}
