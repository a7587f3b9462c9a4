/** What a reply claims: amounts, deadlines and promises, held against policies, order facts and our own mails. */

import { describe, expect, test } from 'vitest';
import type { FactSheet } from '../../src/domain/facts.ts';
import { momentsIn } from '../../src/responder/checks/moments.ts';
import { periodsIn } from '../../src/responder/checks/periods.ts';
import { parsePolicy } from '../../src/responder/policies.ts';
import { check, pointed, turnsOf } from './check-one.ts';

const refunds = parsePolicy(
  'refunds',
  `# Refunds

## How long it takes {#arrival}
Refunds reach your card within 5 to 7 working days. We issue them on weekdays before 14:00.

## Goodwill {#goodwill}
If you keep an item with a flaw, we offer a price reduction of 20 percent.

## Promises {#promises}
We cannot promise delivery on a particular day. The shop is closed on 24 December.
`,
);
const policies = {
  policies: [refunds],
  sections: new Map(refunds.sections.map((section) => [section.id, section])),
  sha256: '',
};
const facts: FactSheet = {
  orderNumbers: ['RW-1001'],
  withheld: [],
  records: [
    {
      source: 'shop',
      kind: 'order',
      key: 'RW-1001',
      facts: [
        { name: 'currency', value: 'EUR' },
        { name: 'price of lamp', value: '89.50' },
        { name: 'price of shade', value: '20.50' },
        { name: 'shipped', value: '2026-10-30' },
      ],
    },
  ],
};

describe('periods', () => {
  test.each([
    ['within 5 to 7 business days', ['working day 5', 'working day 7']],
    ['5–7 Werktage', ['working day 5', 'working day 7']],
    ['entre 5 et 7 jours ouvrés', ['working day 5', 'working day 7']],
    ['de 5 a 7 días laborables', ['working day 5', 'working day 7']],
    ['5 o 7 giorni lavorativi', ['working day 5', 'working day 7']],
    ['5 do 7 dni roboczych', ['working day 5', 'working day 7']],
    [
      '14 days, two weeks, 336 hours, zwei Wochen',
      ['hour 336', 'hour 336', 'hour 336', 'hour 336'],
    ],
    ['30-tägiges Rückgaberecht, 30-day returns', ['hour 720', 'hour 720']],
    ['un an, 12 mois, dwa lata', ['month 12', 'month 12', 'month 24']],
    ['within a day, innerhalb einer Woche', ['hour 24', 'hour 168']],
    ['Have a nice day. One day it comes. Order 48213.', []],
  ])('%s', (text, keys) => {
    expect(periodsIn(text).flatMap((claim) => claim.keys)).toEqual(keys);
  });
});

describe('moments', () => {
  test.each([
    ['by 12 March 2026', ['date 2026-3-12']],
    ['am 12. März, le 12 mars, el 12 de marzo, il 12 marzo, 12 marca', Array(5).fill('date 3-12')],
    ['March 3rd, 2026 and 2026-03-03', ['date 2026-3-3', 'date 2026-3-3']],
    ['vor dem 24.12. oder am 24.12.2026', ['date 12-24', 'date 2026-12-24']],
    ['It weighs 2.5. You may 5 times. Version 1.2.3', []],
    ['14:00, 2 pm, 14 Uhr, avant 14 h', Array(4).fill('time 840')],
    ['by Friday, not tomorrow', ['weekday 4', 'weekday 7']],
    ['Monday to Friday', []],
  ])('%s', (text, keys) => {
    expect(momentsIn(text).flatMap((claim) => claim.keys)).toEqual(keys);
  });
});

describe('deadlines', () => {
  test.each([
    ['the policy’s', 'Refunds reach your card within 5 to 7 working days.', []],
    ['another', 'Refunds reach your card within 3 working days.', ['3 working days']],
    ['days instead of working days', 'Refunds reach your card within 5 days.', ['5 days']],
    [
      'the policy’s figure for another matter',
      'The replacement parcel arrives at your home within 5 working days.',
      ['5 working days'],
    ],
    ['in another language', 'Die Erstattung ist in 5 bis 7 Werktagen auf Ihrem Konto.', []],
    ['a date of the facts', 'It left our warehouse on 30 October.', []],
    ['an invented date', 'It arrives on 5 November.', ['5 November']],
    ['an invented day', 'It arrives by Friday.', ['Friday']],
    ['a restated wish', 'I understand that you need it by Friday.', []],
  ])('%s', (_name, reply, words) => {
    expect(pointed('deadlines', reply, { facts }, { policies })).toEqual(words);
  });

  test('a cited section backs a figure whatever the sentence speaks of', () => {
    const fields = {
      reply: 'You will have it in 7 working days.',
      citations: [{ section: 'refunds#arrival', quote: 'within 5 to 7 working days' }],
    };
    expect(check('deadlines', fields, {}, { policies }).passed).toBe(true);
  });

  test('what the customer says is repeated, and not promised', () => {
    const turns = turnsOf('I have waited for 3 weeks! You must send it by 9 November.');
    expect(
      pointed('deadlines', 'I am sorry that you have been waiting for 3 weeks.', { turns }),
    ).toEqual([]);
    expect(pointed('deadlines', 'You can send it back for 3 weeks.', { turns })).toEqual([
      '3 weeks',
    ]);
    expect(pointed('deadlines', 'You wrote of 9 November.', { turns })).toEqual([]);
    expect(pointed('deadlines', 'It will arrive by 9 November.', { turns })).toEqual([
      '9 November',
    ]);
  });

  test('what we wrote before holds', () => {
    const turns = turnsOf('And now?', 'It comes on 9 November, or two weeks later.');
    expect(pointed('deadlines', 'As we wrote: 9 November, or 14 days later.', { turns })).toEqual(
      [],
    );
  });
});

