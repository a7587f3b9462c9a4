/** Places mails and examples by what they are about, as learned from the examples themselves. */

import { type LatentSpace, learnSpace, type SparseRow } from './latent-space.ts';
import type { LexicalIndex } from './lexical-index.ts';

/** The terms of an example's mail and of its reply. */
export interface ExampleTerms {
  mail: readonly string[];
  reply: readonly string[];
}

/**
 * A reply says what its mail was about, in the few words of the shop, so it weighs more than the
 * mail; found by cross-validation, and anything from 1 to 3 does about as well.
 */
const replyWeight = 1.5;
/** More directions than this tell apart wordings rather than matters. */
const mostDimensions = 50;
/** With fewer examples for each direction there is too little to learn from. */
const examplesPerDimension = 6;
/** A term of one example alone connects it with nothing. */
const fewestExamples = 2;

interface Column {
  number: number;
  rarity: number;
}

/** Columns for the terms of one kind of text, beginning at `first`. */
function columnsOf(index: LexicalIndex, first: number): Map<string, Column> {
  return new Map(
    index
      .terms(fewestExamples)
      .map((term, at) => [term, { number: first + at, rarity: index.rarity(term) }]),
  );
}

/** Weighs terms by frequency and rarity, as a vector of length `length`. */
function weigh(terms: readonly string[], columns: Map<string, Column>, length: number): SparseRow {
  const counts = new Map<Column, number>();
  for (const term of terms) {
    const column = columns.get(term);
    if (column) counts.set(column, (counts.get(column) ?? 0) + 1);
  }
  const weights = [...counts].map(([{ rarity }, count]) => (1 + Math.log(count)) * rarity);
  const scale = length / (Math.hypot(...weights) || 1);
  return {
    columns: Uint32Array.from([...counts.keys()], ({ number }) => number),
    values: Float32Array.from(weights, (weight) => weight * scale),
  };
}

export class Meaning {
  readonly #mailColumns: Map<string, Column>;
  readonly #replyColumns: Map<string, Column>;
  readonly #width: number;
  #space: LatentSpace | null = null;

  /** @param mails the words of all examples' mails, and @param replies of their replies. */
  constructor(mails: LexicalIndex, replies: LexicalIndex) {
    this.#mailColumns = columnsOf(mails, 0);
    this.#replyColumns = columnsOf(replies, this.#mailColumns.size);
    this.#width = this.#mailColumns.size + this.#replyColumns.size;
  }

  /** An example as `learn` takes it. */
  row({ mail, reply }: ExampleTerms): SparseRow {
    const left = weigh(mail, this.#mailColumns, 1);
    const right = weigh(reply, this.#replyColumns, replyWeight);
    return {
      columns: Uint32Array.of(...left.columns, ...right.columns),
      values: Float32Array.of(...left.values, ...right.values),
    };
  }

  /** Learns from the rows of all examples. */
  async learn(rows: readonly SparseRow[]): Promise<void> {
    const dimensions = Math.min(mostDimensions, Math.floor(rows.length / examplesPerDimension));
    if (dimensions > 0) this.#space = await learnSpace(rows, this.#width, dimensions);
  }

  /** How many numbers say where a text stands; 0 while there is too little to learn from. */
  get dimensions(): number {
    return this.#space?.dimensions ?? 0;
  }

  /** Where an example stands: a vector of length 1, or all zeros. */
  placeExample(terms: ExampleTerms): Float32Array {
    return this.#space?.place(this.row(terms)) ?? new Float32Array();
  }

  /** Where a mail stands that has no reply yet. */
  placeMail(terms: readonly string[]): Float32Array {
    return this.placeExample({ mail: terms, reply: [] });
  }
}
