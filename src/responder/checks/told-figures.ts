/** Where the policies state a figure, and whether that is what a sentence of a reply speaks of. */

import { type DetectedLanguage, detectLanguage } from '../language.ts';
import { everydayTerms, termsOf } from '../terms.ts';
import type { CheckSubject, Span } from './check.ts';
import { ofPolicies } from './evidence.ts';

/** One sentence of a policy that states a figure. */
interface Statement {
  section: string;
  terms: ReadonlySet<string>;
}

/** Words around a figure that say nothing of its matter. */
const figureTerms = new Set(
  termsOf(
    'within until before after least most about free innerhalb binnen bis nach vor sous avant après dentro antes tras entro prima dopo ciągu przed',
  ),
);

const ownTerms = (text: string) =>
  new Set(termsOf(text).filter((term) => !everydayTerms.has(term) && !figureTerms.has(term)));

/** A figure of a text, in words that are the same in every language. */
interface Figure extends Span {
  keys: readonly string[];
}

/** The text without its figures: "working days" is no matter that two sentences share. */
function withoutFigures(text: string, figures: readonly Span[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end } of figures.toSorted((a, b) => a.start - b.start)) {
    pieces.push(
      text.slice(at, Math.max(at, start)),
      ' '.repeat(Math.max(0, end - Math.max(at, start))),
    );
    at = Math.max(at, end);
  }
  return pieces.join('') + text.slice(at);
}

const sentencesOf = (text: string) => text.split(/(?<=[.!?;:])\s+|\n+/u);

/** The language of the policies; replies in it share words with what they rest on. */
const policyLanguage = ofPolicies(
  ({ text }) => text,
  (texts) => detectLanguage(texts.join('\n')),
);

/** Fewer own words do not say what a sentence is about. */
const fewestTerms = 2;

/** How far around a figure its sentence is looked for, in UTF-16 units. */
const reach = 600;

/** What a figure of the reply is about: its sentence, with the one before where it says little. */
function matterOf(reply: string, start: number): ReadonlySet<string> {
  const before = sentencesOf(reply.slice(Math.max(0, start - reach), start));
  const sentence =
    (before.at(-1) ?? '') + (sentencesOf(reply.slice(start, start + reach))[0] ?? '');
  const own = ownTerms(sentence);
  return own.size >= fewestTerms ? own : ownTerms(`${before.at(-2) ?? ''} ${sentence}`);
}

/**
 * Makes the test whether a figure stands in the policies: in a section that the draft cites, or in
 * a sentence that speaks of the same matter. That a shop ships within two days does not back a
 * refund within two days.
 *
 * @param figuresIn finds the figures of a text.
 */
export function figureInPolicies(
  figuresIn: (text: string) => readonly Figure[],
): (subject: CheckSubject, figure: Figure) => boolean {
  const statements = ofPolicies(
    ({ id, heading, text }) =>
      sentencesOf(`${heading}\n${text}`).flatMap((sentence) => {
        const figures = figuresIn(sentence);
        if (figures.length === 0) return [];
        const terms = ownTerms(`${heading} ${withoutFigures(sentence, figures)}`);
        const statement: Statement = { section: id, terms };
        return figures.flatMap(({ keys }) => keys).map((key) => ({ key, statement }));
      }),
    (sections) => Map.groupBy(sections.flat(), ({ key }) => key),
  );
  // Many figures may stand in one reply, which is read once.
  const read = new WeakMap<CheckSubject, { spoken: DetectedLanguage; bare: string }>();
  const readReply = (subject: CheckSubject) => {
    const { reply } = subject.fields;
    const known = read.get(subject) ?? {
      spoken: detectLanguage(reply),
      bare: withoutFigures(reply, figuresIn(reply)),
    };
    read.set(subject, known);
    return known;
  };
  return (subject, { start, keys }) => {
    const { fields, policies } = subject;
    const stated = keys.flatMap((key) =>
      (statements(policies).get(key) ?? []).map(({ statement }) => statement),
    );
    if (stated.length === 0) return false;
    const cited = new Set(fields.citations.map(({ section }) => section));
    if (stated.some(({ section }) => cited.has(section))) return true;
    const { spoken, bare } = readReply(subject);
    const { language } = policyLanguage(policies);
    if (!spoken.reliable || spoken.language !== language) return true;
    const matter = matterOf(bare, start);
    return stated.some(({ terms }) => matter.intersection(terms).size > 0);
  };
}
