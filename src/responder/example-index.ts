/** Finds the examples whose mail is most like a given one (BM25 over subject and mail). */

import MiniSearch from 'minisearch';
import type { Example } from './examples.ts';
import { everydayTerms, termsOf } from './terms.ts';

export interface ExampleQuery {
  subject: string;
  text: string;
  /** ISO 639-1; empty when unknown. */
  language: string;
}

export interface ExampleMatch {
  example: Example;
  /** BM25 score; comparable only within one search. */
  score: number;
  /** How much of the example's own wording the mail shares, 0 to about 1; comparable everywhere. */
  likeness: number;
  /** How much of the mail's own wording the example shares, 0 to 1. */
  coverage: number;
}

export interface ExampleIndex {
  /** The most similar examples, best first. Ties are settled by id, so that the order is stable. */
  search(query: ExampleQuery, limit: number): ExampleMatch[];
}

/** A mail in the same language is preferred, but a very similar one in another can still win. */
const sameLanguageBoost = 2;
/** A subject names the matter in fewer words than the mail: in the examples, and in the query. */
const subjectBoost = 2.5;
const subjectTermBoost = 1.5;
const everydayBoost = 0.6;
/** Of a long mail the beginning says what it is about. */
const longestQuery = 2000;

/** Indexes `examples` for retrieval; about 1 ms a search at 500 examples. */
export function openExampleIndex(examples: readonly Example[]): ExampleIndex {
  const byId = new Map(examples.map((example) => [example.id, example]));
  const index = new MiniSearch<Example>({
    fields: ['subject', 'mail'],
    storeFields: ['language'],
    tokenize: termsOf,
    // `termsOf` has folded and stemmed already.
    processTerm: (term) => term,
    searchOptions: { boost: { subject: subjectBoost } },
  });
  index.addAll(examples);

  const score = (query: ExampleQuery) => {
    const subjectTerms = termsOf(query.subject).length;
    return index.search(`${query.subject}\n${query.text.slice(0, longestQuery)}`, {
      boostTerm: (term, position) =>
        (position < subjectTerms ? subjectTermBoost : 1) *
        (everydayTerms.has(term) ? everydayBoost : 1),
      boostDocument: (_id, _term, stored) =>
        stored?.language === query.language ? sameLanguageBoost : 1,
    });
  };
  // What an example scores against its own mail: the most that any mail can well reach.
  const ownScore = new Map(
    examples.map(({ id, subject, mail, language }) => {
      const own = score({ subject, text: mail, language }).find((hit) => hit.id === id);
      return [id, own?.score ?? 1];
    }),
  );

  return {
    search(query, limit) {
      const terms = new Set(termsOf(`${query.subject}\n${query.text.slice(0, longestQuery)}`)).size;
      return score(query)
        .flatMap((hit) => {
          const example = byId.get(String(hit.id));
          // The score is a sum over shared terms times their number; the root undoes the square.
          const likeness = Math.sqrt(hit.score / (ownScore.get(String(hit.id)) ?? 1));
          const coverage = new Set(hit.queryTerms).size / Math.max(terms, 1);
          return example ? [{ example, score: hit.score, likeness, coverage }] : [];
        })
        .sort((a, b) => b.score - a.score || (a.example.id < b.example.id ? -1 : 1))
        .slice(0, limit);
    },
  };
}
