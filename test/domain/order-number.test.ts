/** Order numbers: what a shop's patterns recognize in a mail, what they leave alone, what is no pattern. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findOrderNumbers, orderNumberPattern } from '../../src/domain/order-number.ts';

const find = (patterns: string[], ...texts: string[]) =>
  findOrderNumbers(patterns.map(orderNumberPattern), texts);

describe('a pattern recognizes', () => {
  test.each<[what: string, pattern: string, text: string, found: string[]]>([
    ['a number', '{5 digits}', 'my order 48102, please', ['48102']],
    ['a number behind a sign', '{4-6 digits}', '#1001', ['1001']],
    ['what the shop writes', '#{4-6 digits}', 'Order #1001!', ['#1001']],
    ['small letters', '#W{7 digits}', 'see #w2611340.', ['#W2611340']],
    ['what is left out', '[#]W{7 digits}', 'W2611340', ['#W2611340']],
    ['what is not left out', '[#]W{7 digits}', '(#W2611340)', ['#W2611340']],
    ['letters', '{2 letters}-{4 digits}', 'ab-1234', ['AB-1234']],
    ['characters', 'R{9 characters}', 'R12ab34CD5', ['R12AB34CD5']],
    ['a place in front of a sign', '{1-4 digits}/{4 digits}', 'No. 17/2026', ['17/2026']],
    ['groups', '{3 digits}-{7 digits}-{7 digits}', '302-1234567-7654321', ['302-1234567-7654321']],
    ['a number behind a word and a dot', '{5 digits}', 'Best.-Nr.48102', ['48102']],
    ['a number behind a word and a dash', '{5 digits}', 'Bestellung-48102', ['48102']],
    ['a number in an address', '{5 digits}', 'https://x.example/orders/48102?a=1', ['48102']],
    ['full-width digits', '{5 digits}', '注文番号 ４８１６２', ['48162']],
    ['each once', '{5 digits}', '48102 and 48103 and 48102', ['48102', '48103']],
    ['letters of no case', 'Ä{3 digits}', 'ä123', ['Ä123']],
    ['a sign that means something elsewhere', 'A.{3 digits}', 'A.123 Ax123', ['A.123']],
  ])('%s', (_what, pattern, text, found) => {
    expect(find([pattern], text)).toEqual(found);
  });

  test('no part of another number', () => {
    expect(find(['{5 digits}'], '481022 a48102 48102b 48,48102 48102.50 4-48102 48102/2')).toEqual(
      [],
    );
  });

  test('the longer of two that begin alike, and nothing within it', () => {
    expect(find(['{5 digits}', 'HP-{5 digits}-{2 digits}'], 'HP-48102-17 and 48103')).toEqual([
      'HP-48102-17',
      '48103',
    ]);
  });

  test('numbers in the order of the texts', () => {
    expect(find(['{5 digits}'], '48103', '48101 48103', '48102')).toEqual([
      '48103',
      '48101',
      '48102',
    ]);
  });
});

test.each<[what: string, pattern: string, told: string]>([
  ['nothing', '', 'at least 3'],
  ['text alone', 'order', 'at least 3'],
  ['too few places', '#{2 digits}', 'at least 3'],
  ['an unknown place', '{5 numbers}', 'places like'],
  ['a regular expression', '[0-9]{5}', 'places like'],
  ['an open place', 'W{5 digits', 'places like'],
  ['an open bracket', 'W[{5 digits}', 'places like'],
  ['a place in brackets', '[{5 digits}]', 'places like'],
  ['an endless place', '{5-99 digits}', 'between 1 and 30'],
  ['a place the wrong way round', '{9-5 digits}', 'between 1 and 30'],
  ['a place of nothing', '{0-5 digits}', 'between 1 and 30'],
  ['two places that could share', '{2-9 digits}{2-9 digits}', 'varying length'],
  ['a text that a place could take', '{2-9 digits}1{2-9 digits}', 'varying length'],
  ['a text that may be missing', '{2-9 digits}[-]{2-9 digits}', 'varying length'],
  ['too many parts', '-{3 digits}'.repeat(7), 'at most 12'],
])('%s is no pattern', (_what, pattern, told) => {
  expect(() => orderNumberPattern(pattern)).toThrow(told);
});

test('whatever a mail holds, a number that is found is found in itself', () => {
  const patterns = ['#W{7 digits}', '{4-6 digits}', '{2 letters}-{3-8 characters}'].map(
    orderNumberPattern,
  );
  const piece = fc.oneof(
    fc.constantFrom('#W', '1234567', '48102', 'ab-', 'x9y8', ' ', ',', '.', '\n', '１２３４'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      for (const number of findOrderNumbers(patterns, [pieces.join('')]))
        expect(findOrderNumbers(patterns, [number])).toEqual([number]);
    }),
  );
});
