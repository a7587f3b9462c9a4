/** Where an earlier mail begins and ends among the lines of a mail. */

import {
  type Attribution,
  attributionOpening,
  attributionStrength,
  mayEndAttribution,
} from './attribution-lines.ts';
import { isOriginalMark, isRule } from './quote-marks.ts';
import { afterHeaderBlock } from './quoted-headers.ts';

/** True for a line with a quote mark. */
export const isQuoted = (line: string): boolean => /^\s{0,3}>/.test(line);
/** True for a line that says nothing; some programs leave a dot (U+1427) to count who reads. */
export function isBlank(line: string): boolean {
  // Most lines begin with a plain letter, and each is asked several times.
  const first = line.charCodeAt(0);
  if (first > 0x20 && first < 0x7f) return false;
  return /^[\s\u1427]*$/u.test(line);
}

/** Mail programs wrap an attribution over as many lines: names and addresses are long. */
const maxAttributionLines = 6;

/** The first line at or after `at` that is not blank. */
export function afterBlanks(lines: readonly string[], at: number): number {
  let next = at;
  while (next < lines.length && isBlank(lines[next] ?? '')) next += 1;
  return next;
}

/** A quoted line this long was likely wrapped again on its way. */
const longQuoted = 60;

/** True when the line at `at` is the rest of the quoted line above it, wrapped without its mark. */
function isWrappedQuote(lines: readonly string[], at: number): boolean {
  const [above = '', line = '', below = ''] = lines.slice(at - 1, at + 2);
  // Where a line was broken, a bracket or a comma may stand alone.
  if (!isBlank(line) && /^[\s\p{P}<>=|]{1,4}$/u.test(line) && isQuoted(below)) return true;
  return (
    above.trimEnd().length >= longQuoted &&
    // An answer between two quoted lines stands below a whole sentence.
    !/[.?!:;…]\s*$/u.test(above) &&
    /^\p{Ll}/u.test(line) &&
    isQuoted(below)
  );
}

/** The first line after the quotation that begins at `at`; blank lines inside belong to it. */
export function afterQuotation(lines: readonly string[], at: number): number {
  let next = at;
  while (next < lines.length && isQuoted(lines[next] ?? '')) {
    next += 1;
    if (isWrappedQuote(lines, next)) next += 1;
    const resumed = afterBlanks(lines, next);
    if (isQuoted(lines[resumed] ?? '')) next = resumed;
  }
  return next;
}

/** How sure the lines from `at` to before `end`, joined, are to introduce the quotation below them. */
function strengthOf(lines: readonly string[], at: number, end: number): Attribution {
  const joined = lines
    .slice(at, end)
    .map((line) => line.trim())
    .join(' ');
  const strength = attributionStrength(joined);
  if (strength !== 'likely') return strength;
  return isQuoted(lines[afterBlanks(lines, end)] ?? '') ? 'likely' : 'none';
}

/** True when the line at `at` is not the first of the attribution that ends before `end`, but above it. */
function isNewText(lines: readonly string[], at: number, end: number): boolean {
  // What is complete without its first line may have a line of new text there.
  const without = strengthOf(lines, at + 1, end);
  if (without === 'none') return false;
  if (without === 'likely' && strengthOf(lines, at, end) === 'certain') return false;
  const first = lines[at] ?? '';
  return (
    attributionOpening(first) === 'none' ||
    attributionOpening(lines[at + 1] ?? '') === 'date' ||
    /[.!?…]\s*$/u.test(first)
  );
}

/** True when a sentence ends before the last of `lines` and no address is in them: that is talk. */
function holdsSentence(lines: readonly string[]): boolean {
  const ends = lines.slice(0, -1).some((line) => /\p{L}{3}[.!?…]\s*$/u.test(line));
  return ends && !lines.some((line) => line.includes('@'));
}

/**
 * The first line after the attribution that begins at `at`; `at` itself when none does.
 *
 * @param mayEnd for each line, whether an attribution may end with it: asked once, since every line
 *   may be the last of several attributions.
 */
function afterAttribution(
  lines: readonly string[],
  mayEnd: readonly boolean[],
  at: number,
): number {
  let length = 0;
  for (let end = at + 1; end <= lines.length && end <= at + maxAttributionLines + 1; end += 1) {
    const last = lines[end - 1] ?? '';
    if (isBlank(last)) {
      // Some programs leave a blank line inside, before the address.
      if (length === 0 || !/^\s*<?(?:mailto:|$)/.test(lines[end] ?? 'x')) return at;
      continue;
    }
    length += 1;
    if (length > maxAttributionLines) return at;
    if (!mayEnd[end - 1] || strengthOf(lines, at, end) === 'none') continue;
    if (holdsSentence(lines.slice(at, end))) return at;
    return end > at + 1 && isNewText(lines, at, end) ? at : end;
  }
  return at;
}

/** The first line after what says that everything below is an earlier mail; `at` when nothing does. */
function afterHistoryMark(lines: readonly string[], at: number): number {
  const line = lines[at] ?? '';
  const marked = isOriginalMark(line) ? at + 1 : at;
  const ruled = marked === at && isRule(line) ? at + 1 : marked;
  const headed = afterHeaderBlock(lines, afterBlanks(lines, ruled));
  return headed > 0 ? headed : marked;
}

/** What introduces an earlier mail at each line: the first line after it, or 0 where nothing does. */
export function introductions(lines: readonly string[]): Uint32Array {
  const mayEnd = lines.map(mayEndAttribution);
  return Uint32Array.from(lines, (line, at) => {
    if (isBlank(line) || isQuoted(line)) return 0;
    const attributed = afterAttribution(lines, mayEnd, at);
    const end = attributed > at ? attributed : afterHistoryMark(lines, at);
    return end > at ? end : 0;
  });
}
