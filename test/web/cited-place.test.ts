/** Cited places: the quote itself, else the sentence nearest to it, else nothing; never a crash. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { citedPlace } from '../../src/web/cited-place.ts';

const reply = `Hi Jonas,

I'm sorry the lid arrived cracked. Items that arrive damaged
are replaced free of charge, and you need not send the kettle back.

If you prefer, we refund € 39.90 to your card within 5 working days.

Best wishes, Mara`;

function found(quote: string): string | null {
  const place = citedPlace(reply, quote);
  return place === null ? null : reply.slice(place.start, place.end);
}

describe('citedPlace', () => {
  it('finds the quote over line breaks and in any letter case', () => {
    expect(found('items that arrive damaged are replaced free of charge.')).toBe(
      'Items that arrive damaged\nare replaced free of charge',
    );
  });

  it('finds the sentence that says the same in other words', () => {
    expect(
      found(
        'Refunds reach your card or account within 5 working days after they have been issued.',
      ),
    ).toBe('If you prefer, we refund € 39.90 to your card within 5 working days.');
  });

  it('finds nothing where nothing is said of it', () => {
    expect(found('Chairs travel by freight carrier and cost €19.00 more per order.')).toBeNull();
    expect(
      citedPlace('Wir ersetzen beschädigte Ware kostenlos.', 'Damaged items are replaced.'),
    ).toBeNull();
    expect(found('')).toBeNull();
  });

  it('gives a place inside the reply, whatever the texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, quote) => {
        const place = citedPlace(text, quote);
        if (place === null) return;
        expect(place.start).toBeGreaterThanOrEqual(0);
        expect(place.end).toBeGreaterThan(place.start);
        expect(place.end).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
