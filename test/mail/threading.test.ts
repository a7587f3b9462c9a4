/** Threading: referenced ids, subjects without prefixes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isMessageId,
  messageIdsIn,
  normalizeSubject,
  referencedIds,
  withoutReplyPrefix,
} from '../../src/mail/threading.ts';

describe('normalizeSubject', () => {
  it.each([
    ['Where is my order?', 'where is my order?'],
    ['Re: Where is my order?', 'where is my order?'],
    ['RE: Re: AW: Where is my order?', 'where is my order?'],
    ['Re[2]: Order', 'order'],
    ['Re(3): Order', 'order'],
    ['RE^2: Order', 'order'],
    ['Antw: Bestelling', 'bestelling'],
    ['SV: VS: Ordre', 'ordre'],
    ['TR : Commande', 'commande'],
    ['RES: Pedido', 'pedido'],
    ['Odp: Zamówienie', 'zamówienie'],
    ['R: Ordine', 'ordine'],
    ['WG: Rechnung', 'rechnung'],
    ['Fwd: Fw: Invoice', 'invoice'],
    ['回复：订单', '订单'],
    ['[EXTERNAL] Re: Order', 'order'],
    ['Re: [EXT] Order', 'order'],
    ['*** SPAM *** Order', 'order'],
    ['  Re:\t Order   12 ', 'order 12'],
    ['Re:', ''],
    ['', ''],
    ['Request: refund', 'request: refund'],
    ['Refund', 'refund'],
    ['Rechnung: falsch', 'rechnung: falsch'],
  ])('%j becomes %j', (subject, normalized) => {
    expect(normalizeSubject(subject)).toBe(normalized);
  });

  it('changes nothing when it is applied again', () => {
    const subject = fc.array(
      fc.oneof(
        fc.constantFrom(
          'Re: ',
          'AW:',
          'Re[2]: ',
          '[EXTERNAL] ',
          'Fwd: ',
          '*** SPAM ***',
          'İ',
          'ﬁ',
          '：',
          ' ',
        ),
        fc.string({ unit: 'grapheme', maxLength: 12 }),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(subject, (parts) => {
        const once = normalizeSubject(parts.join(''));
        expect(normalizeSubject(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});

describe('withoutReplyPrefix', () => {
  it.each([
    ['Re: AW: Order', 'Order'],
    ['Fwd: Order', 'Fwd: Order'],
    ['Re: Fwd: Order', 'Fwd: Order'],
    ['[EXTERNAL] Order', '[EXTERNAL] Order'],
  ])('%j becomes %j', (subject, expected) => {
    expect(withoutReplyPrefix(subject)).toBe(expected);
  });
});

describe('referencedIds', () => {
  const mail = (inReplyTo: string | null, references: string[], messageId: string | null = null) =>
    referencedIds({ inReplyTo, references, messageId });

  it('puts In-Reply-To first, then References from the newest to the oldest', () => {
    expect(mail('<c@x>', ['<a@x>', '<b@x>', '<c@x>'])).toEqual(['<c@x>', '<b@x>', '<a@x>']);
  });

  it('never names the mail itself', () => {
    expect(mail('<me@x>', ['<a@x>', '<me@x>'], '<me@x>')).toEqual(['<a@x>']);
  });

  it('passes over what is no Message-ID', () => {
    expect(mail('Your mail of <a@x> and <b c@x>', ['', 'x', '<>', '<d\r\nBcc: x@y>'])).toEqual([
      '<a@x>',
    ]);
  });

  it('looks at the newest hundred of 50,000', () => {
    const many = Array.from({ length: 50_000 }, (_, n) => `<${n}@x>`);
    const ids = mail(null, many);
    expect(ids).toHaveLength(100);
    expect(ids[0]).toBe('<49999@x>');
  });

  it('returns well-formed, different ids whatever stands in the header', () => {
    const noise = fc.array(fc.constantFrom('<', '>', 'a', '@', ' ', '\r\n', '\0', '<a@b>'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(noise, (parts) => {
        const ids = messageIdsIn(parts.join(''));
        expect(ids.every(isMessageId)).toBe(true);
        const referenced = mail(parts.join(''), ids);
        expect(new Set(referenced).size).toBe(referenced.length);
      }),
    );
  });
});
