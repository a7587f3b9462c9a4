/** Which approved replies are kept, and what of their customers is not. */

import { describe, expect, test } from 'vitest';
import { type IndexedExample, openExampleIndex } from '../../src/responder/example-index.ts';
import { type ApprovedReply, ExamplePool } from '../../src/responder/example-pool.ts';
import { withPlaceholders } from '../../src/responder/placeholders.ts';

const ana = { name: 'Ana Kovač', address: 'ana.k@customer.example' };

describe('placeholders', () => {
  test.each([
    ['Dear Ana, it is here.', 'Dear [name], it is here.'],
    ['Hi Sven,\n\nit left.', 'Hi [name],\n\nit left.'],
    ['Guten Tag Frau Kovač,\nja.', 'Guten Tag Frau [name],\nja.'],
    ['Yours, Ana Kovač', 'Yours, [name]'],
    ['My login is ana.k', 'My login is [name]'],
    ['Banana bread for ana', 'Banana bread for ana'],
    ['Write to Ana.K+x@shop.test now', 'Write to [email] now'],
    ['Order #W3730488 and 408-7893456-0987654', 'Order [number] and [other number]'],
    ['Order 1042, or #1042, is #1042.', 'Order [number], or [number], is [number].'],
    ['Bestellung Nr. 48213 und 48213', 'Bestellung Nr. [number] und [number]'],
    ['We have 250 lamps, order 2 of 1000.', 'We have 250 lamps, order 2 of 1000.'],
    ['Your parcel 48213 is order 48213.', 'Your parcel [other number] is order [number].'],
    ['IBAN DE89370400440532013000.', 'IBAN [other number].'],
    ['Call +49 (0)30 123 45 67 8', 'Call [other number]'],
    ['Best, ANA KOVAČ', 'Best, [name]'],
    ['See https://track.example/p/991122?x=1 please', 'See [link] please'],
    ['See https://shop.example/returns', 'See https://shop.example/returns'],
    ['It left on 2026-11-03.', 'It left on [date].'],
    [
      'Shipping is EUR 4.90, 1,044.06 in all, within 30 days',
      'Shipping is EUR 4.90, 1,044.06 in all, within 30 days',
    ],
    ['Hi there,\nthanks', 'Hi there,\nthanks'],
  ])('%j becomes %j', (text, expected) => {
    expect(withPlaceholders(text, ana)).toBe(expected);
  });

  test.each(['ana pereira', 'ANA PEREIRA', 'Ana Pereira'])(
    'a name is hidden in any case, when its customer is called %j',
    (name) => {
      const hidden = withPlaceholders('Ana, your lamp left. Kind regards to ANA and Pereira', {
        name,
        address: 'info@customer.example',
      });
      expect(hidden).toBe('[name], your lamp left. Kind regards to [name] and [name]');
    },
  );
});

function approved(id: number, reply: string, more: Partial<ApprovedReply> = {}): ApprovedReply {
  return {
    id,
    customer: ana,
    subject: 'Kettle',
    mail: `My kettle leaks ${'now again still slowly badly often here there'.split(' ')[id % 8]}`,
    reply,
    category: 'damaged',
    language: 'en',
    citations: [],
    origin: 'verbatim',
    ...more,
  };
}

const query = { subject: '', text: 'leaking kettle', language: 'en' };

describe('the pool', () => {
  test('keeps the newest, and an index sees the same', async () => {
    const pool = new ExamplePool(2);
    const index = await openExampleIndex<IndexedExample>([]);
    pool.add(approved(1, 'One.'));
    await pool.attach(index, () => true);
    for (const [id, reply] of [
      [2, 'Two.'],
      [3, 'Three.'],
    ] as const)
      pool.add(approved(id, reply));
    expect(pool.size).toBe(2);
    expect(
      index
        .search(query, 9)
        .map(({ example: { id } }) => id)
        .sort(),
    ).toEqual(['pair-2', 'pair-3']);
  });

  test('keeps one reply of the same words: the newest', async () => {
    const pool = new ExamplePool();
    pool.add(approved(1, 'Hello Ana, send a photo.'));
    pool.add(
      approved(2, 'Hello Bo, send a photo.', { customer: { name: 'Bo', address: 'bo@c.test' } }),
    );
    expect([pool.size, pool.has('pair-2')]).toEqual([1, true]);
  });

  test('lets go what was withdrawn, everywhere', async () => {
    const pool = new ExamplePool();
    const index = await openExampleIndex<IndexedExample>([]);
    await pool.attach(index, () => true);
    pool.add(approved(1, 'One.'));
    pool.remove(1);
    expect(pool.size).toBe(0);
    expect(index.search(query, 9)).toEqual([]);
  });

  test('gives an index only what it accepts', async () => {
    const pool = new ExamplePool();
    const citations = [{ section: 'returns#period', quote: 'old' }];
    pool.add(approved(1, 'One.', { citations }));
    pool.add(approved(2, 'Two.'));
    const index = await openExampleIndex<IndexedExample>([]);
    await pool.attach(index, (example) => example.citations.length === 0);
    pool.add(approved(3, 'Three.', { citations }));
    expect(index.search(query, 9).map(({ example: { id } }) => id)).toEqual(['pair-2']);
  });

  test('lets an index learn once enough came', async () => {
    const pool = new ExamplePool();
    const index = await openExampleIndex<IndexedExample>([]);
    await pool.attach(index, () => true);
    for (let id = 1; id <= 60; id += 1) pool.add(approved(id, `Reply ${'x'.repeat(id)}`));
    expect(index.changes).toBe(60);
    await pool.learn();
    expect(index.changes).toBe(0);
  });
});
