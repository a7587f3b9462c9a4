/** Finds the known word that an unknown one was probably meant to be. */

/** Levenshtein distance: the fewest single-letter changes that turn `a` into `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A sentence that names the nearest of `known`, or all of them when none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, far: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ far }) => far < word.length && far <= Math.max(2, word.length / 3))
    .sort((a, b) => a.far - b.far)[0];
  if (near) return `Did you mean "${near.candidate}"?`;
  return known.length > 0 ? `Known are: ${known.join(', ')}.` : 'None are known here.';
}
