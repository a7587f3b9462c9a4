/** `replywright examples`: lists the curated examples, and changes how each of them is used. */
import { Command } from 'commander';
import type { Markings } from '../responder/example-file.ts';
import type { Example } from '../responder/examples.ts';
import type { Context } from './context.ts';
import { examplesAddCommand } from './examples-add.ts';
import { asideCommand } from './examples-aside.ts';
import {
  changeExample,
  type ExampleOptions,
  exampleCommand,
  mark,
  openExamples,
  refusal,
} from './examples-file.ts';
import { counted, printJson, printRows } from './print.ts';

async function list(context: Context, options: ExampleOptions): Promise<void> {
  const { examples, policies, file, prompt } = await openExamples(context, options);
  const { isCurrent, isUsable, pinnedExamples } = await import('../responder/examples.ts');
  const usable = examples.filter((one) => isUsable(one, policies));
  const inEvery = pinnedExamples(usable, prompt.frontMatter.examples.pinned);
  const shown = examples.map((example) => ({
    ...{ id: example.id, language: example.language, category: example.category },
    ...{ tags: example.tags, pinned: example.pinned, evaluation: example.evaluation },
    inEveryRequest: inEvery.includes(example),
    current: isCurrent(example, policies),
    cites: [...new Set(example.citations.map(({ section }) => section))],
  }));
  if (options.json)
    return printJson(context.out, { file, prompt: prompt.version, examples: shown });
  const useOf = (one: (typeof shown)[number]) => {
    if (one.evaluation) return 'evaluation';
    if (!one.current) return 'outdated';
    if (one.inEveryRequest) return 'in every request';
    return one.pinned ? 'pinned, beyond what the prompt shows' : '';
  };
  const rows = shown.map((one) => [
    ...[one.id, one.language, one.category, useOf(one), one.tags.join(' ')],
    one.cites.join(' '),
  ]);
  printRows(context.out, [['id', 'language', 'category', 'use', 'tags', 'rests on'], ...rows]);
  const outdated = shown.filter(({ current }) => !current).length;
  context.out.write(
    `\n${counted(shown.length, 'example')} in ${file}, ${outdated} outdated; \`npx replywright policies check\` says why.\n`,
  );
}

async function remove(context: Context, id: string, options: ExampleOptions): Promise<void> {
  const { withoutExample } = await import('../responder/example-file.ts');
  await changeExample(context, options, id, 'Removed', (text) => withoutExample(text, id));
}

/** What is pinned stands before every mail, so it must be of use for all of them. */
function pinnable({ id, evaluation, tags }: Example): Markings {
  if (evaluation)
    throw refusal(
      `${id} belongs to an evaluation set`,
      `Take it out first: npx replywright examples include ${id}`,
    );
  const kept = tags.find((tag) => tag.startsWith('mailbox:'));
  if (kept !== undefined)
    throw refusal(
      `${id} is kept to one mailbox by its tag ${kept}, and pinned examples stand before all mails`,
      `Take the tag off first: npx replywright examples untag ${id} ${kept}`,
    );
  return { pinned: true };
}

function listCommand(context: Context): Command {
  return exampleCommand(
    'list',
    'list the examples: use, tags, what they rest on, and what is outdated',
    ['list', 'list --json'],
  ).action((options: ExampleOptions) => list(context, options));
}

function removeCommand(context: Context): Command {
  return exampleCommand('remove', 'take an example out of the file', ['remove late-parcel-en'])
    .argument('<id>', 'the example')
    .action((id: string, options: ExampleOptions) => remove(context, id, options));
}

function pinningCommand(context: Context, name: 'pin' | 'unpin'): Command {
  const said = {
    pin: ['let an example stand in every request', 'Pinned', pinnable],
    unpin: ['let it come only with mails that are like it', 'Unpinned', () => ({ pinned: false })],
  } as const;
  const [description, done, markings] = said[name];
  return exampleCommand(name, description, [`${name} late-parcel-en`])
    .argument('<id>', 'the example')
    .action((id: string, options: ExampleOptions) => mark(context, id, options, done, markings));
}

function taggingCommand(context: Context, name: 'tag' | 'untag'): Command {
  const tagged = (before: readonly string[], given: readonly string[]) =>
    name === 'tag'
      ? [...new Set([...before, ...given])]
      : before.filter((tag) => !given.includes(tag));
  const description = name === 'tag' ? 'give an example tags' : 'take tags off an example';
  return exampleCommand(name, description, [`${name} late-parcel-en christmas mailbox:sales`])
    .argument('<id>', 'the example')
    .argument('<tags...>', 'words to sort by; mailbox:NAME keeps it to mails of that mailbox')
    .action((id: string, tags: string[], options: ExampleOptions) =>
      mark(context, id, options, name === 'tag' ? 'Tagged' : 'Untagged', (example) => ({
        tags: tagged(example.tags, tags),
      })),
    );
}

export function examplesCommand(context: Context): Command {
  return new Command('examples')
    .description('list and change the curated examples, and what serves as an example at all')
    .addCommand(listCommand(context))
    .addCommand(examplesAddCommand(context))
    .addCommand(removeCommand(context))
    .addCommand(pinningCommand(context, 'pin'))
    .addCommand(pinningCommand(context, 'unpin'))
    .addCommand(taggingCommand(context, 'tag'))
    .addCommand(taggingCommand(context, 'untag'))
    .addCommand(asideCommand(context, 'exclude'))
    .addCommand(asideCommand(context, 'include'))
    .helpCommand(false);
}
