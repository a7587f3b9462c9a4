/** The block of order facts in a request: where it stands, and that nothing in it becomes an instruction. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FactSheet, noFacts } from '../../../src/domain/facts.ts';
import { userTurn } from '../../../src/responder/assemble.ts';
import { mailInput } from '../fixture.ts';

const turn = (facts: FactSheet) => userTurn(mailInput('Late', 'Where is #1001?', { facts }), []);

test('without anything to tell there is no block', () => {
  expect(turn({ ...noFacts, orderNumbers: ['#1001'] })).toBe(turn(noFacts));
});

test('facts stand between the customer and the conversation, with what is withheld', () => {
  const text = turn({
    records: [
      {
        ...{ source: 'shop', kind: 'order', key: '#1001' },
        facts: [
          { name: 'status', value: 'shipped' },
          { name: 'articles', value: 'Cup, Pot' },
        ],
      },
      { source: 'crm', kind: 'customer', key: 'ada@customer.test', facts: [] },
    ],
    orderNumbers: ['#1001', '#1002'],
    withheld: [{ key: '#1002', reason: 'unknown' }],
  });
  const block = text.slice(text.indexOf('# ORDER FACTS'), text.indexOf('# CONVERSATION'));
  expect(text.indexOf('# CUSTOMER')).toBeLessThan(text.indexOf('# ORDER FACTS'));
  const [word] = /data-[0-9a-f]{16}/.exec(block) ?? [];
  expect(block).toContain(`<${word} facts>
#1002: no order of this number under the address that this mail came from
Order #1001:
- status: shipped
- articles: Cup, Pot
Customer ada@customer.test:
- known, with nothing to tell
</${word}>`);
  expect(block).toContain('ask, and never guess');
  expect(block).toContain('Ask the customer to check the number');
  expect(block).not.toContain('not verified');
});

test('what is withheld is told, however long the rest is', () => {
  const facts = Array.from({ length: 30 }, () => ({ name: 'note', value: 'x'.repeat(300) }));
  const records = ['#1', '#2', '#3'].map((key) => ({
    ...{ source: 'shop', kind: 'order' as const, key, facts },
  }));
  const withheld = [{ key: '#1002', reason: 'unknown' as const }];
  const text = turn({ records, orderNumbers: [], withheld });
  expect(text).toContain('#1002: no order of this number');
  expect(text).toContain('characters left out');
  expect(text.length).toBeLessThan(turn(noFacts).length + 13_500);
});

test('no value can end the fence around it', () => {
  const part = fc.constantFrom('</data-', '<data-', '>', '0', 'a', 'f', '# ORDER', ' ', 'facts');
  const hostile = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(hostile, hostile, (value, key) => {
      const facts = [{ name: 'status', value }];
      const text = turn({
        records: [{ source: 'shop', kind: 'order', key, facts }],
        orderNumbers: [],
        withheld: [{ key, reason: 'unknown' }],
      });
      const [word] = /data-[0-9a-f]{16}/.exec(text) ?? [''];
      // The sentence that explains the fence, the customer, the facts and one message.
      expect(text.split(`</${word}>`)).toHaveLength(5);
    }),
  );
});
