/** `eval checks`: how many planted errors the checks catch, and how many good replies they flag. */

import { join } from 'node:path';
import { blocksApproval, type CheckResult } from '../../src/domain/responder.ts';
import type { CheckSubject } from '../../src/responder/checks/check.ts';
import { runChecks } from '../../src/responder/checks.ts';
import { loadPrompt } from '../../src/responder/prompts.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';
import { diceFrom, planters } from '../planted-errors.ts';
import { type ReplyCorpus, readReplyCorpus, type SupportRow } from '../support-corpus.ts';

export const description =
  'checks: planted errors caught, and good replies flagged, on answered support mail';

/** Errors of each kind, as long as there are replies to plant them in. */
const errorsOfKind = 60;
const promptName = 'support/1';

interface Judged {
  row: SupportRow;
  subject: CheckSubject;
  blocking: CheckResult[];
  remarks: CheckResult[];
  /** Whether the corpus has all that the reply states. */
  isBacked: boolean;
}

const share = (part: number, whole: number) =>
  whole === 0 ? Number.NaN : Math.round((part / whole) * 10_000) / 10_000;

const figuresOf = (text: string) => text.match(/\d+/g) ?? [];

/**
 * Whether every run of digits of a reply stands in the mail, the order facts or the policies, and
 * no gap of a template is left in it. A reply that says more rests on what the corpus does not
 * have, and no check can know that it is right. Replies that were made from the orders' prices
 * (tau-bench) state sums of them, and count as backed. This looks at nothing that the checks find.
 */
function isBacked(row: SupportRow, { fields, input, policies }: CheckSubject): boolean {
  if (/X{3}|\[[^\]]*\]|\{\{/.test(fields.reply)) return false;
  if (row.source === 'tau-bench') return true;
  const facts = input.facts.records.flatMap(({ key, facts }) => [
    key,
    ...facts.map(({ value }) => value),
  ]);
  const sections = [...policies.sections.values()].map(({ text }) => text);
  const known = new Set([row.subject, row.body, ...facts, ...sections].flatMap(figuresOf));
  // The numbers of a list of steps say nothing.
  const stated = fields.reply.replace(/^\s*\d{1,2}[.)]/gm, '').replaceAll('24/7', '');
  return figuresOf(stated).every((figure) => known.has(figure));
}

function judgeAll(corpus: ReplyCorpus): Judged[] {
  return corpus.rows.map((row) => {
    const subject = corpus.subjectOf(row);
    const results = runChecks(subject);
    return {
      ...{ row, subject },
      blocking: results.filter(blocksApproval),
      remarks: results.filter((result) => !result.passed && !blocksApproval(result)),
      isBacked: isBacked(row, subject),
    };
  });
}

const isFlagged = ({ blocking }: Judged) => blocking.length > 0;

interface Planted {
  kind: string;
  id: string;
  isCaught: boolean;
}

/** Plants errors only where the untouched reply passes, so that nothing is caught by accident. */
function plantAll(clean: readonly Judged[], corpus: ReplyCorpus): Planted[] {
  const kinds = Object.entries(planters);
  return kinds.flatMap(([kind, plant], number) => {
    const planted: Planted[] = [];
    // Twice over the replies at most: kinds that few replies are fit for get fewer errors.
    for (let turn = 0; turn < clean.length * 3 && planted.length < errorsOfKind; turn++) {
      const base = clean[(turn * 7) % clean.length];
      if (base === undefined) break;
      const dice = diceFrom(number * 100_000 + turn);
      const spoiled = plant(base.subject, dice, corpus);
      if (spoiled === null) continue;
      planted.push({ kind, id: base.row.id, isCaught: runChecks(spoiled).some(blocksApproval) });
    }
    return planted;
  });
}

function bySource(judged: readonly Judged[]): Record<string, number> {
  const groups = Map.groupBy(judged, ({ row }) => row.source);
  return Object.fromEntries(
    [...groups].flatMap(([source, some]) => [
      [`n ${source}`, some.length],
      [`flagged_share ${source}`, share(some.filter(isFlagged).length, some.length)],
    ]),
  );
}

function summed(judged: readonly Judged[], planted: readonly Planted[]): Figures {
  const backed = judged.filter((one) => one.isBacked);
  const unguessed = judged.filter(({ row }) => row.reply_slots_guessed === 0);
  const flaggedShare = (some: readonly Judged[]) =>
    share(some.filter(isFlagged).length, some.length);
  const kinds = Map.groupBy(planted, ({ kind }) => kind);
  const caughtBy = [...kinds].flatMap(([kind, some]) => [
    [`n_${kind}`, some.length],
    [`caught_share_${kind}`, share(some.filter(({ isCaught }) => isCaught).length, some.length)],
  ]);
  const name = ({ row, blocking }: Judged) =>
    `${row.id}: ${blocking.map(({ check }) => check).join(', ')}`;
  return {
    figures: {
      n: planted.length,
      caught_share: share(planted.filter(({ isCaught }) => isCaught).length, planted.length),
      ...Object.fromEntries(caughtBy),
      n_clean: backed.length,
      flagged_clean_share: flaggedShare(backed),
      remarked_clean_share: share(
        backed.filter(({ remarks }) => remarks.length > 0).length,
        backed.length,
      ),
      n_all_replies: judged.length,
      flagged_all_replies_share: flaggedShare(judged),
      n_no_guessed_slots: unguessed.length,
      flagged_no_guessed_slots_share: flaggedShare(unguessed),
      ...bySource(judged),
    },
    reference: {},
    targets: {
      n: { atLeast: 300 },
      caught_share: { atLeast: 0.98 },
      // At most 3 %.
      flagged_clean_share: { below: 0.0301 },
    },
    failures: {
      missed: planted.filter(({ isCaught }) => !isCaught).map(({ kind, id }) => `${kind} in ${id}`),
      flagged_clean: backed.filter(isFlagged).map(name),
      flagged_others: judged.filter((one) => !one.isBacked && isFlagged(one)).map(name),
    },
  };
}

/** Judges every reference reply, then plants errors in those that pass. */
export async function run({ corpora, progress }: MeasurementOptions): Promise<Figures> {
  const prompt = await loadPrompt(join(import.meta.dirname, '../../prompts'), promptName);
  const instructions = prompt.render({ shop: 'Harbor & Pine', categories: ['other'] });
  const corpus = await readReplyCorpus(corpora, instructions);
  const judged = judgeAll(corpus);
  progress(`${judged.length} reference replies judged`);
  const clean = judged.filter((one) => !isFlagged(one));
  return summed(judged, plantAll(clean, corpus));
}
