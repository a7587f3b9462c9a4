/** What is found in policies: contradictions, dead references, odd links, size; and what is not. */

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadExamples } from '../../src/responder/examples.ts';
import {
  loadPolicies,
  type PolicySet,
  parsePolicy,
  policySet,
} from '../../src/responder/policies.ts';
import { claimsIn, contradicts } from '../../src/responder/policy-claims.ts';
import {
  examinePolicies,
  lintExamples,
  lintPolicies,
  mostSectionTokens,
} from '../../src/responder/policy-lint.ts';
import { writeFolder } from './fixture.ts';

const root = join(import.meta.dirname, '../..');

function setFrom(files: Readonly<Record<string, string>>): PolicySet {
  return policySet(
    Object.entries(files).map(([name, text]) => ({
      policy: parsePolicy(name, text),
      bytes: Buffer.from(text),
    })),
  );
}

/** Findings over two files of one section each. */
function lintTwo(left: string, right: string) {
  const files = { a: `# A\n\n## One {#one}\n${left}\n`, b: `# B\n\n## Two {#two}\n${right}\n` };
  return lintPolicies(setFrom(files), ['shop.example']);
}

describe('two numbers for the same', () => {
  test.each([
    ['You can return any item within 30 days of delivery.', 'You have 14 days to return an item.'],
    ['Return goods within 30 days.', 'Goods can be returned within 14 days, without a reason.'],
    ['Returns are possible for 30 days.', 'You may return your order within two weeks.'],
    ['We issue the refund within 2 working days.', 'Refunds are issued within 5 working days.'],
    ['The warranty is 2 years.', 'The warranty is 18 months.'],
    ['Standard delivery costs €4.90.', 'Standard delivery costs 5.90 EUR.'],
    ['Delivery takes 2 to 4 working days.', 'Delivery takes 3 to 7 working days.'],
    ['The voucher is worth 10 percent.', 'The voucher is worth 15 %.'],
    [
      'Waren können innerhalb von 30 Tagen zurückgegeben werden.',
      'Waren können innerhalb von 14 Tagen zurückgegeben werden.',
    ],
    ['We answer mail within 24 hours.', 'We answer mail within 2 days.'],
  ])('%s / %s', (left, right) => {
    expect(lintTwo(left, right)).toMatchObject([
      { level: 'warning', rule: 'contradiction', file: 'b.md', line: 4 },
    ]);
  });

  test.each([
    ['the same in other words', 'Return items within 14 days.', 'You have two weeks to return.'],
    ['the same in another unit', 'The warranty is 2 years.', 'The warranty is 24 months.'],
    ['another matter', 'Return items within 30 days.', 'Exchange items within 14 days.'],
    ['an exception', 'Return items within 30 days.', 'Chairs can be returned within 14 days.'],
    ['another place', 'Delivery costs €4.90 within Germany.', 'Delivery costs €8.90 to Austria.'],
    [
      'steps of one thing',
      'We issue a refund within 2 days.',
      'Refunds reach your card in 5 days.',
    ],
    ['a list of cases', 'Delivery takes 2 days to A, 5 days to B.', 'Delivery takes 9 days.'],
    [
      'a condition',
      'Delivery is free for orders below €60.',
      'Delivery is free for orders over €75.',
    ],
    [
      'a threshold',
      'For items of €60 or more we send a label.',
      'For items of €75 or more we send a label.',
    ],
    ['a range and its end', 'The search takes up to 7 days.', 'The search takes 5 to 7 days.'],
    ['nothing to compare by', 'It takes 5 days.', 'It takes 7 days.'],
    [
      'working days and days',
      'Refunds are issued in 2 working days.',
      'Refunds are issued in 3 days.',
    ],
    ['no units', 'The lamp has 3 legs.', 'The lamp has 4 legs.'],
  ])('not: %s', (_what, left, right) => {
    expect(lintTwo(left, right)).toEqual([]);
  });

  const matters = ['return an item', 'claim the warranty', 'collect a parcel', 'cancel a chair'];
  const units = ['hours', 'days', 'working days', 'weeks', 'months', 'years'];
  test('any two numbers about one matter are found, and equal ones never', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...matters),
        fc.constantFrom(...units),
        fc.integer({ min: 2, max: 99 }),
        fc.integer({ min: 2, max: 99 }),
        (matter, unit, left, right) => {
          const found = lintTwo(
            `You can ${matter} within ${left} ${unit} of delivery.`,
            `To ${matter} you have ${right} ${unit}.`,
          );
          expect(found).toHaveLength(left === right ? 0 : 1);
        },
      ),
    );
  });

  test('whatever the text: no throw, symmetric, and claims stand where they say', () => {
    const word = fc.constantFrom('return', '30 days', '€5', '14 Tage', '.', 'refund', '10 %', '\n');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [one, other] = [claimsIn(left), claimsIn(right)];
        for (const { words, start } of one) expect(left.startsWith(words, start)).toBe(true);
        for (const a of one)
          for (const b of other) expect(contradicts(a, b)).toBe(contradicts(b, a));
        for (const a of one) expect(contradicts(a, a)).toBe(false);
      }),
    );
  });
});

