/** Reading examples and finding the right one. */

import { describe, expect, test } from 'vitest';
import { openExampleIndex } from '../../src/responder/example-index.ts';
import { isCurrent, parseExamples, pinnedExamples } from '../../src/responder/examples.ts';
import { examplesText, fixturePolicies } from './fixture.ts';

const examples = parseExamples('examples.yaml', examplesText);

test('reads all fields and fills in the optional ones', () => {
  expect(examples.map(({ id }) => id)).toEqual(['return-en', 'invoice-en', 'rechnung-de']);
  expect(examples[1]).toMatchObject({ citations: [], tags: [], pinned: false });
});

test.each([
  [
    'two of one id',
    `${examplesText}- id: return-en\n  language: en\n  category: a\n  mail: x\n  reply: y\n`,
    'return-en',
  ],
  [
    'a missing reply',
    `${examplesText}- id: late\n  language: en\n  category: a\n  mail: x\n`,
    'example late, line 23: reply',
  ],
  [
    'aliases that stand for gigabytes',
    `- &a [${'x, '.repeat(9)}x]\n${'bcdefg'.replace(/./g, (name, at) => `- &${name} [${`*${'abcdef'[at]}, `.repeat(9)}]\n`)}`,
    'line 1: aliases',
  ],
  [
    'a wrong language',
    '- id: a\n  language: german\n  category: a\n  mail: x\n  reply: y\n',
    'example a, line 2',
  ],
  ['an unknown key', '- id: a\n  lang: de\n', 'example a, line'],
  ['no list', 'id: a', 'line 1'],
  ['broken YAML', '- id: "a', 'line 1'],
])('refuses %s and names it', (_name, text, detail) => {
  expect(() => parseExamples('examples.yaml', text)).toThrow(detail);
});

test('an example is current while its quotes stand in the policies', () => {
  const policies = fixturePolicies();
  const [first] = examples;
  if (!first) throw new Error('no example');
  expect(isCurrent(first, policies)).toBe(true);
  const citations = [{ section: 'returns#period', quote: 'within 14 days' }];
  expect(isCurrent({ ...first, citations }, policies)).toBe(false);
});

test('pins the first marked ones', () => {
  expect(pinnedExamples(examples, 3).map(({ id }) => id)).toEqual(['return-en']);
  expect(pinnedExamples(examples, 0)).toEqual([]);
});

describe('search', async () => {
  const index = await openExampleIndex(examples);

  test('finds by inflected words and without accents', () => {
    const found = index.search(
      { subject: '', text: 'Die RECHNUNGEN für die Buchhaltung', language: 'de' },
      5,
    );
    expect(found[0]?.example.id).toBe('rechnung-de');
  });

  test('a mail equal to an example has likeness about 1', () => {
    const [, invoice] = examples;
    const query = { subject: invoice?.subject ?? '', text: invoice?.mail ?? '', language: 'en' };
    const [best] = index.search(query, 5);
    expect(best?.example.id).toBe('invoice-en');
    expect(best?.likeness).toBeCloseTo(1, 5);
  });

  test.each(['', '???', '12345', 'the and of', '发票'])('finds nothing for %j', (text) => {
    expect(index.search({ subject: '', text, language: 'en' }, 5)).toEqual([]);
  });

  test('gives at most as many as asked, in the same order each time', () => {
    const query = { subject: '', text: 'invoice lamp Rechnung', language: 'en' };
    expect(index.search(query, 2)).toHaveLength(2);
    expect(index.search(query, 5)).toEqual(index.search(query, 5));
  });
});
