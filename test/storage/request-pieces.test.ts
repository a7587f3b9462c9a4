/** A request that is taken apart and put together again is the same, byte for byte. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../../src/storage/hash.ts';
import { putTogether, takeApart } from '../../src/storage/request-pieces.ts';

const long = (text: string) => text.repeat(Math.ceil(600 / Math.max(1, text.length)));

function roundTrip(request: string): string | null {
  const { pieces, contents } = takeApart(request);
  return putTogether(pieces, new Map(contents.map((body) => [sha256(body), body])));
}

/** Any text, half characters and zeros among them. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }).map(long),
  fc.string({ minLength: 1 }).map(long),
  fc.constantFrom(long('\u2028"\\\n\t</mail>'), long('\ud800x'), long('a\0b'), ''),
);

test('whatever it says, and however it is written', () => {
  const block = fc.record({ type: fc.constant('text'), text });
  const request = fc.record(
    {
      model: text,
      system: fc.oneof(text, fc.array(fc.oneof(block, fc.jsonValue()))),
      messages: fc.array(fc.record({ role: fc.constant('user'), content: text })),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(request, fc.constantFrom(undefined, 0, 2), (value, indent) => {
      const written = JSON.stringify(value, null, indent);
      expect(roundTrip(written)).toBe(written);
    }),
    { numRuns: 500 },
  );
});

test('what is no request at all', () => {
  for (const body of ['', 'null', '[]', '{"system":', '"text"', '{"system":[null,{"text":1}]}'])
    expect(roundTrip(body)).toBe(body);
});

test('the long texts of the system part stand by their hash, each time they occur', () => {
  const [rules, policies] = [long('Answer. '), long('30 days. ')];
  const system = [{ text: rules }, { text: policies }, { text: 'short' }, { text: rules }];
  const { pieces, contents } = takeApart(
    JSON.stringify({ system, messages: [{ content: rules }] }),
  );
  expect(contents).toEqual([rules, policies, rules]);
  expect(pieces.filter((piece) => typeof piece !== 'string')).toHaveLength(3);
  expect(pieces.join('')).toContain('short');
});

test('JSON that is written in another way stays where it is', () => {
  const request = `{"system":"${long('\\u0061')}"}`;
  expect(takeApart(request).contents).toEqual([]);
  expect(roundTrip(request)).toBe(request);
});

test('without a text that it names, it is not made up', () => {
  const { pieces } = takeApart(JSON.stringify({ system: long('Answer. ') }));
  expect(putTogether(pieces, new Map())).toBeNull();
});
