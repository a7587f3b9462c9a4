/**
 * Finds the examples that help to answer a mail, by their words and by what they are about;
 * docs/retrieval.md says what each part of it is worth.
 */

import type { Origin } from '../domain/decision.ts';
import { type Example, serves } from './examples.ts';
import { Breather, normalize } from './latent-space.ts';
import { LexicalIndex } from './lexical-index.ts';
import { type ExampleTerms, Meaning } from './meaning.ts';
import { Places } from './places.ts';
import { termsOf } from './terms.ts';

/** An example as it is looked up. */
export interface IndexedExample extends Example {
  /** Address of the customer who wrote the mail, in lower case; null for a curated example. */
  customer?: string | null;
  /** Who wrote the reply, where it comes from the pool. */
  origin?: Origin;
}

export interface ExampleQuery {
  subject: string;
  text: string;
  /** ISO 639-1; empty when unknown. */
  language: string;
  /** The mailbox that the mail came to; examples kept to other ones are not found. */
  mailbox?: string;
  /** Nothing that this address wrote is found: what was told to a customer once is no example. */
  customer?: string;
}

export interface ExampleMatch<Found extends Example = IndexedExample> {
  example: Found;
  /** Comparable only within one search. */
  score: number;
  /** How much of the example's own wording the mail shares, 0 to about 1; comparable everywhere. */
  likeness: number;
  /** How much of the mail's own wording the example shares, 0 to 1. */
  coverage: number;
}

/** What each kind of evidence counts; `eval retrieval` measures them one after the other. */
export interface RetrievalWeights {
  /** Words that the mail shares with the example's mail and reply, against meaning, which counts 1. */
  words: number;
  /** Words of the example's reply, against those of its mail, which count 1. */
  replyWords: number;
  meaning: number;
  /** How far the mail is moved towards the examples that were found first, before meaning is compared. */
  expansion: number;
}

/** Chosen by cross-validation among examples; halving or doubling any of them changes little. */
export const measuredWeights: RetrievalWeights = {
  words: 0.6,
  replyWords: 0.5,
  meaning: 1,
  expansion: 1,
};

/** A mail in the same language is preferred, but a very similar one in another can still win. */
const otherLanguageShare = 0.5;
/** How many of the examples found first say what the mail is about. */
const expandedBy = 5;
/** Mails that share this much of their terms (Jaccard) are one example, told twice. */
const nearDuplicate = 0.8;
/** Of a long text the beginning says what it is about; in UTF-16 units. */
const longestText = 2000;

function mailTerms(subject: string, text: string): string[] {
  return termsOf(`${subject}\n${text.slice(0, longestText)}`);
}

function exampleTerms({ subject, mail, reply }: Example): ExampleTerms {
  return { mail: mailTerms(subject, mail), reply: termsOf(reply.slice(0, longestText)) };
}

/** The numbers of the `limit` greatest scores above 0, greatest first; equal ones by number. */
function best(scores: Float32Array, limit: number): number[] {
  const found: number[] = [];
  for (let number = 0; number < scores.length; number += 1) {
    const score = scores[number] ?? 0;
    if (score <= 0 || (found.length === limit && score <= (scores[found.at(-1) ?? 0] ?? 0)))
      continue;
    let at = found.length;
    while (at > 0 && (scores[found[at - 1] ?? 0] ?? 0) < score) at -= 1;
    found.splice(at, 0, number);
    if (found.length > limit) found.pop();
  }
  return found;
}

/** Jaccard's measure of how much two sets have in common. */
function alikeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const shared = left.intersection(right).size;
  return shared / Math.max(left.size + right.size - shared, 1);
}

/** Chooses from the best candidates such as are no near-duplicates of better ones. */
function diverse<Found extends Example>(candidates: readonly Found[], limit: number) {
  const chosen: { example: Found; terms: string[]; distinct: ReadonlySet<string> }[] = [];
  for (const example of candidates) {
    if (chosen.length === limit) break;
    const terms = mailTerms(example.subject, example.mail);
    const distinct = new Set(terms);
    const isTwin = chosen.some(
      (other) =>
        other.example.reply === example.reply ||
        alikeness(other.distinct, distinct) >= nearDuplicate,
    );
    if (!isTwin) chosen.push({ example, terms, distinct });
  }
  return chosen;
}

/** Examples that can be searched, and that come and go one by one. */
export class ExampleIndex<Found extends IndexedExample = IndexedExample> {
  readonly #weights: RetrievalWeights;
  /** By number; null once removed. */
  #examples: (Found | null)[] = [];
  #numbers = new Map<string, number>();
  #mails = new LexicalIndex();
  #replies = new LexicalIndex();
  #meaning = new Meaning(this.#mails, this.#replies);
  #places = new Places();

