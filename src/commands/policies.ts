/** `replywright policies`: lists the policies and says what code finds odd in them. */
import { Command } from 'commander';
import { mailboxesByPrompt } from '../app/prompts-in-use.ts';
import type { Config } from '../config.ts';
import type { Example } from '../responder/examples.ts';
import type { PolicyFinding } from '../responder/policy-lint.ts';
import type { Context } from './context.ts';
import { counted, printJson, printRows, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface PolicyOptions extends SettingsOptions {
  json?: boolean;
}

interface ExampleFile {
  /** Path below the prompts folder. */
  name: string;
  examples: readonly Example[];
}

/** The examples of all prompt versions in use; one that cannot be read is for `prompts check` to tell. */
async function exampleFiles(config: Config): Promise<ExampleFile[]> {
  const [{ examplesFile, loadPrompt }, { loadExamples }, path] = await Promise.all([
    import('../responder/prompts.ts'),
    import('../responder/examples.ts'),
    import('node:path'),
  ]);
  const files = new Map<string, ExampleFile>();
  for (const version of mailboxesByPrompt(config).keys()) {
    const prompt = await loadPrompt(config.prompts, version).catch(() => null);
    if (prompt === null) continue;
    const file = examplesFile(prompt);
    const loaded = await loadExamples(file).catch(() => null);
    const name = path.relative(config.prompts, file);
    if (loaded !== null) files.set(file, { name, examples: loaded.examples });
  }
  return [...files.values()];
}

async function list(context: Context, options: PolicyOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const [{ loadPolicies }, { estimateTokens }] = await Promise.all([
    import('../responder/policies.ts'),
    import('../responder/token-estimate.ts'),
  ]);
  const { policies, sha256 } = await loadPolicies(config.policies);
  const examples = (await exampleFiles(config)).flatMap((file) => file.examples);
  const citing = (id: string) =>
    examples
      .filter(({ citations }) => citations.some(({ section }) => section === id))
      .map((example) => example.id);
  const files = policies.map(({ name, title, sections }) => {
    const shown = sections.map(({ id, heading, line, text }) => ({
      ...{ id, heading, line },
      tokens: estimateTokens(`${heading}\n${text}`),
      examples: citing(id),
    }));
    const tokens = shown.reduce((sum, section) => sum + section.tokens, 0);
    return { file: `${name}.md`, title, tokens, sections: shown };
  });
  const tokens = files.reduce((sum, file) => sum + file.tokens, 0);
  if (options.json)
    return printJson(context.out, { folder: config.policies, sha256, tokens, files });
  const rows = files.flatMap((file) => [
    [`${file.file}, ${file.title}`, '', `${file.tokens} tokens`],
    ...file.sections.map((section) => {
      const cited = section.examples.length;
      const by = cited === 0 ? '' : `, cited by ${cited} example${cited === 1 ? '' : 's'}`;
      return [`  ${section.id}`, section.heading, `${section.tokens} tokens${by}`];
    }),
  ]);
  printRows(context.out, rows);
  context.out.write(`\n${files.length} files, ${tokens} tokens, sha256 ${sha256.slice(0, 12)}\n`);
}

async function examine(config: Config): Promise<PolicyFinding[]> {
  const { examinePolicies, lintExamples } = await import('../responder/policy-lint.ts');
  const { set, findings } = await examinePolicies(config.policies, config.shop.linkDomains);
  const files = await exampleFiles(config);
  return [...findings, ...files.flatMap(({ name, examples }) => lintExamples(name, examples, set))];
}

async function check(context: Context, options: PolicyOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const findings = await examine(config);
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.length - errors;
  context.exitCode = errors > 0 ? 1 : 0;
  if (options.json) return printJson(context.out, { ok: errors === 0, errors, warnings, findings });
  const { out } = context;
  for (const { level, file, line, message } of findings) {
    const mark = level === 'error' ? styled(out, 'red', level) : styled(out, 'yellow', level);
    out.write(`${mark}: ${file}${line === null ? '' : `:${line}`}: ${message}\n`);
  }
  out.write(`${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`);
}

export function policiesCommand(context: Context): Command {
  const listCommand = new Command('list')
    .description('list files and sections: ids, tokens, the examples that cite them, the hash')
    .addOption(settingsOption())
    .option('--json', 'print the list as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx replywright policies list\n  $ npx replywright policies list --json',
    )
    .action((options: PolicyOptions) => list(context, options));
  const checkCommand = new Command('check')
    .description('look for contradicting numbers, dead references and links, oversized sections')
    .addOption(settingsOption())
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      '\nExits with 1 when there are errors; warnings alone do not count.\n\nExamples:\n  $ npx replywright policies check\n  $ npx replywright policies check --json',
    )
    .action((options: PolicyOptions) => check(context, options));
  return new Command('policies')
    .description('list and check the policies')
    .addCommand(listCommand)
    .addCommand(checkCommand)
    .helpCommand(false);
}
