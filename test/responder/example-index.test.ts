/** Which examples are found for a mail, and which never are. */

import { describe, expect, test } from 'vitest';
import { type IndexedExample, openExampleIndex } from '../../src/responder/example-index.ts';

function example(id: string, mail: string, reply: string, more: Partial<IndexedExample> = {}) {
  return {
    id,
    language: 'en',
    category: 'other',
    subject: '',
    mail,
    reply,
    citations: [],
    about: [],
    unless: [],
    tags: [],
    pinned: false,
    evaluation: false,
    ...more,
  };
}

function mail(text: string, more: { language?: string; customer?: string; mailbox?: string } = {}) {
  return { subject: '', text, language: 'en', ...more };
}

/** Two matters; the mails of each are worded differently, their replies alike. */
const things =
  'kettle lamp blanket bowl chair plate cushion candle basket mirror teapot vase'.split(' ');
const wordings = [
  'it arrived cracked',
  'there is a chip',
  'shattered glass everywhere',
  'bent rim',
];
const two = things
  .flatMap((thing, at) => [
    example(
      `broken-${thing}`,
      `My ${thing}: ${wordings[at % 4]}.`,
      'We are sorry about the damage. Send a photo and we replace the broken piece.',
    ),
    example(
      `invoice-${thing}`,
      `Accounting wants papers for the ${thing}, ${at % 2 ? 'a receipt' : 'an invoice with VAT'}.`,
      'You find the invoice in your account under documents, as a PDF file.',
    ),
  ])
  .map((each, at) => ({ ...each, reply: `${each.reply} Case ${at}.` }));

describe('learning', () => {
  test('leaves behind what was let go, as if it had never come', async () => {
    const index = await openExampleIndex(two);
    for (const [at, { mail: text, reply }] of two.entries()) {
      index.add(example(`gone-${at}`, `${text} chip`, reply));
      index.remove(`gone-${at}`);
    }
    await index.learn();
    const fresh = await openExampleIndex(two);
    expect(index.search(mail('chip and glass'), 5)).toEqual(
      fresh.search(mail('chip and glass'), 5),
    );
  });

  test('misses nothing that comes or goes meanwhile', async () => {
    const index = await openExampleIndex(two);
    const learning = index.learn();
    index.add(example('late', 'The rug has a zigzag.', 'A photo, please.'));
    index.add(example('broken-lamp', 'My lamp flickers.', 'Another reply.'));
    index.remove('broken-vase');
    await learning;
    const found = (text: string) =>
      index.search(mail(text), 40).map(({ example: { id, reply } }) => `${id}: ${reply}`);
    expect(found('zigzag')).toContain('late: A photo, please.');
    expect(found('lamp flickers').filter((each) => each.startsWith('broken-lamp'))).toEqual([
      'broken-lamp: Another reply.',
    ]);
    expect(found('vase shattered').filter((each) => each.startsWith('broken-vase'))).toEqual([]);
    expect(index.size).toBe(two.length);
  });
});

describe('meaning', () => {
  test('finds by the replies what shares no word with the mail', async () => {
    const index = await openExampleIndex(two);
    const found = index.search(mail('shattered'), 8).map(({ example: { id } }) => id);
    // Three of the mails have the word.
    expect(found).toHaveLength(8);
    expect(found.every((id) => id.startsWith('broken'))).toBe(true);
  });

  test('places what comes later beside what it was learned from', async () => {
    const index = await openExampleIndex(two);
    const late = example(
      'late',
      'The rug has a hole.',
      'We are sorry about the damage; a photo, please.',
    );
    index.add(late);
    expect(index.changes).toBe(1);
    const found = index.search(mail('chip'), 30).map(({ example: { id } }) => id);
    expect(found.indexOf('late')).toBeGreaterThanOrEqual(0);
    await index.learn();
    expect(index.changes).toBe(0);
    expect(index.search(mail('chip'), 30).map(({ example: { id } }) => id)).toContain('late');
  });

  test('is learned the same way each time', async () => {
    const [first, second] = [await openExampleIndex(two), await openExampleIndex(two)];
    expect(first.search(mail('photo of a lamp'), 5)).toEqual(
      second.search(mail('photo of a lamp'), 5),
    );
  });
});

describe('what is never shown', () => {
  const lamp = example('lamp', 'The lamp is broken', 'We replace it.');

  test('an example of the same customer, however the address is written', async () => {
    const index = await openExampleIndex([{ ...lamp, customer: 'ada@shop.test' }]);
    expect(index.search(mail('broken lamp', { customer: 'Ada@Shop.test' }), 3)).toEqual([]);
    expect(index.search(mail('broken lamp', { customer: 'bo@shop.test' }), 3)).toHaveLength(1);
  });

  test('one that was removed', async () => {
    const index = await openExampleIndex([lamp]);
    index.remove('lamp');
    index.remove('never there');
    expect(index.size).toBe(0);
    expect(index.search(mail('broken lamp'), 3)).toEqual([]);
  });

  test('one that a newer one of the same id replaced', async () => {
    const index = await openExampleIndex([lamp]);
    index.add({ ...lamp, reply: 'We repair it.' });
    const replies = index.search(mail('broken lamp'), 3).map(({ example: { reply } }) => reply);
    expect(replies).toEqual(['We repair it.']);
  });

  test.each([
    ['the same mail in nearly the same words', 'The lamp is broken', 'We send another one.'],
    ['the same reply', 'My lamp does not work any more, the switch is loose', 'We replace it.'],
  ])('%s beside a better one', async (_name, text, reply) => {
    const index = await openExampleIndex([lamp, example('twin', text, reply)]);
    const found = index.search(mail('The lamp is broken'), 3);
    expect(found.map(({ example: { id } }) => id)).toEqual(['lamp']);
  });
});

test('an example in the language of the mail comes first', async () => {
  const index = await openExampleIndex([
    example('pl', 'kettle order', 'Tak.', { language: 'pl' }),
    example('en', 'order of a kettle, please', 'Yes.'),
  ]);
  const ids = (language: string) =>
    index.search(mail('kettle order', { language }), 2).map(({ example: { id } }) => id);
  expect(ids('en')[0]).toBe('en');
  expect(ids('pl')[0]).toBe('pl');
});

test('what is kept to a mailbox is found for its mails alone', async () => {
  const index = await openExampleIndex([
    example('kept', 'Where is the kettle?', 'Soon.', { tags: ['mailbox:sales', 'mailbox:b2b'] }),
    example('free', 'Where is the lamp?', 'Later.', { tags: ['autumn'] }),
  ]);
  const found = (mailbox?: string) =>
    index
      .search(mail('Where is it?', mailbox === undefined ? {} : { mailbox }), 5)
      .map(({ example: { id } }) => id)
      .toSorted();
  expect(found('b2b')).toEqual(['free', 'kept']);
  expect(found('support')).toEqual(['free']);
  expect(found()).toEqual(['free']);
});
