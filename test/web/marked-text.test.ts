/** Marked text: nothing is lost, marks stand where they belong, and nothing in it becomes markup. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, type Mark } from '../../src/web/marked-text.ts';
import { openViews } from '../../src/web/views.ts';

const views = openViews();

const texts = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '\n',
        '\n\n',
        ' \n \n',
        '<script>alert(1)</script>',
        '"><img src=x onerror=',
        '&amp;',
        '{{{x}}}',
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

const marks: fc.Arbitrary<Mark[]> = fc.array(
  fc.record({
    start: fc.integer({ min: -3, max: 60 }),
    end: fc.integer({ min: -3, max: 60 }),
    kind: fc.constantFrom('cite' as const, 'flaw' as const),
    number: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 8 },
);

function plainText(html: string): string {
  const names: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return html.replace(/&(?:#x([0-9a-f]+)|(\w+));/gi, (whole, hex, name) =>
    hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : (names[name] ?? whole),
  );
}

const bare = (text: string) => text.replace(/\s+/g, '');

describe('cutText', () => {
  it('keeps every character but the white space between paragraphs', () => {
    fc.assert(
      fc.property(texts, marks, (text, given) => {
        const paragraphs = cutText(text, given);
        expect(
          bare(
            paragraphs
              .flat()
              .map((piece) => piece.text)
              .join(''),
          ),
        ).toBe(bare(text));
        for (const pieces of paragraphs) expect(text).toContain(pieces.map((p) => p.text).join(''));
      }),
    );
  });

  it('marks what lies inside a mark, and nothing else', () => {
    const text = 'One two three.\n\nFour.';
    const pieces = cutText(text, [
      { kind: 'cite', number: 1, start: 0, end: 7 },
      { kind: 'flaw', number: 2, start: 4, end: 13 },
    ]);
    expect(pieces).toEqual([
      [
        { text: 'One ', cite: 1, flaw: null, citeEnds: false },
        { text: 'two', cite: 1, flaw: 2, citeEnds: true },
        { text: ' three', cite: null, flaw: 2, citeEnds: false },
        { text: '.', cite: null, flaw: null, citeEnds: false },
      ],
      [{ text: 'Four.', cite: null, flaw: null, citeEnds: false }],
    ]);
  });
});

describe('the template', () => {
  it('shows the text and adds only its own marks', () => {
    fc.assert(
      fc.property(texts, marks, (text, given) => {
        const html = views.render('marked', { paragraphs: cutText(text, given) });
        const tags = html.match(/<[^>]*>/g) ?? [];
        const own =
          /^<\/?(?:p|span|mark|sup)(?: class="(?:flaw" aria-describedby="flaw-\d"|cite" data-cite="\d"))?>$/;
        for (const tag of tags) expect(tag).toMatch(own);
        const shown = html.replace(/<sup>\d<\/sup>/g, '').replace(/<[^>]*>/g, '');
        expect(bare(plainText(shown))).toBe(bare(text));
      }),
    );
  });
});
