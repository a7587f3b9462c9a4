/** Reflow: hard breaks go, and what was meant to be a line stays one. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reflow } from '../../src/web/reflow.ts';

describe('reflow', () => {
  it('joins what a mail program broke', () => {
    const mail = `Hello,

my return for order 47920 (two ceramic lamps, wrong height for the
bookcase) was delivered to your warehouse on Friday. How long does the
refund take?

Kind regards
Priya Nair`;
    expect(reflow(mail)).toBe(`Hello,

my return for order 47920 (two ceramic lamps, wrong height for the bookcase) was delivered to your warehouse on Friday. How long does the refund take?

Kind regards
Priya Nair`);
  });

  it('joins a sentence that was broken early, and no two lines of an address', () => {
    const mail = `we moved three days ago, and guess which address my order 48141 carries. Is
there still time to change it?

The old flat now belongs to a man with four dogs, and I don't fancy
asking him for my blanket.

Dagny Halvorsen, Sample Quay 12, second floor at the back
0000 Exampleby`;
    expect(reflow(mail).split('\n')).toEqual([
      'we moved three days ago, and guess which address my order 48141 carries. Is there still time to change it?',
      '',
      "The old flat now belongs to a man with four dogs, and I don't fancy asking him for my blanket.",
      '',
      'Dagny Halvorsen, Sample Quay 12, second floor at the back',
      '0000 Exampleby',
    ]);
  });

  it('keeps the name below the only long line', () => {
    const mail = 'do you offer gift wrapping for the blue candle set?\nAnna\n\nOrder 4712\nCarla';
    expect(reflow(mail)).toBe(mail);
  });

  it('leaves lists, quotes, addresses and indented lines alone', () => {
    const mail = `These are the things that arrived broken in the parcel of yesterday:
- the large white bowl that I ordered as a present for my sister in
  law, with the blue rim
> On Monday you wrote that it would all be packed well and would arrive
> in one piece
Casa Ortega Comidas S.L.
Calle del Ejemplo 0`;
    expect(reflow(mail).split('\n')).toHaveLength(7);
  });

  it('takes a mail of more lines than the stack holds', () => {
    const mail = `${'\n'.repeat(70_000)}${'a\n'.repeat(300_000)}`;
    expect(reflow(mail)).toBe(mail);
  });

  it('changes nothing but white space', () => {
    fc.assert(
      fc.property(fc.array(fc.lorem({ maxCount: 15 })), (lines) => {
        const text = lines.join('\n');
        expect(reflow(text).replace(/\s+/g, ' ')).toBe(text.replace(/\s+/g, ' '));
      }),
    );
  });
});
