/** Comparing two texts: every line of both is told once, and changed words stand inside their line. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffLines } from '../../src/responder/text-diff.ts';

describe('diffLines', () => {
  test('tells words of a line that was changed, and whole lines that were not alike', () => {
    const left = '# TONE\nWrite 40 to 120 words, plain text.\nOld rule that goes.\nEnd';
    const right = '# TONE\nWrite 40 to 140 words, plain text.\nQuite another sentence.\nEnd\nMore';
    expect(diffLines(left, right)).toEqual([
      { kind: 'same', from: 1, to: 1, text: '# TONE' },
      {
        kind: 'changed',
        from: 2,
        to: 2,
        text: 'Write 40 to 140 words, plain text.',
        words: [
          { kind: 'same', text: 'Write 40 to ' },
          { kind: 'removed', text: '120' },
          { kind: 'added', text: '140' },
          { kind: 'same', text: ' words, plain text.' },
        ],
      },
      { kind: 'added', from: null, to: 3, text: 'Quite another sentence.' },
      { kind: 'removed', from: 3, to: null, text: 'Old rule that goes.' },
      { kind: 'same', from: 4, to: 4, text: 'End' },
      { kind: 'added', from: null, to: 5, text: 'More' },
    ]);
  });

  const text = fc
    .array(fc.constantFrom('', 'a b c', 'a b d', 'a x c', 'rule one', 'rule two', '# H'), {
      maxLength: 12,
    })
    .map((lines) => lines.join('\n'));

  test('both texts can be put together again from it', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const lines = diffLines(left, right);
        const second = lines.filter(({ to }) => to !== null).map((line) => line.text);
        expect(second.join('\n')).toBe(right);
        const first = lines
          .filter(({ from }) => from !== null)
          .toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0))
          .map((line) =>
            line.kind === 'changed'
              ? (line.words ?? [])
                  .filter(({ kind }) => kind !== 'added')
                  .map((w) => w.text)
                  .join('')
              : line.text,
          );
        expect(first.join('\n')).toBe(left);
      }),
    );
  });

  test('a text is the same as itself', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(diffLines(one, one).every(({ kind }) => kind === 'same')).toBe(true);
      }),
    );
  });
});
