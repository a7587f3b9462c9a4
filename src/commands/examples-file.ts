/** The curated examples that a command looks at or changes, and the one way in which they are changed. */
import { readFile, stat } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { toBeCopied } from '../app/sample-remains.ts';
import type { Config } from '../config.ts';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import { didYouMean } from '../domain/nearest.ts';
import type { Markings } from '../responder/example-file.ts';
import type { Example } from '../responder/examples.ts';
import type { PolicySet } from '../responder/policies.ts';
import type { PromptVersion } from '../responder/prompts.ts';
import { ownResponder, responderSettings } from './configured-responder.ts';
import type { Context } from './context.ts';
import { draftingMailbox } from './drafting-mailbox.ts';
import { printJson } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

export interface ExampleOptions extends SettingsOptions {
  prompt?: string;
  json?: boolean;
}

/** The examples of one prompt version, as they stand in their file. */
export interface CuratedExamples {
  config: Config;
  prompt: PromptVersion;
  policies: PolicySet;
  file: string;
  text: string;
  examples: readonly Example[];
}

export function promptOption(): Option {
  return new Option(
    '--prompt <version>',
    'the prompt version whose examples are meant; default is that of the first mailbox',
  );
}

/** What is wrong with what was asked for, and what to do instead. */
export function refusal(detail: string, hint: string): ReplywrightError {
  return new ReplywrightError('example_refused', { detail, hint });
}

/**
 * Reads the examples of a prompt version.
 *
 * @throws ReplywrightError as loadPrompt, loadPolicies and loadExamples do.
 */
export async function openExamples(
  context: Context,
  options: ExampleOptions,
): Promise<CuratedExamples> {
  const config = await settingsFor(context, options);
  const [{ examplesFile, loadPrompt }, { loadPolicies }, { loadExamples }] = await Promise.all([
    import('../responder/prompts.ts'),
    import('../responder/policies.ts'),
    import('../responder/examples.ts'),
  ]);
  const own = () => responderSettings(config, ownResponder(config, draftingMailbox(config).name));
  const prompt = await loadPrompt(config.prompts, options.prompt ?? own().prompt);
  const file = examplesFile(prompt);
  const { examples } = await loadExamples(file);
  const text = await readFile(file, 'utf8');
  const policies = await loadPolicies(config.policies, prompt.frontMatter.policies);
  return { config, prompt, policies, file, text, examples };
}

/** @throws ReplywrightError `example_refused` where there is none of that id. */
function exampleOfId({ examples, file }: CuratedExamples, id: string): Example {
  const found = examples.find((example) => example.id === id);
  if (found !== undefined) return found;
  const hint = didYouMean(
    id,
    examples.map((example) => example.id),
  );
  throw refusal(
    `${file} has no example "${id}"`,
    `${hint} \`npx replywright examples list\` shows them.`.trim(),
  );
}

/**
 * Puts a changed text in the place of the file, whole and only when it is valid; what stood there is
 * kept as .bak.
 *
 * @returns the examples as they are now.
 * @throws ReplywrightError `example_refused`, `output_unwritable`.
 */
export async function writeExamples(
  { config, file }: CuratedExamples,
  changed: string | null,
): Promise<Example[]> {
  const copy = toBeCopied(config, config.prompts);
  if (copy !== null)
    throw refusal("the folder of prompts is Replywright's own", `First ${copy}, then try again.`);
  const [{ parseExamples }, { replaceFile }] = await Promise.all([
    import('../responder/examples.ts'),
    import('./setup-files.ts'),
  ]);
  const examples = checked(() => parseExamples(file, changed ?? ''));
  try {
    await replaceFile(file, changed ?? '', (await stat(file)).mode & 0o777);
  } catch (cause) {
    throw new ReplywrightError(
      'output_unwritable',
      { file, detail: fileTrouble(cause) },
      { cause },
    );
  }
  return examples;
}

/** What would make the file invalid has not been written: nothing is broken, the wish was. */
function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const { message } = asReplywrightError(cause);
    throw refusal(
      `they would not be valid any more. ${message.replace(/\.$/, '')}`,
      'Correct that.',
    );
  }
}

/** What the change from the examples that were read to `after` means for drafts. */
export async function consequence(
  { prompt, policies, examples: before }: CuratedExamples,
  after: readonly Example[],
): Promise<string> {
  const { isUsable, pinnedExamples } = await import('../responder/examples.ts');
  const shown = (examples: readonly Example[]) => {
    const usable = examples.filter((example) => isUsable(example, policies));
    return JSON.stringify(pinnedExamples(usable, prompt.frontMatter.examples.pinned));
  };
  const follows =
    'A Replywright that runs takes it in when it starts again or its settings change.';
  return shown(before) === shown(after)
    ? `The responder has another hash from now on. ${follows}`
    : `The pinned examples are others now: the text that every request begins with changes, and with it the responder's hash. ${follows}`;
}

/** Changes one example by `change`, and says what that means. */
export async function changeExample(
  context: Context,
  options: ExampleOptions,
  id: string,
  done: string,
  change: (text: string, example: Example) => string | null,
): Promise<void> {
  const curated = await openExamples(context, options);
  const changed = change(curated.text, exampleOfId(curated, id));
  const examples = await writeExamples(curated, changed);
  const example = examples.find((one) => one.id === id) ?? null;
  if (options.json) return printJson(context.out, { file: curated.file, id, example });
  context.out.write(`${done} ${id} in ${curated.file}.\n`);
  context.out.write(`${await consequence(curated, examples)}\n`);
}

/** Marks one example. */
export async function mark(
  context: Context,
  id: string,
  options: ExampleOptions,
  done: string,
  markings: (example: Example) => Markings,
): Promise<void> {
  const { withMarkings } = await import('../responder/example-file.ts');
  await changeExample(context, options, id, done, (text, example) =>
    withMarkings(text, id, markings(example)),
  );
}

/** A subcommand of `examples`. */
export function exampleCommand(
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  const lines = examples.map((one) => `  $ npx replywright examples ${one}`);
  return new Command(name)
    .description(description)
    .addOption(promptOption())
    .addOption(settingsOption())
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
