/** A reply cut into paragraphs and pieces, so that a template can mark places in it, escaped. */

import type { Span } from './cited-place.ts';

/** A place to mark, with the number of the citation or check that it belongs to. */
export interface Mark extends Span {
  kind: 'cite' | 'flaw';
  number: number;
}

export interface Piece {
  text: string;
  /** Number of the citation it rests on, or null. */
  cite: number | null;
  /** Number of the failed check that concerns it, or null. */
  flaw: number | null;
  /** True on the last piece of its citation: the place for the number. */
  citeEnds: boolean;
}

/** The paragraphs of a text: what stands between empty lines. */
function paragraphs(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const gap of text.matchAll(/\n[^\S\n]*\n\s*/g)) {
    if (gap.index > start) spans.push({ start, end: gap.index });
    start = gap.index + gap[0].length;
  }
  if (start < text.length) spans.push({ start, end: text.length });
  return spans;
}

function markAt(marks: readonly Mark[], kind: Mark['kind'], start: number): Mark | null {
  // Checks and citations are few; the first one wins where two of a kind overlap.
  return (
    marks.find((mark) => mark.kind === kind && mark.start <= start && start < mark.end) ?? null
  );
}

/**
 * Cuts `text` into paragraphs of pieces, so that every mark begins and ends with a piece. The
 * pieces of a paragraph together are that paragraph, character for character; only the empty lines
 * between paragraphs are left out. Marks outside the text are cut or dropped.
 */
export function cutText(text: string, marks: readonly Mark[]): Piece[][] {
  return paragraphs(text).map(({ start, end }) => {
    const inside = marks.filter((mark) => mark.start < end && mark.end > start);
    const cuts = new Set([start, end]);
    for (const mark of inside)
      for (const place of [mark.start, mark.end]) if (place > start && place < end) cuts.add(place);
    const places = [...cuts].sort((left, right) => left - right);
    return places.slice(0, -1).map((from, index) => {
      const to = places[index + 1] ?? end;
      const cite = markAt(inside, 'cite', from);
      const flaw = markAt(inside, 'flaw', from);
      const after = to < end ? markAt(inside, 'cite', to) : null;
      return {
        text: text.slice(from, to),
        cite: cite?.number ?? null,
        flaw: flaw?.number ?? null,
        citeEnds: cite !== null && cite !== after,
      };
    });
  });
}
