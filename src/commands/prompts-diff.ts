/** `replywright prompts diff A B`: what is different in the second version, word by word. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { LineChange, WordChange } from '../responder/text-diff.ts';
import type { Context } from './context.ts';
import { printJson, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface DiffOptions extends SettingsOptions {
  json?: boolean;
}

/** How many unchanged lines stand around a change. */
const around = 1;

/** Words as `git diff --word-diff` writes them; on a terminal, in colours as well. */
function shownWords(context: Context, words: readonly WordChange[]): string {
  const shown = {
    same: (text: string) => text,
    removed: (text: string) => styled(context.out, 'red', `[-${text}-]`),
    added: (text: string) => styled(context.out, 'green', `{+${text}+}`),
  };
  return words.map(({ kind, text }) => shown[kind](text)).join('');
}

function shownLine(context: Context, line: LineChange): string {
  if (line.kind === 'changed') return `~ ${shownWords(context, line.words ?? [])}`;
  if (line.kind === 'removed') return styled(context.out, 'red', `- ${line.text}`);
  if (line.kind === 'added') return styled(context.out, 'green', `+ ${line.text}`);
  return `  ${line.text}`;
}

function printChanges(context: Context, lines: readonly LineChange[]): void {
  const isNear = (at: number) =>
    lines.slice(Math.max(0, at - around), at + around + 1).some(({ kind }) => kind !== 'same');
  let last = -1;
  lines.forEach((line, at) => {
    if (!isNear(at)) return;
    if (at > last + 1) context.out.write(`${styled(context.out, 'dim', '  ...')}\n`);
    context.out.write(`${shownLine(context, line).trimEnd()}\n`);
    last = at;
  });
}

async function diff(context: Context, a: string, b: string, options: DiffOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const [{ loadPrompt }, { diffLines }] = await Promise.all([
    import('../responder/prompts.ts'),
    import('../responder/text-diff.ts'),
  ]);
  const [left, right] = await Promise.all([
    loadPrompt(config.prompts, a),
    loadPrompt(config.prompts, b),
  ]);
  const textOf = async (file: string) => (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
  const lines = diffLines(await textOf(left.file), await textOf(right.file));
  const changes = lines.filter(({ kind }) => kind !== 'same');
  if (options.json) {
    const side = ({ version, released, fileSha256 }: typeof left) => ({
      version,
      released,
      sha256: fileSha256,
    });
    return printJson(context.out, { from: side(left), to: side(right), changes });
  }
  if (changes.length === 0) context.out.write(`${a} and ${b} are the same.\n`);
  else printChanges(context, lines);
}

export function promptsDiffCommand(context: Context): Command {
  return new Command('diff')
    .description('show what is different in the second version, word by word')
    .argument('<a>', 'a version, such as support/1')
    .argument('<b>', 'the version to hold against it')
    .addOption(settingsOption())
    .option('--json', 'print the changed lines as JSON')
    .addHelpText(
      'after',
      '\n[-words-] are gone, {+words+} are new; - and + stand before whole lines.\n\nExamples:\n  $ npx replywright prompts diff support/1 support/2\n  $ npx replywright prompts diff support/2 support/3 --json',
    )
    .action((a: string, b: string, options: DiffOptions) => diff(context, a, b, options));
}
