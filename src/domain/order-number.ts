/**
 * Order numbers in what a customer wrote: patterns as a shop writes them, such as `#W{7 digits}`.
 *
 * The patterns are a small language and no regular expressions: each is a row of fixed texts and of
 * places for digits or letters whose lengths are bounded, so that no mail makes matching slow, and
 * the number can be given back as the shop writes it, however the customer typed it.
 */

/** A pattern that has been read; `numberOf` makes the number out of a match. */
export interface OrderNumberPattern {
  expression: RegExp;
  numberOf(match: RegExpMatchArray): string;
}

/** One part of a pattern. */
type Part =
  | { kind: 'text'; text: string; optional: boolean }
  | { kind: 'place'; characters: string; least: number; most: number };

const places: Readonly<Record<string, string>> = {
  digit: '[0-9]',
  letter: '[A-Z]',
  character: '[A-Z0-9]',
};

/** Longer than any order number; it also bounds the work of a match. */
const longestPlace = 30;
const mostParts = 12;
/** With fewer digits or letters than this, every amount would be an order number. */
const fewestCharacters = 3;

const placeForm = /^\{(\d{1,2})(?:-(\d{1,2}))? (digit|letter|character)s?\}/;
const optionalForm = /^\[([^[\]{}]+)\]/;
const textForm = /^[^[\]{}]+/;

function placeOf([, from, to, kind]: RegExpExecArray): Part {
  const least = Number(from);
  const most = Number(to ?? from);
  if (least < 1 || most < least || most > longestPlace)
    throw new Error(`expected between 1 and ${longestPlace} in a place like {5-8 digits}`);
  return { kind: 'place', characters: places[kind ?? ''] ?? '', least, most };
}

function nextPart(rest: string): { part: Part; length: number } {
  const place = placeForm.exec(rest);
  if (place !== null) return { part: placeOf(place), length: place[0].length };
  const [whole = '', inner] = optionalForm.exec(rest) ?? [];
  if (inner !== undefined)
    return { part: { kind: 'text', text: inner, optional: true }, length: whole.length };
  const [text] = textForm.exec(rest) ?? [];
  if (text === undefined)
    throw new Error('expected places like {7 digits}, {2-4 letters} or {8 characters}');
  return { part: { kind: 'text', text, optional: false }, length: text.length };
}

function partsOf(written: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < written.length; ) {
    const { part, length } = nextPart(written.slice(at));
    parts.push(part);
    at += length;
  }
  return parts;
}

/** @throws Error with what is wrong, as the end of a sentence. */
function refuseVague(parts: readonly Part[]): void {
  if (parts.length > mostParts) throw new Error(`expected at most ${mostParts} parts`);
  const shortest = parts.map((part) => (part.kind === 'place' ? part.least : 0));
  if (shortest.reduce((sum, length) => sum + length, 0) < fewestCharacters)
    throw new Error(`expected places for at least ${fewestCharacters} digits or letters`);
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'text' || part.least === part.most) continue;
    const next = parts[index + 1];
    if (
      next === undefined ||
      (next.kind === 'text' && !next.optional && /^[^A-Z0-9]/i.test(next.text))
    )
      continue;
    // Two readings of the same characters are what makes an expression slow.
    throw new Error('a place of varying length must end the pattern or stand before a sign like -');
  }
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function sourceOf(part: Part): string {
  if (part.kind === 'place') return `(${part.characters}{${part.least},${part.most}})`;
  return part.optional ? `(?:${escaped(part.text)})?` : escaped(part.text);
}

/**
 * Reads a pattern: `{7 digits}`, `{5-8 digits}`, `{2 letters}` and `{8 characters}` (digits or
 * letters) are places, `[#]` belongs to the number but may be missing in a mail, and everything
 * else stands for itself. Capitals and small letters are the same.
 *
 * @throws Error with what is wrong, as the end of a sentence.
 */
export function orderNumberPattern(written: string): OrderNumberPattern {
  const parts = partsOf(written);
  refuseVague(parts);
  // A longer word, a longer number, an amount or a date that goes on is another thing.
  const expression = new RegExp(
    `(?<![\\p{L}\\p{N}]|\\p{N}[-.,/:])${parts.map(sourceOf).join('')}(?![\\p{L}\\p{N}]|[-.,/:]\\p{N})`,
    'giu',
  );
  return {
    expression,
    numberOf(match) {
      let place = 0;
      const written = (part: Part) =>
        part.kind === 'text' ? part.text : (match[++place] ?? '').toUpperCase();
      return parts.map(written).join('');
    },
  };
}

/** Of each text so many UTF-16 units are looked at, and so many numbers are found in all. */
const longestText = 50_000;
const mostNumbers = 50;

interface Found {
  start: number;
  end: number;
  number: string;
}

function foundIn(patterns: readonly OrderNumberPattern[], text: string): Found[] {
  // Digits as Japanese keyboards type them are digits, too.
  const plain = text.slice(0, longestText).normalize('NFKC').slice(0, longestText);
  const found = patterns.flatMap((pattern) =>
    [...plain.matchAll(pattern.expression)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
      number: pattern.numberOf(match),
    })),
  );
  const inOrder = found.toSorted((a, b) => a.start - b.start || b.end - a.end);
  let covered = 0;
  return inOrder.filter(({ start, end }) => {
    // A number within another one is a part of it.
    if (start < covered) return false;
    covered = end;
    return true;
  });
}

/** The order numbers in `texts`, as the shop writes them, each once, in the order of the texts. */
export function findOrderNumbers(
  patterns: readonly OrderNumberPattern[],
  texts: readonly string[],
): string[] {
  const numbers = new Set<string>();
  for (const text of texts)
    for (const { number } of foundIn(patterns, text))
      if (numbers.size < mostNumbers) numbers.add(number);
  return [...numbers];
}
