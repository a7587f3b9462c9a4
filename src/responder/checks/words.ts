/** Cuts a text into words with their places, for comparing texts word by word. */

import { foldAccents } from '../terms.ts';
import type { Span } from './check.ts';

interface Word extends Span {
  /** Lower case, without accents. */
  folded: string;
  /** Counts up at every punctuation mark and line end between words. */
  clause: number;
}

const word = /[\p{L}\p{N}]+(?:[-_'’.@][\p{L}\p{N}]+)*/gu;

/** The words of a text, in order. */
function wordsOf(text: string): Word[] {
  let clause = 0;
  let last = 0;
  return [...text.matchAll(word)].map(({ 0: found, index }) => {
    if (/[^\s"“”„'’*_]|\n/u.test(text.slice(last, index))) clause += 1;
    last = index + found.length;
    return { start: index, end: last, folded: foldAccents(found), clause };
  });
}

/** The folded words of several texts, for looking names up. */
export function vocabularyOf(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => foldAccents(text).match(/[\p{L}\p{N}]+/gu) ?? []));
}

function gramsOf(words: readonly Word[], length: number, inClause: boolean): Map<number, string> {
  const grams = new Map<number, string>();
  for (let at = 0; at + length <= words.length; at++) {
    const some = words.slice(at, at + length);
    if (inClause && some[0]?.clause !== some.at(-1)?.clause) continue;
    grams.set(at, some.map(({ folded }) => folded).join(' '));
  }
  return grams;
}

/**
 * Where a text repeats `length` words or more of `sources` in a row, but not of `allowed`.
 *
 * @param inClause only within one clause: lists of names and values do not count.
 */
export function repeatedRuns(
  text: string,
  sources: readonly string[],
  allowed: readonly string[],
  { length, inClause }: { length: number; inClause: boolean },
): Span[] {
  const gramSet = (texts: readonly string[]) =>
    new Set(texts.flatMap((one) => [...gramsOf(wordsOf(one), length, inClause).values()]));
  const words = wordsOf(text);
  const grams = [...gramsOf(words, length, inClause)];
  const from = gramSet(sources);
  const repeated = grams.filter(([, gram]) => from.has(gram));
  // Most replies repeat nothing, and what is allowed is long.
  if (repeated.length === 0) return [];
  const free = gramSet(allowed);
  const spans: Span[] = [];
  for (const [at, gram] of repeated) {
    if (free.has(gram)) continue;
    const start = words[at]?.start ?? 0;
    const end = words[at + length - 1]?.end ?? 0;
    const last = spans.at(-1);
    if (last && start <= last.end) last.end = end;
    else spans.push({ start, end });
  }
  return spans;
}
