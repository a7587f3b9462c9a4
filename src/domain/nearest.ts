/** Finds the known word that an unknown one was probably meant to be. */

/** Edit distance in which two letters that changed places count once (optimal string alignment). */
function distance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1];
      const swapped =
        i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(left.length, right.length);
}

export interface NearestWord {
  word: string;
  /** True when so few letters differ that it is a slip of the fingers. */
  slip: boolean;
}

/** The word of `known` that differs least from `word`, case aside; null when none is known. */
export function nearestWord(word: string, known: readonly string[]): NearestWord | null {
  const distances = known.map((candidate) => ({
    candidate,
    far: distance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  const [nearest] = distances.toSorted((left, right) => left.far - right.far);
  if (nearest === undefined) return null;
  const { candidate, far } = nearest;
  const slip = far < word.length && far <= Math.max(1, Math.floor(candidate.length / 3));
  return { word: candidate, slip };
}

/** A sentence that names the nearest of `known`, or all of them when none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known);
  if (nearest === null) return 'None are known here.';
  return nearest.slip ? `Did you mean "${nearest.word}"?` : `Known are: ${known.join(', ')}.`;
}
