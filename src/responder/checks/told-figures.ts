/** Where the policies state a figure, and whether that is what a sentence of a reply speaks of. */

import { detectLanguage } from '../language.ts';
import { everydayTerms, termsOf } from '../terms.ts';
import type { CheckSubject, Span } from './check.ts';
import { ofPolicies } from './evidence.ts';

/** One sentence of a policy that states a figure. */
interface Statement {
  section: string;
  terms: ReadonlySet<string>;
}

const ownTerms = (text: string) =>
  new Set(termsOf(text).filter((term) => !everydayTerms.has(term)));

const sentencesOf = (text: string) => text.split(/(?<=[.!?;:])\s+|\n+/u);

/** The language of the policies; replies in it share words with what they rest on. */
const policyLanguage = ofPolicies((sections) =>
  detectLanguage(sections.map(({ text }) => text).join('\n')),
);

/** Fewer own words do not say what a sentence is about. */
const fewestTerms = 2;

/** What a figure of the reply is about: its sentence, with the one before where it says little. */
function matterOf(reply: string, { start, end }: Span): ReadonlySet<string> {
  const before = sentencesOf(reply.slice(0, start));
  const sentence =
    (before.at(-1) ?? '') + (sentencesOf(reply.slice(start))[0] ?? '').slice(end - start);
  const own = ownTerms(sentence);
  return own.size >= fewestTerms ? own : ownTerms(`${before.at(-2) ?? ''} ${sentence}`);
}

/**
 * Makes the test whether a figure stands in the policies: in a section that the draft cites, or in
 * a sentence that speaks of the same matter. That a shop ships within two days does not back a
 * refund within two days.
 *
 * @param keysIn the figures of a text, as words that are the same in every language.
 */
export function figureInPolicies(
  keysIn: (text: string) => string[],
): (subject: CheckSubject, span: Span, keys: readonly string[]) => boolean {
  const statements = ofPolicies((sections) => {
    const found = new Map<string, Statement[]>();
    for (const { id, heading, text } of sections)
      for (const sentence of sentencesOf(`${heading}\n${text}`)) {
        const statement = { section: id, terms: ownTerms(`${heading} ${sentence}`) };
        for (const key of keysIn(sentence)) found.set(key, [...(found.get(key) ?? []), statement]);
      }
    return found;
  });
  return (subject, span, keys) => {
    const { fields, policies } = subject;
    const stated = keys.flatMap((key) => statements(policies).get(key) ?? []);
    if (stated.length === 0) return false;
    const cited = new Set(fields.citations.map(({ section }) => section));
    if (stated.some(({ section }) => cited.has(section))) return true;
    const spoken = detectLanguage(fields.reply);
    const { language } = policyLanguage(policies);
    if (!spoken.reliable || spoken.language !== language) return true;
    const matter = matterOf(fields.reply, span);
    return stated.some(({ terms }) => matter.intersection(terms).size > 0);
  };
}
