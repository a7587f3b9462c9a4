/** Which reply of the past belongs to which mail of a customer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type House, openHouse } from '../support/parts.ts';
import { both, candidates, forgetAll, importing, mail, mbox, reply } from './past.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => forgetAll(house));
afterAll(async () => {
  await house.drop();
});

describe('pairs', () => {
  const cases: [string, string[], string[], [string, string][]][] = [
    [
      'the first of two replies',
      [mail({})],
      [
        reply({
          id: 'b',
          inReplyTo: 'asked',
          date: 'Tue, 05 Mar 2024 12:00:00 +0000',
          text: 'second',
        }),
        reply({ id: 'a', inReplyTo: 'asked', text: 'first' }),
      ],
      [['Where is it?', 'first']],
    ],
    [
      'each mail of a thread with the reply that names it',
      [
        mail({
          inReplyTo: 'a',
          id: 'again',
          text: 'And now?',
          date: 'Wed, 06 Mar 2024 10:00:00 +0000',
        }),
        mail({}),
      ],
      [
        reply({ id: 'a', inReplyTo: 'asked', text: 'one' }),
        reply({
          id: 'b',
          inReplyTo: 'again',
          text: 'two',
          date: 'Wed, 06 Mar 2024 12:00:00 +0000',
        }),
      ],
      [
        ['Where is it?', 'one'],
        ['And now?', 'two'],
      ],
    ],
    [
      'by subject and customer',
      [mail({})],
      [reply({ subject: 'AW: kettle' })],
      [['Where is it?', 'It is on its way.']],
    ],
    ['not by subject alone', [mail({})], [reply({ to: 'eve@else.example' })], []],
    [
      'not weeks later by subject',
      [mail({})],
      [reply({ date: 'Mon, 06 May 2024 12:00:00 +0000' })],
      [],
    ],
    [
      'not what went to somebody else',
      [mail({})],
      [reply({ inReplyTo: 'asked', to: 'warehouse@shop.example' })],
      [],
    ],
    [
      'not automatic replies',
      [mail({})],
      [reply({ inReplyTo: 'asked', headers: ['Auto-Submitted: auto-replied'] })],
      [],
    ],
    [
      'not automatic mail',
      [mail({ headers: ['List-Id: <a.b>'] })],
      [reply({ inReplyTo: 'asked' })],
      [],
    ],
  ];
  test.each(cases)('%s', async (_what, inbox, sent, expected) => {
    const files = { 'in.mbox': mbox(...inbox), 'sent.mbox': mbox(...sent) };
    expect((await importing(house, both, files)).pairs).toBe(expected.length);
    const found = await candidates(house);
    expect(found.map(({ customer_text, reply: text }) => [customer_text, text])).toEqual(expected);
  });

  test('a reply that comes with a later import still finds its mail', async () => {
    await importing(house, ['--mbox', 'in.mbox'], { 'in.mbox': mbox(mail({})) });
    const later = { 'sent.mbox': mbox(reply({ inReplyTo: 'asked' })) };
    expect(await importing(house, ['--sent-mbox', 'sent.mbox'], later)).toMatchObject({ pairs: 1 });
  });
});
