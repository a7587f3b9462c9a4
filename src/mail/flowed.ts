/**
 * Plain text that old programs and phones read alike: format=flowed (RFC 3676). Lines are broken at
 * 72 characters with the space left before the break; a program that knows the format joins them
 * again, all others show what mail has always looked like. Without DelSp, so that only spaces break:
 * text without spaces stays in one line, which every program wraps as it shows it.
 */

/** RFC 3676, section 4.2: lines of 78 or fewer characters; longer ones are broken at 72. */
const longestLine = 78;
const breakAt = 72;

/** Pieces of at most `width` characters, each but the last with the space it was broken at. */
function pieces(line: string, width: number): string[] {
  const words = line.match(/\S+ *|^ +/g) ?? [''];
  const broken: string[] = [];
  let piece = '';
  for (const word of words) {
    // "-- " alone would be taken for the separator of a signature (RFC 3676, section 4.3).
    if (piece !== '' && piece !== '-- ' && piece.length + word.trimEnd().length > width) {
      broken.push(piece);
      piece = '';
    }
    piece += word;
  }
  return [...broken, piece];
}

/** RFC 3676, section 4.4: a space in front of what would be taken for something else. */
function stuffed(piece: string): string {
  return /^(?: |>|From )/.test(piece) ? ` ${piece}` : piece;
}

/**
 * One line of text as lines of format=flowed.
 *
 * @param depth how many quotation marks stand before it.
 */
export function flowedLines(line: string, depth: number): string[] {
  const marks = '>'.repeat(depth);
  const text = line === signatureSeparator && depth === 0 ? line : line.trimEnd();
  const room = depth === 0 ? 0 : depth + 1;
  const short = text.length + room <= longestLine;
  const broken = short ? [text] : pieces(text, Math.max(20, breakAt - room));
  if (depth === 0) return broken.map(stuffed);
  // Quoted lines stay broken: some programs join them with the marks in between.
  return broken.map((piece) => `${marks} ${piece}`.trimEnd());
}

/** RFC 3676, section 4.3. */
export const signatureSeparator = '-- ';