describe('references and links', () => {
  test.each([
    ['a section that is gone', 'See b#gone for more.', 'b#gone'],
    ['a section of this file', 'As [written](#gone) above.', 'a#gone'],
    ['a file that is gone', 'The rules stand in refnds.md.', 'refnds.md'],
  ])('dead: %s', (_what, text, named) => {
    const [found, ...more] = lintTwo(text, 'Nothing.');
    expect(more).toEqual([]);
    expect(found).toMatchObject({ level: 'error', rule: 'reference', file: 'a.md', line: 4 });
    expect(found?.message).toContain(named);
  });

  test.each([
    'See b#two, and `#one` here, and [this](#one), and b.md.',
    'Order #1234 and #harborandpine and the colour #ff8800.',
    'Read https://shop.example/help#returns and readme#install.',
  ])('alive: %s', (text) => {
    expect(lintTwo(text, 'Nothing.')).toEqual([]);
  });

  test.each([
    ['https://shop.example/a).', []],
    ['https://www.shop.example/a', []],
    ['https://elsewhere.example/a', ['warning']],
    ['https://shop.example.evil.test/', ['warning']],
    ['https:/shop.example', ['error']],
    ['http://', ['error']],
    ['https://shop/help', ['error']],
  ])('link %s: %j', (link, levels) => {
    const found = lintTwo(`Help is at (${link}`, 'Nothing.');
    expect(found.map(({ level, rule }) => [level, rule])).toEqual(
      levels.map((level) => [level, 'link']),
    );
  });
});

test('a section over the size is named at its heading', () => {
  const long = 'We are glad to help. '.repeat(mostSectionTokens / 4);
  expect(lintTwo('Short.', long)).toMatchObject([
    { level: 'warning', rule: 'size', file: 'b.md', line: 3 },
  ]);
});

test('every mistake of structure is named, not only the first', async () => {
  await using folder = await writeFolder({
    'a.md': 'hello\n## A {#a}\n\n## No id\nx\n## B {#a}\ny\n',
    'b.md': '# B\n## C {#c}\ntext\n',
  });
  const { findings, set } = await examinePolicies(folder.path, []);
  expect(findings.map(({ level, rule, file, line }) => [level, rule, file, line])).toEqual(
    [1, 2, 4, 6].map((line) => ['error', 'structure', 'a.md', line]),
  );
  expect(set.sections.has('b#c')).toBe(true);
});

describe('the shipped policies', () => {
  test('have no findings, and every example quotes them', async () => {
    const policies = join(root, 'policies');
    const { findings, set } = await examinePolicies(policies, ['harborandpine.example']);
    expect(findings).toEqual([]);
    expect(set.sha256).toBe((await loadPolicies(policies)).sha256);
    const { examples } = await loadExamples(join(root, 'prompts/support/examples.yaml'));
    expect(lintExamples('examples.yaml', examples, set)).toEqual([]);
  });

  test('say which example quotes words that are gone', async () => {
    const { examples } = await loadExamples(join(root, 'prompts/support/examples.yaml'));
    const set = setFrom({ shipping: '# Shipping\n## Late {#late}\nWe look for it.\n' });
    const found = lintExamples('examples.yaml', examples.slice(0, 1), set);
    expect(found).toMatchObject([{ level: 'error', rule: 'example', file: 'examples.yaml' }]);
    expect(found[0]?.message).toContain('where-is-my-order-en');
  });
});
