/** `replywright examples exclude` and `include`: what belongs to an evaluation set serves no draft. */
import type { Command } from 'commander';
import { ReplywrightError } from '../domain/errors.ts';
import type { Context } from './context.ts';
import { type ExampleOptions, exampleCommand, mark, refusal } from './examples-file.ts';
import { printJson } from './print.ts';
import { settingsFor } from './settings-option.ts';
import { withDatabase } from './with-database.ts';

interface ExcludeOptions extends ExampleOptions {
  fromDraft?: string;
}

/** Marks an approved reply in the database; every process that drafts is told. */
async function markReply(
  context: Context,
  { fromDraft = '', ...options }: ExcludeOptions,
  evaluation: boolean,
): Promise<void> {
  const id = /^\d{1,15}$/.test(fromDraft) ? Number(fromDraft) : 0;
  const config = await settingsFor(context, options);
  const { setEvaluation } = await import('../storage/approved-replies.ts');
  const pairId = await withDatabase(context, config, 'there', (db) =>
    db.transaction().execute((tx) => setEvaluation(tx, id, evaluation)),
  );
  if (pairId === null)
    throw refusal(
      `no reply was approved and sent from draft ${fromDraft}`,
      'The desk shows the number of each draft; take one whose reply was sent.',
    );
  if (options.json) return printJson(context.out, { draftId: id, pairId, evaluation });
  const use = evaluation
    ? 'belongs to an evaluation set and serves as no example'
    : 'may serve as an example';
  context.out.write(`The reply of draft ${id} ${use} from now on.\n`);
}

async function setAside(
  context: Context,
  id: string | undefined,
  options: ExcludeOptions,
  evaluation: boolean,
): Promise<void> {
  if ((id === undefined) === (options.fromDraft === undefined))
    throw new ReplywrightError('argument_invalid', {
      detail: 'Name either an example, or a draft with --from-draft',
    });
  if (id === undefined) return await markReply(context, options, evaluation);
  const done = evaluation ? 'Excluded' : 'Included';
  await mark(context, id, options, done, ({ pinned }) => ({
    evaluation,
    pinned: pinned && !evaluation,
  }));
}

export function asideCommand(context: Context, name: 'exclude' | 'include'): Command {
  const excludes = name === 'exclude';
  const description = excludes
    ? 'keep an example for measuring: it serves no draft'
    : 'let what was kept for measuring serve drafts again';
  return exampleCommand(name, description, [`${name} late-parcel-en`, `${name} --from-draft 12`])
    .argument('[id]', 'a curated example')
    .option('--from-draft <id>', 'instead: the sent reply of a draft')
    .action((id: string | undefined, options: ExcludeOptions) =>
      setAside(context, id, options, excludes),
    );
}
