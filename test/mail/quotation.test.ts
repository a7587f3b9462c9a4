/** What stands below a reply: the quotation in each language, within bounds, and the signature once. */

import { describe, expect, it } from 'vitest';
import { attributionStrength } from '../../src/mail/attribution-lines.ts';
import { attributionLanguages, attributionLine } from '../../src/mail/own-attribution.ts';
import { quotationOf } from '../../src/mail/quotation.ts';
import { replyBodies } from '../../src/mail/reply-bodies.ts';

const ann = { name: 'Ann Ängström', address: 'ann@customer.example' };
const date = new Date('2026-03-03T12:00:00Z');
const mail = { from: ann, date, text: 'New.\n\n> Old.', newText: 'New.' };

describe('the line above a quotation', () => {
  it.each(attributionLanguages)('is known to our own reader, in %s', (language) => {
    for (const from of [ann, { ...ann, name: '' }])
      expect(attributionStrength(attributionLine(from, date, language))).toBe('certain');
  });

  it.each([
    ['en', 'On 3 March 2026, Ann Ängström <ann@customer.example> wrote:'],
    ['de', 'Am 3. März 2026 schrieb Ann Ängström <ann@customer.example>:'],
    ['ja', '2026年3月3日 Ann Ängström <ann@customer.example> のメール:'],
    ['xx', 'On 3 March 2026, Ann Ängström <ann@customer.example> wrote:'],
    ['constructor', 'On 3 March 2026, Ann Ängström <ann@customer.example> wrote:'],
    [null, 'On 3 March 2026, Ann Ängström <ann@customer.example> wrote:'],
  ])('%s', (language, expected) => {
    expect(attributionLine(ann, date, language)).toBe(expected);
  });
});

describe('what is quoted', () => {
  it.each([
    ['none', null],
    ['last', 'New.'],
    ['all', 'New.\n\n> Old.'],
  ] as const)('%s', (wanted, text) => {
    expect(quotationOf(mail, wanted, 'en')?.text ?? null).toBe(text);
  });

  it('is nothing where there is nothing', () => {
    expect(quotationOf({ ...mail, text: ' \n', newText: '' }, 'last', 'en')).toBeNull();
  });

  it.each([
    ['a long text', 'word '.repeat(100_000)],
    ['many lines', 'x\n'.repeat(100_000)],
  ])('is cut: %s', (_what, newText) => {
    const text = quotationOf({ ...mail, newText }, 'last', 'en')?.text ?? '';
    expect(text.length).toBeLessThanOrEqual(10_010);
    expect(text.split('\n').length).toBeLessThanOrEqual(201);
    expect(text.endsWith('\n[...]')).toBe(true);
  });
});

describe('below the reply', () => {
  const quotation = quotationOf(mail, 'all', 'en');

  it('stand the signature and the quotation', () => {
    const { text, html } = replyBodies({ text: 'Yes.', signature: 'Kim <b>\nShop', quotation });
    expect(text).toBe(
      'Yes.\n\n-- \nKim <b>\nShop\n\nOn 3 March 2026, Ann Ängström <ann@customer.example> wrote:\n> New.\n>\n>> Old.\n',
    );
    expect(html).toContain('dir="auto">-- <br>\nKim &lt;b&gt;<br>\nShop</div>');
    expect(html).toContain('type="cite" dir="auto">New.<br>\n<br>\n&gt; Old.</blockquote>');
  });

  it.each([
    ['Yes.\n\nKim\nThe Shop', 'Kim\nThe Shop', false],
    ['Yes.\n\nBest,\n*Kim*\n\nthe  shop\n', 'Kim\nThe Shop', false],
    ['Yes.\n\n-- \nKim', '-- \nKim', false],
    ['Yes.\n\nKim', '', false],
    ['Yes.\n\nKim', 'The Shop', true],
    ['Yes, Kim', 'Kim', true],
  ])('%j is signed %j: %j', (text, signature, expected) => {
    expect(replyBodies({ text, signature }).html.includes('gmail_signature')).toBe(expected);
  });
});
