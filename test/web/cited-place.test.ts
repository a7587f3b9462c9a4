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

  it('finds a claim in another language by its figures, when only one sentence has them', () => {
    const german = `Guten Tag,

die Lieferung dauert in Deutschland 2 bis 4 Werktage, in andere Länder 5 bis 8 Werktage.

Der Versand kostet 4,90 Euro. Sie haben 30 Tage Zeit. Wir antworten in 30 Tagen.`;
    const place = (quote: string) => {
      const span = citedPlace(german, quote);
      return span === null ? null : german.slice(span.start, span.end);
    };
    expect(place('Delivery takes 2 to 4 working days at home and 5 to 8 abroad.')).toBe(
      'die Lieferung dauert in Deutschland 2 bis 4 Werktage, in andere Länder 5 bis 8 Werktage.',
    );
    expect(place('Standard delivery costs €4.90.')).toBe('Der Versand kostet 4,90 Euro.');
    expect(place('You can return any item within 30 days.')).toBeNull();
    expect(place('The search takes up to 7 working days.')).toBeNull();
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
