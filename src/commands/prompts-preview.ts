/** `replywright prompts preview VERSION --mail FILE`: the exact request for a mail, without a call. */
import { Command } from 'commander';
import type { Config } from '../config.ts';
import type { TextSection } from '../responder/prompt-sections.ts';
import type { Context } from './context.ts';
import { draftingMailbox } from './drafting-mailbox.ts';
import { inputFrom, readMailFile } from './mail-file.ts';
import { printJson, printRows, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface PreviewOptions extends SettingsOptions {
  mail: string;
  mailbox?: string;
  json?: boolean;
}

interface Part {
  name: string;
  text: string;
  sections: TextSection[];
}

/** US dollars of the input: of a first mail, which writes the cache, and of each that reads it. */
interface InputCost {
  model: string;
  first: number;
  further: number;
}

const sum = (sections: readonly TextSection[]) =>
  sections.reduce((total, { tokens }) => total + tokens, 0);

/** @param configured the model of the settings, which may have a price of its own. */
async function costOfInput(
  model: string,
  configured: Config['model'],
  parts: readonly Part[],
): Promise<InputCost | null> {
  const [{ costOf, priceOf }, { kindOf }] = await Promise.all([
    import('../responder/prices.ts'),
    import('../responder/endpoints.ts'),
  ]);
  const kind = configured === null ? 'anthropic' : kindOf(configured);
  const price = priceOf(model, kind, configured?.price ?? null);
  const turn = sum(parts.at(-1)?.sections ?? []);
  const system = parts.reduce((total, { sections }) => total + sum(sections), 0) - turn;
  const usage = { inputTokens: turn, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 0 };
  const first = costOf(price, { ...usage, cacheWriteTokens: system });
  const further = costOf(price, { ...usage, cacheReadTokens: system });
  return first === null || further === null ? null : { model, first, further };
}

/** The parts of a request in their order; the last one is the user turn. */
async function partsOf(
  context: Context,
  config: Awaited<ReturnType<typeof settingsFor>>,
  version: string,
  options: PreviewOptions,
): Promise<{ parts: Part[]; state: string; written: string | undefined }> {
  const [{ loadMaterial }, { draftRequest }, { sectionsOf }, { openLog }] = await Promise.all([
    import('../responder/material.ts'),
    import('../responder/request.ts'),
    import('../responder/prompt-sections.ts'),
    import('../log.ts'),
  ]);
  const { prompts: promptsFolder, policies: policiesFolder, shop } = config;
  const settings = { promptsFolder, policiesFolder, prompt: version, shop };
  const material = await loadMaterial(settings, openLog('silent'));
  const mail = await readMailFile(context, options.mail);
  const input = await inputFrom(mail, draftingMailbox(config, options.mailbox));
  const { system, userTurn } = draftRequest(material, input);
  const names = ['instructions', 'policies', 'pinned examples'];
  const parts = system.blocks.map((text, n) => {
    const name = names[n] ?? `block ${n + 1}`;
    return { name, text, sections: sectionsOf(text, name) };
  });
  // A mail may hold lines that look like headings.
  const { estimateTokens } = await import('../responder/token-estimate.ts');
  const turn = { name: 'user turn', tokens: estimateTokens(userTurn) };
  return {
    parts: [...parts, { name: 'user turn', text: userTurn, sections: [turn] }],
    state: material.prompt.released ? 'released' : 'draft',
    written: material.prompt.frontMatter.model,
  };
}

function printPreview(context: Context, parts: readonly Part[], cost: InputCost | null): void {
  const { out } = context;
  for (const { name, text } of parts)
    out.write(`${styled(out, 'bold', `--- ${name}`)}\n${text}\n\n`);
  const rows = parts.flatMap(({ name, sections }) => [
    [name, `${sum(sections)}`],
    ...(sections.length > 1 ? sections.map((one) => [`  ${one.name}`, `${one.tokens}`]) : []),
  ]);
  const total = parts.reduce((all, { sections }) => all + sum(sections), 0);
  out.write(`${styled(out, 'bold', '--- tokens, estimated')}\n`);
  printRows(out, [...rows, ['all', `${total}`]]);
  if (cost === null) return;
  const shown = (dollars: number) => `$${dollars.toFixed(4)}`;
  out.write(
    `\nInput by ${cost.model}: about ${shown(cost.first)} for a first mail, ${shown(cost.further)} for each that finds the rest cached. The answer costs extra.\n`,
  );
}

async function preview(context: Context, version: string, options: PreviewOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const { parts, state, written } = await partsOf(context, config, version, options);
  const model = config.model?.name ?? written;
  const cost = model === undefined ? null : await costOfInput(model, config.model, parts);
  if (options.json) return printJson(context.out, { version, state, parts, inputCostUsd: cost });
  context.err.write(`${version}, ${state}. Nothing is sent to a model.\n`);
  printPreview(context, parts, cost);
}

export function promptsPreviewCommand(context: Context): Command {
  return new Command('preview')
    .description('print the exact request for a mail, with tokens and cost; no model is called')
    .argument('<version>', 'released or a draft, such as support/1')
    .requiredOption('--mail <file>', 'the mail as .eml; - is standard input')
    .option('--mailbox <name>', 'the mailbox it came to; default is the first')
    .addOption(settingsOption())
    .option('--json', 'print the parts as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx replywright prompts preview support/1 --mail mail.eml\n  $ npx replywright prompts preview support/1 --mail mail.eml --json',
    )
    .action((version: string, options: PreviewOptions) => preview(context, version, options));
}
