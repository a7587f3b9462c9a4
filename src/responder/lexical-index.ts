/** Scores texts by the terms that they share with a query (BM25), and takes new texts at any time. */

/** Usual values (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009). */
const saturation = 1.2;
const lengthNorm = 0.75;
/** A posting is one number: the text's, and in the lowest bits how often the term stands in it. */
const countBits = 6;
const mostCounted = (1 << countBits) - 1;

function countsOf(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

/** What a term that stands `count` times in a text is worth, for its rarity. */
function gainOf(count: number, lengthToMean: number): number {
  const norm = 1 - lengthNorm + lengthNorm * lengthToMean;
  return ((saturation + 1) * count) / (count + saturation * norm);
}

export class LexicalIndex {
  readonly #postings = new Map<string, number[]>();
  readonly #lengths: number[] = [];
  #totalLength = 0;

  /** Takes a text, which gets the next number from 0. */
  add(terms: readonly string[]): void {
    const text = this.#lengths.length;
    this.#lengths.push(terms.length);
    this.#totalLength += terms.length;
    for (const [term, count] of countsOf(terms)) {
      const posting = (text << countBits) | Math.min(count, mostCounted);
      const postings = this.#postings.get(term);
      if (postings) postings.push(posting);
      else this.#postings.set(term, [posting]);
    }
  }

  /** How rare a term is: ln(1 + (N - n + .5) / (n + .5)). */
  rarity(term: string): number {
    const found = this.#postings.get(term)?.length ?? 0;
    return Math.log(1 + (this.#lengths.length - found + 0.5) / (found + 0.5));
  }

  /** The terms that stand in at least `least` texts. */
  terms(least: number): string[] {
    return [...this.#postings].filter(([, { length }]) => length >= least).map(([term]) => term);
  }

  /** What a text of these terms would score as a query for itself. */
  ownScore(terms: readonly string[]): number {
    let score = 0;
    const mean = this.#meanLength();
    for (const [term, count] of countsOf(terms))
      score += count * this.rarity(term) * gainOf(count, terms.length / mean);
    return score;
  }

  #meanLength(): number {
    return this.#totalLength / Math.max(this.#lengths.length, 1) || 1;
  }

  /** The score of every text, by number. A term that the query repeats counts as often. */
  scores(query: readonly string[]): Float32Array {
    const scores = new Float32Array(this.#lengths.length);
    const mean = this.#meanLength();
    for (const [term, times] of countsOf(query)) {
      const weight = times * this.rarity(term);
      for (const posting of this.#postings.get(term) ?? []) {
        const text = posting >>> countBits;
        const gain = gainOf(posting & mostCounted, (this.#lengths[text] ?? 0) / mean);
        scores[text] = (scores[text] ?? 0) + weight * gain;
      }
    }
    return scores;
  }
}
