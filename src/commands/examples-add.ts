/** `replywright examples add`: a mail and the reply we want become a curated example, without their customer. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import type { Citation } from '../domain/responder.ts';
import type { NewExample } from '../responder/example-file.ts';
import type { Context } from './context.ts';
import {
  type CuratedExamples,
  consequence,
  type ExampleOptions,
  openExamples,
  promptOption,
  refusal,
  writeExamples,
} from './examples-file.ts';
import { readMailFile } from './mail-file.ts';
import { printJson, styled } from './print.ts';
import { settingsOption } from './settings-option.ts';
import { withDatabase } from './with-database.ts';

interface AddOptions extends ExampleOptions {
  fromDraft?: string;
  id?: string;
  reply?: string;
  category?: string;
  language?: string;
  cite?: string[];
  tag?: string[];
  pin?: boolean;
}

/** A mail with its reply, before its customer's data are taken out. */
interface Told {
  id: string | null;
  customer: { name: string; address: string };
  subject: string;
  mail: string;
  reply: string | null;
  category: string | null;
  language: string | null;
  citations: readonly Citation[];
}

async function textOf(context: Context, file: string): Promise<string> {
  const name = path.resolve(context.cwd, file);
  return await readFile(name, 'utf8').catch((cause: unknown) => {
    const detail = `the reply ${name} cannot be read: ${fileTrouble(cause)}`;
    throw new ReplywrightError('argument_invalid', { detail }, { cause });
  });
}

/** `section#id: quote`, as `draft` prints it. */
function citationOf(written: string): Citation {
  const [, section, quote] = /^([^\s:]+): *(.+)$/s.exec(written) ?? [];
  if (section !== undefined && quote !== undefined) return { section, quote };
  const detail = `"${written}" is no citation; one looks like "returns#return-period: within 30 days"`;
  throw new ReplywrightError('argument_invalid', { detail });
}

async function toldByFile(context: Context, file: string): Promise<Told> {
  const mail = await readMailFile(context, file);
  const customer = mail.from ?? { name: '', address: '' };
  const { subject, newText } = mail;
  const none = { id: null, reply: null, category: null, language: null, citations: [] };
  return { ...none, customer, subject, mail: newText };
}

async function toldByDraft(
  context: Context,
  { config }: CuratedExamples,
  written: string,
): Promise<Told> {
  const id = /^\d{1,15}$/.test(written) ? Number(written) : 0;
  if (id === 0)
    throw new ReplywrightError('argument_invalid', {
      detail: `"${written}" is not the number of a draft`,
    });
  const { replyOfDraft } = await import('../storage/approved-replies.ts');
  const found = await withDatabase(context, config, 'there', (db) => replyOfDraft(db, id));
  if (found === null)
    throw refusal(
      `no reply was approved and sent from draft ${id}, or it belongs to an evaluation set`,
      'The desk shows the number of each draft; take one whose reply was sent.',
    );
  return { ...found, id: `draft-${id}` };
}

/** Placeholders that neither a model nor the offline responder could fill for another customer. */
const unfillable = /\[(?:email|link|date)\]/;

async function exampleFrom(context: Context, told: Told, options: AddOptions): Promise<NewExample> {
  const [{ withPlaceholders }, { detectLanguage }] = await Promise.all([
    import('../responder/placeholders.ts'),
    import('../responder/language.ts'),
  ]);
  const hidden = (text: string) => withPlaceholders(text, told.customer).trim();
  const written = options.reply === undefined ? told.reply : await textOf(context, options.reply);
  const needed = { id: options.id ?? told.id, category: options.category ?? told.category };
  if (written === null || needed.id === null || needed.category === null)
    throw new ReplywrightError('argument_invalid', {
      detail: 'An example of a mail file needs --reply, --id and --category',
    });
  const reply = hidden(written);
  const [gap] = unfillable.exec(reply) ?? [];
  if (gap !== undefined)
    throw refusal(
      `the reply has something of this customer's in the place of ${gap}, which no other reply can say`,
      'Write the reply without it into a file, and name that with --reply.',
    );
  const language = options.language ?? told.language ?? detectLanguage(reply).language;
  return {
    ...{ id: needed.id, category: needed.category, language, reply },
    ...{ subject: hidden(told.subject), mail: hidden(told.mail) },
    citations: options.cite?.map(citationOf) ?? [...told.citations],
    tags: options.tag ?? [],
    pinned: options.pin ?? false,
  };
}

async function add(context: Context, file: string | undefined, options: AddOptions): Promise<void> {
  const { fromDraft } = options;
  if ((file === undefined) === (fromDraft === undefined))
    throw new ReplywrightError('argument_invalid', {
      detail: 'Name either a mail file, or a draft with --from-draft',
    });
  const curated = await openExamples(context, options);
  const told =
    file === undefined
      ? await toldByDraft(context, curated, fromDraft ?? '')
      : await toldByFile(context, file);
  const [{ withExample }, { lintExamples }] = await Promise.all([
    import('../responder/example-file.ts'),
    import('../responder/policy-lint.ts'),
  ]);
  const example = await exampleFrom(context, told, options);
  const [odd] = lintExamples(curated.file, [{ ...example, ...unsaid }], curated.policies);
  if (odd !== undefined)
    throw refusal(
      odd.message.replace(/ It is left out.*$/, '').replace(/\.$/, ''),
      'Cite what stands in the policies now: --cite "section#id: its very words".',
    );
  const examples = await writeExamples(curated, withExample(curated.text, example));
  if (options.json) return printJson(context.out, { file: curated.file, example });
  const { out } = context;
  const head = (text: string) => out.write(`\n${styled(out, 'bold', text)}\n`);
  out.write(`Added ${example.id} to ${curated.file}.\n`);
  head(`Mail: ${example.subject}`);
  out.write(`${example.mail}\n`);
  head('Reply');
  out.write(`${example.reply}\n\n`);
  out.write(
    'Read both: a name that stands neither in the sender nor in a greeting is not recognized.\n',
  );
  out.write(`${await consequence(curated, examples)}\n`);
}

const unsaid = { about: [], unless: [], evaluation: false };

const collected = (value: string, before: string[] = []) => [...before, value];

export function examplesAddCommand(context: Context): Command {
  return new Command('add')
    .description('add a mail with the reply we want; data of its customer become placeholders')
    .argument('[file]', 'the mail as .eml; - is standard input')
    .option('--from-draft <id>', 'instead of a mail file: the sent reply of a draft, and its mail')
    .option('--reply <file>', 'a text file with the reply; of a draft, instead of what was sent')
    .option('--id <id>', 'its name: lower-case words joined by hyphens; default is draft-ID')
    .option('--category <name>', "what it is about; default is the draft's")
    .option('--language <code>', 'two letters; default is what the reply is written in')
    .option('--cite <citation>', 'what it rests on, "section#id: quote"; several times', collected)
    .option('--tag <tag>', 'a word to sort by; several times', collected)
    .option('--pin', 'let it stand in every request')
    .addOption(promptOption())
    .addOption(settingsOption())
    .option('--json', 'print the example as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx replywright examples add mail.eml --reply reply.txt --id gift-card-en --category payment\n  $ npx replywright examples add --from-draft 12 --id late-parcel-en',
    )
    .action((file: string | undefined, options: AddOptions) => add(context, file, options));
}