describe('amounts', () => {
  test.each([
    ['of the facts', 'The lamp cost 89,50 €.', []],
    ['of the facts in another currency', 'The lamp cost $89.50.', ['$89.50']],
    ['a sum that the reply shows', 'Lamp €89.50, shade €20.50: together €110.00.', []],
    ['a sum of nothing', 'Together €110.00.', ['€110.00']],
    ['a wrong sum', 'Lamp €89.50, shade €20.50: together €120.00.', ['€120.00']],
    ['what two prices differ by', 'The price difference is €69.00. You get back €69.00.', []],
    ['the same figure as a gift', 'You get €69.00.', ['€69.00']],
  ])('%s', (_name, reply, words) => {
    expect(pointed('amounts', reply, { facts }, { policies })).toEqual(words);
  });

  test('what the customer paid is restated, and not granted', () => {
    const turns = turnsOf('I paid $160 and want it back.');
    expect(pointed('amounts', 'I understand that you paid $160.', { turns })).toEqual([]);
    expect(pointed('amounts', 'I understand, and you will get $160.', { turns })).toEqual(['$160']);
    expect(pointed('amounts', 'Your refund is $160.', { turns })).toEqual(['$160']);
  });
});

describe('promises', () => {
  test.each([
    ['We guarantee that it arrives.', ['We guarantee']],
    ['Wir garantieren Ihnen den Preis.', ['Wir garantieren']],
    ['Nous vous garantissons ce prix.', ['Nous vous garantissons']],
    ['Le garantizamos el precio.', ['Le garantizamos']],
    ['Le garantiamo il prezzo.', ['Le garantiamo']],
    ['Gwarantujemy tę cenę.', ['Gwarantujemy']],
    ['As a gesture of goodwill we keep it.', ['As a gesture']],
    ['Ausnahmsweise geht das.', ['Ausnahmsweise']],
    ['À titre exceptionnel, c’est possible.', ['À titre exceptionnel']],
    ['We will give you a voucher.', ['We will give you a voucher']],
    ['Wir schenken Ihnen einen Gutschein.', ['Wir schenken Ihnen einen Gutschein']],
    ['Le ofrecemos un descuento.', ['Le ofrecemos un descuento']],
    ['Your refund has been approved.', ['Your refund has been approved']],
    ['We waive the fee.', ['We waive the']],
    ['You get it at half price.', ['half price']],
    ['We cannot promise delivery on a particular day.', []],
    ['Wir können das leider nicht versprechen.', []],
    ['Once your refund has been approved, you get an e-mail.', []],
    ['Can you use a discount code? Please tell us which.', []],
    ['The warranty is called Garantie in German.', []],
  ])('%s', (reply, words) => {
    expect(pointed('promises', reply)).toEqual(words);
  });

  test('a cited quote carries a promise of its kind', () => {
    const reply = 'If you keep it, we offer you a price reduction.';
    const citations = [
      { section: 'refunds#goodwill', quote: 'we offer a price reduction of 20 percent' },
    ];
    expect(check('promises', { reply }, {}, { policies }).passed).toBe(false);
    expect(check('promises', { reply, citations }, {}, { policies }).passed).toBe(true);
  });
});

describe('grounding', () => {
  const reply = 'Refunds reach your card within 5 to 7 working days.';
  test('a figure of a section that is not cited is remarked on', () => {
    expect(check('grounding', { reply }, {}, { policies })).toMatchObject({
      passed: false,
      severity: 'remark',
    });
    const citations = [{ section: 'refunds#arrival', quote: 'within 5 to 7 working days' }];
    expect(check('grounding', { reply, citations }, {}, { policies }).passed).toBe(true);
  });
});
