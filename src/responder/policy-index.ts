/**
 * Chooses which policy sections a request shows: all of them, in the cached static text, while they
 * fit the budget; above it the most important ones there, and those that a mail needs with the mail.
 */

import type { Example } from './examples.ts';
import { LexicalIndex } from './lexical-index.ts';
import type { PolicySet } from './policies.ts';
import { termsOf } from './terms.ts';
import { estimateTokens } from './token-estimate.ts';

type Section = PolicySet['policies'][number]['sections'][number];

/** How much of the policies a request shows. */
export interface PolicyBudget {
  /** Most tokens of the whole set in the static text. */
  budget: number;
  /** Policies, by name, and sections, by id, that always stand there. */
  always: readonly string[];
  /** Most sections that are looked up for one mail. */
  retrieved: number;
}

/** An example that was found for the mail, and how well it fits. */
export interface Evidence {
  example: Pick<Example, 'citations'>;
  score: number;
}

/** A heading says in a few words what a section is about. */
const headingTimes = 3;
/** What the examples found for a mail cite, against the words of the mail, which count 1. */
const citedWeight = 1;
/** Of a long mail the beginning says what it is about; in UTF-16 units. */
const longestMail = 4000;

function tokensOf({ policies }: PolicySet): number {
  const texts = policies.flatMap(({ title, sections }) => [
    title,
    ...sections.map(({ id, heading, text }) => `${id} ${heading}\n${text}`),
  ]);
  return estimateTokens(texts.join('\n\n'));
}

/** The set with those sections only that `isShown`; policies without any are left out. */
function partOf(set: PolicySet, isShown: (section: Section) => boolean): PolicySet {
  const policies = set.policies
    .map((policy) => ({ ...policy, sections: policy.sections.filter(isShown) }))
    .filter(({ sections }) => sections.length > 0);
  return { ...set, policies };
}

export class PolicyIndex {
  /** What stands in the static text. */
  readonly fixed: PolicySet;
  /** What may come with a mail, in the order of the files. */
  readonly #others: readonly Section[];
  readonly #words = new LexicalIndex();
  readonly #retrieved: number;

  constructor(policies: PolicySet, { budget, always, retrieved }: PolicyBudget) {
    const isWhole = tokensOf(policies) <= budget;
    const isFixed = ({ id }: Section) =>
      isWhole || always.includes(id) || always.includes(id.replace(/#.*/, ''));
    this.fixed = partOf(policies, isFixed);
    this.#retrieved = retrieved;
    const others: Section[] = [];
    for (const { title, sections } of policies.policies)
      for (const section of sections.filter((each) => !isFixed(each))) {
        const heading = termsOf(`${title} ${section.heading}`);
        const headings = Array.from({ length: headingTimes }, () => heading).flat();
        this.#words.add([...headings, ...termsOf(section.text)]);
        others.push(section);
      }
    this.#others = others;
  }

  /**
   * The sections that a mail needs beside the fixed ones, in the order of the files.
   *
   * @param found examples for this mail: what a good answer to a similar mail cited is likely
   *   needed here, too.
   */
  search(mail: { subject: string; text: string }, found: readonly Evidence[]): Section[] {
    if (this.#others.length === 0) return [];
    const words = this.#words.scores(
      termsOf(`${mail.subject}\n${mail.text.slice(0, longestMail)}`),
    );
    const greatest = Math.max(...words) || 1;
    const total = found.reduce((sum, { score }) => sum + score, 0) || 1;
    const cited = new Map<string, number>();
    for (const { example, score } of found)
      for (const section of new Set(example.citations.map((citation) => citation.section)))
        cited.set(section, (cited.get(section) ?? 0) + score / total);
    const chosen = this.#others
      .map((section, number) => ({
        number,
        section,
        score:
          (words[number] ?? 0) / greatest + citedWeight * Math.min(cited.get(section.id) ?? 0, 1),
      }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.number - b.number)
      .slice(0, this.#retrieved);
    return chosen.sort((a, b) => a.number - b.number).map(({ section }) => section);
  }
}
