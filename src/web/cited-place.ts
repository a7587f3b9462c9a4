/** Finds the words of a reply that rest on a quoted policy text. */

export interface Span {
  start: number;
  end: number;
}

/** Share of a sentence's weight that must stand in the quote before we call it its source. */
const enough = 0.34;

/** Numbers carry a claim more than words do. */
function weight(token: string): number {
  return /\p{N}/u.test(token) ? 2 : 1;
}

/** Words that can carry meaning, in a form that plural and tense change little. */
function tokens(text: string): Set<string> {
  const words = text.toLowerCase().match(/\p{N}+(?:[.,]\p{N}+)*|\p{L}{4,}/gu) ?? [];
  return new Set(words.map((word) => (/\p{N}/u.test(word) ? word : word.slice(0, 6))));
}

/** The sentences of a text without the white space around them. */
function sentences(text: string): Span[] {
  const spans: Span[] = [];
  for (const { segment, index } of new Intl.Segmenter('en', { granularity: 'sentence' }).segment(
    text,
  )) {
    const start = index + (segment.length - segment.trimStart().length);
    const end = index + segment.trimEnd().length;
    if (end > start) spans.push({ start, end });
  }
  return spans;
}

/** Where `quote` stands in `text` word for word; letter case and white space may differ. */
function verbatim(text: string, quote: string): Span | null {
  const words = quote
    .trim()
    .replace(/[.!]+$/, '')
    .split(/\s+/);
  if (words.length < 3 || words.length > 120) return null;
  const pattern = words.map((word) => RegExp.escape(word)).join('\\s+');
  const match = new RegExp(pattern, 'iu').exec(text);
  return match === null ? null : { start: match.index, end: match.index + match[0].length };
}

/** The figures of a text, written alike: `4,90` is `4.90`. */
function figures(text: string): Set<string> {
  const found = text.match(/\p{N}+(?:[.,]\p{N}+)*/gu) ?? [];
  return new Set(found.map((figure) => figure.replace(',', '.')));
}

/** The only sentence that has all figures of the quote: a claim in another language is told by them. */
function byFigures(reply: string, quote: string): Span | null {
  const wanted = figures(quote);
  const telling = wanted.size > 1 || [...wanted].some((figure) => figure.length > 1);
  if (!telling) return null;
  const found = sentences(reply).filter(({ start, end }) => {
    const said = figures(reply.slice(start, end));
    return [...wanted].every((figure) => said.has(figure));
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}

/**
 * The part of `reply` that says what `quote` says: the quote itself, or else the sentence that
 * shares most with it, or has its figures. Null when none does, as often in another language.
 */
export function citedPlace(reply: string, quote: string): Span | null {
  const exact = verbatim(reply, quote);
  if (exact !== null) return exact;
  const quoted = tokens(quote);
  let best: Span | null = null;
  let bestScore = enough;
  for (const span of sentences(reply)) {
    const said = [...tokens(reply.slice(span.start, span.end))];
    const shared = said.filter((token) => quoted.has(token));
    if (shared.length < 2) continue;
    const sum = (list: string[]) => list.reduce((total, token) => total + weight(token), 0);
    const score = sum(shared) / sum(said);
    if (score > bestScore) [best, bestScore] = [span, score];
  }
  return best ?? byFigures(reply, quote);
}