  /** Use `openExampleIndex`. */
  constructor(weights: RetrievalWeights) {
    this.#weights = weights;
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** How many examples came and went since the meaning of words was learned. */
  #changes = 0;
  get changes(): number {
    return this.#changes;
  }

  has(id: string): boolean {
    return this.#numbers.has(id);
  }

  /** Takes an example; another one of the same id goes. */
  add(example: Found): void {
    this.remove(example.id);
    const terms = exampleTerms(example);
    this.#numbers.set(example.id, this.#examples.length);
    this.#examples.push(example);
    this.#mails.add(terms.mail);
    this.#replies.add(terms.reply);
    this.#places.set(this.#examples.length - 1, this.#meaning.placeExample(terms));
    this.#changes += 1;
  }

  /** Lets an example go; none is found under an id that is not there. */
  remove(id: string): void {
    const number = this.#numbers.get(id);
    if (number === undefined) return;
    this.#numbers.delete(id);
    this.#examples[number] = null;
    this.#changes += 1;
  }

  /**
   * Learns from all examples which words mean alike, and leaves behind those that were let go: a
   * search looks at every one that was ever taken since.
   */
  async learn(): Promise<void> {
    const rest = new Breather();
    const [mails, replies] = [new LexicalIndex(), new LexicalIndex()];
    const kept: (Found | null)[] = [];
    const rows = [];
    let taken = 0;
    const take = (): ExampleTerms | null => {
      const example = this.#examples[taken++];
      if (!example) return null;
      const terms = exampleTerms(example);
      kept.push(example);
      mails.add(terms.mail);
      replies.add(terms.reply);
      return terms;
    };
    while (taken < this.#examples.length) {
      take();
      await rest.breathe();
    }
    const meaning = new Meaning(mails, replies);
    for (const example of kept) {
      if (example) rows.push(meaning.row(exampleTerms(example)));
      await rest.breathe();
    }
    await meaning.learn(rows);
    const places = new Places(meaning.dimensions, kept.length);
    for (const [number, example] of kept.entries()) {
      if (example) places.set(number, meaning.placeExample(exampleTerms(example)));
      await rest.breathe();
    }
    // From here on nothing else runs: what came and went meanwhile is few.
    while (taken < this.#examples.length) {
      const terms = take();
      if (terms) places.set(kept.length - 1, meaning.placeExample(terms));
    }
    const isHere = (example: Found | null) =>
      example !== null && this.#examples[this.#numbers.get(example.id) ?? -1] === example;
    this.#examples = kept.map((example) => (isHere(example) ? example : null));
    this.#numbers = new Map(
      this.#examples.flatMap((example, number) => (example ? [[example.id, number]] : [])),
    );
    [this.#mails, this.#replies] = [mails, replies];
    [this.#meaning, this.#places] = [meaning, places];
    this.#changes = 0;
  }

  /**
   * The examples that help most, best first, without near-duplicates. Equal ones stand in the order
   * in which they came, so that the answer is always the same.
   */
  search(query: ExampleQuery, limit: number): ExampleMatch<Found>[] {
    const terms = mailTerms(query.subject, query.text);
    const shared = this.#mails.scores(terms);
    const scores = this.#scores(terms, shared, this.#shares(query));
    const candidates = best(scores, limit * 3 + 10).flatMap(
      (number) => this.#examples[number] ?? [],
    );
    const distinct = new Set(terms);
    return diverse(candidates, limit).map(({ example, terms: own, distinct: ownDistinct }) => {
      const number = this.#numbers.get(example.id) ?? -1;
      return {
        example,
        score: scores[number] ?? 0,
        // The score is a sum over shared terms times their number; the root undoes the square.
        likeness: Math.sqrt((shared[number] ?? 0) / (this.#mails.ownScore(own) || 1)),
        coverage: distinct.intersection(ownDistinct).size / Math.max(distinct.size, 1),
      };
    });
  }

  /** What each example may count for this query: 0 when it must not be shown. */
  #shares({ language, customer, mailbox }: ExampleQuery): Float32Array {
    const address = customer?.toLowerCase() ?? '';
    const shares = new Float32Array(this.#examples.length);
    for (const [number, example] of this.#examples.entries()) {
      if (example === null || (address !== '' && example.customer === address)) continue;
      if (example.tags.length > 0 && !serves(example, mailbox)) continue;
      const isSame = language === '' || example.language === language;
      shares[number] = isSame ? 1 : otherLanguageShare;
    }
    return shares;
  }

  /** @param shared what the mail of each example scores by its words. */
  #scores(terms: readonly string[], shared: Float32Array, shares: Float32Array): Float32Array {
    const { words, replyWords, meaning, expansion } = this.#weights;
    const byReply = this.#replies.scores(terms);
    const lexical = shared.map(
      (score, number) => (score + replyWords * (byReply[number] ?? 0)) * (shares[number] ?? 0),
    );
    const greatest = lexical.reduce((most, score) => Math.max(most, score), 0) || 1;
    const fused = (place: Float32Array) =>
      this.#places
        .alikeness(place)
        .map(
          (alike, number) =>
            (words * (lexical[number] ?? 0)) / greatest + meaning * alike * (shares[number] ?? 0),
        );

    const place = this.#meaning.placeMail(terms);
    const first = fused(place);
    if (meaning === 0 || expansion === 0) return first;
    // Pseudo-relevance feedback (Rocchio, 1971): what was found first says more than a short mail.
    const found = best(first, expandedBy).map((number) => ({ number, score: first[number] ?? 0 }));
    const total = found.reduce((sum, { score }) => sum + score, 0) || 1;
    const moved = place.slice();
    for (const { number, score } of found)
      for (const [k, value] of this.#places.of(number).entries())
        moved[k] = (moved[k] ?? 0) + (expansion * score * value) / total;
    return fused(normalize(moved));
  }
}

/** Indexes `examples` and learns from them, without blocking the event loop. */
export async function openExampleIndex<Found extends IndexedExample>(
  examples: readonly Found[],
  weights: RetrievalWeights = measuredWeights,
): Promise<ExampleIndex<Found>> {
  const rest = new Breather();
  const index = new ExampleIndex<Found>(weights);
  for (const example of examples) {
    index.add(example);
    await rest.breathe();
  }
  await index.learn();
  return index;
}
