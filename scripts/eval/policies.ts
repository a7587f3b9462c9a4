/** `eval policies`: whether the policy sections that a reply needs are in the request, above the budget too. */

import { readFile } from 'node:fs/promises';
import { openExampleIndex } from '../../src/responder/example-index.ts';
import { type PolicySet, parsePolicy } from '../../src/responder/policies.ts';
import { type Evidence, PolicyIndex } from '../../src/responder/policy-index.ts';
import { estimateTokens } from '../../src/responder/token-estimate.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';
import { percent } from '../mail-corpus.ts';
import {
  exampleOf,
  readSupport,
  rounded,
  type SupportRow,
  supportFile,
} from '../support-corpus.ts';

export const description = 'policies: whether the sections that a reply needs are in the request';

const name = 'retail-policy';
/** The general sections at the beginning, which no mail asks for by words. */
const always = [`${name}#introduction`, `${name}#domain-basic`];
const witnesses = 10;
const retrieved = 5;

/** The corpus names no sections, so each heading gets its words as an id, in memory only. */
function withIds(markdown: string): string {
  const [title = '', ...rest] = markdown.split('\n');
  const lines = rest.map((line) => {
    const [, heading] = /^#{2,3}\s+(.*\S)/.exec(line) ?? [];
    return heading ? `## ${heading} {#${heading.toLowerCase().replace(/[^a-z0-9]+/g, '-')}}` : line;
  });
  return [title, '', '## Introduction {#introduction}', ...lines].join('\n');
}

async function readPolicy(corpora: string | null): Promise<PolicySet> {
  const text = await readFile(supportFile(corpora, `policies/${name}.md`), 'utf8');
  const policy = parsePolicy(name, withIds(text));
  const sections = new Map(policy.sections.map((section) => [section.id, section]));
  return { policies: [policy], sections, sha256: '' };
}

function citedBy({ policy_citations }: SupportRow): string[] {
  return policy_citations.map((citation) => citation.replace('.md#', '#'));
}

interface Judged {
  cited: readonly string[];
  sent: readonly string[];
}

/** What would be sent for each mail. */
function judge(
  index: PolicyIndex,
  mails: readonly SupportRow[],
  evidence: (mail: SupportRow) => Evidence[],
): Judged[] {
  return mails.map((mail) => ({
    cited: citedBy(mail),
    sent: index
      .search({ subject: mail.subject, text: mail.body }, evidence(mail))
      .map(({ id }) => id),
  }));
}

type Finder = (mail: SupportRow) => Evidence[];

/** How a pool of answered mails testifies to what a mail needs. */
async function witnessesIn(pool: readonly SupportRow[]): Promise<Finder> {
  const examples = await openExampleIndex(
    pool.map((row) => ({
      ...exampleOf(row),
      citations: citedBy(row).map((section) => ({ section, quote: '-' })),
    })),
  );
  return ({ subject, body: text, customer_email }) =>
    examples.search({ subject, text, language: 'en', customer: customer_email ?? '' }, witnesses);
}

/** The share of mails with one of the sections they need in the request, or with all of them. */
function share(index: PolicyIndex, judged: readonly Judged[], which: 'one' | 'all'): number {
  const fixed = new Set(
    index.fixed.policies.flatMap(({ sections }) => sections.map(({ id }) => id)),
  );
  const has = ({ cited, sent }: Judged) => {
    const isThere = (id: string) => fixed.has(id) || sent.includes(id);
    return which === 'all' ? cited.every(isThere) : cited.some(isThere);
  };
  return percent(judged.filter(has).length, judged.length);
}

/** The same with fewer sections, by the words of the mail alone and by examples, too. */
function comparison(policies: PolicySet, mails: readonly SupportRow[], found: Finder) {
  const reference: Record<string, number> = {};
  for (const most of [1, 3, 4]) {
    const index = new PolicyIndex(policies, { budget: 0, always, retrieved: most });
    const byWords = judge(index, mails, () => []);
    const byBoth = judge(index, mails, found);
    reference[`words_hit_${most}_percent`] = share(index, byWords, 'one');
    reference[`words_all_${most}_percent`] = share(index, byWords, 'all');
    reference[`hit_${most}_percent`] = share(index, byBoth, 'one');
    reference[`all_${most}_percent`] = share(index, byBoth, 'all');
  }
  return reference;
}

function meanOf(values: readonly number[]): number {
  return rounded(values.reduce((sum, value) => sum + value, 0) / (values.length || 1));
}

/** Judges every mail whose reply cites a policy. */
export async function run({ corpora, progress }: MeasurementOptions): Promise<Figures> {
  const policies = await readPolicy(corpora);
  const mails = (await readSupport(corpora, 'mails')).filter((mail) => citedBy(mail).length > 0);
  const found = await witnessesIn(await readSupport(corpora, 'fewshot-pool'));
  progress(`${mails.length} mails with citations`);

  const above = new PolicyIndex(policies, { budget: 0, always, retrieved });
  const whole = new PolicyIndex(policies, { budget: 20_000, always, retrieved });
  const judged = judge(above, mails, found);
  const tokens = (ids: Iterable<string>) =>
    estimateTokens([...ids].map((id) => policies.sections.get(id)?.text ?? '').join('\n'));
  const incomplete = mails.filter((_, at) => share(above, judged.slice(at, at + 1), 'all') < 100);
  return {
    figures: {
      n: mails.length,
      within_budget_percent: share(whole, judge(whole, mails, found), 'all'),
      in_prompt_percent: share(above, judged, 'one'),
      all_in_prompt_percent: share(above, judged, 'all'),
      sections: policies.sections.size,
      sections_always: always.length,
      sections_sent: meanOf(judged.map(({ sent }) => sent.length)),
      tokens_sent: Math.round(meanOf(judged.map(({ sent }) => tokens(sent)))),
      tokens_of_all: tokens(policies.sections.keys()),
    },
    reference: comparison(policies, mails, found),
    targets: {
      within_budget_percent: { atLeast: 97 },
      in_prompt_percent: { atLeast: 97 },
      all_in_prompt_percent: { atLeast: 97 },
    },
    failures: { incomplete: incomplete.map(({ id }) => id) },
  };
}
