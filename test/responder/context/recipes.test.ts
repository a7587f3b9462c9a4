/** The recipes of docs/order-facts.md: the settings accept them, and they read what such systems answer. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SourceConfig } from '../../../src/config/context.ts';
import { findOrderNumbers, orderNumberPattern } from '../../../src/domain/order-number.ts';
import { urlFor } from '../../../src/responder/context/http-source.ts';
import { readRecord, recordMap, textAt } from '../../../src/responder/context/record.ts';
import { folders, load } from '../../config/settings-fixture.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/order-facts.md'), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n([^`]+)^```/gm)].map(([, yaml = '']) => yaml);
const secrets = {
  SHOP_AUTHORIZATION: 'Bearer 1',
  SHOPIFY_TOKEN: 'shpat_1',
  WOO_AUTHORIZATION: 'Basic 1',
  ORDERS_AUTHORIZATION: 'Bearer 1',
};

/** The one source of a recipe, and how it writes the number in a mail. */
function recipe(name: string, mail: string): { source: SourceConfig; number: string } {
  const yaml = blocks.find((block) => block.includes(`- name: ${name}\n`)) ?? '';
  const { context } = load({ 'replywright.yaml': `${folders}${yaml}` }, secrets);
  const [number = ''] = findOrderNumbers(context.orderNumbers.map(orderNumberPattern), [mail]);
  const [source] = context.sources;
  if (source === undefined) throw new Error(`no recipe ${name}`);
  return { source, number };
}

const lines = [{ name: 'Tea pot' }, { name: 'Cup' }];

/** Invented answers in the form of such systems, as far as the recipes look at them. */
const shopify = {
  orders: [
    {
      ...{ id: 450789469, name: '#1001', email: 'ana@customer.example', financial_status: 'paid' },
      ...{ fulfillment_status: null, line_items: lines, total_price: '59.00', currency: 'EUR' },
      fulfillments: [{ tracking_number: 'HH1' }, { tracking_number: 'HH2' }],
      created_at: '2026-11-02T10:00:00+01:00',
      cancelled_at: null,
    },
  ],
};
const woocommerce = {
  ...{ id: 7755, number: '7755', status: 'processing', currency: 'EUR', total: '59.00' },
  ...{ date_created: '2026-11-02T10:00:00', date_paid: null, line_items: lines },
  billing: { first_name: 'Ana', email: 'ana@customer.example' },
};
const database = [
  {
    ...{ number: 'HP-000123', email: 'ana@customer.example', status: 'packed', total: 59 },
    ...{ tracking_number: null, articles: ['Tea pot', 'Cup'] },
  },
];
const row = {
  Name: '#1001',
  Email: 'ana@customer.example',
  'Financial Status': 'paid',
  'Fulfillment Status': 'fulfilled',
};

test.each<[name: string, mail: string, answer: unknown, path: string | null, told: object]>([
  [
    'shopify',
    'Order 1001?',
    shopify,
    '/admin/api/2026-10/orders.json?name=%231001&status=any&limit=1',
    {
      ...{ payment: 'paid', articles: 'Tea pot, Cup', total: '59.00', currency: 'EUR' },
      ...{ tracking: 'HH1, HH2', ordered: '2026-11-02T10:00:00+01:00' },
    },
  ],
  [
    'woocommerce',
    'Order #7755?',
    woocommerce,
    '/wp-json/wc/v3/orders/7755',
    {
      ...{ status: 'processing', articles: 'Tea pot, Cup', total: '59.00', currency: 'EUR' },
      ordered: '2026-11-02T10:00:00',
    },
  ],
  [
    'database',
    'Order hp-000123?',
    database,
    '/order_facts?number=eq.HP-000123&limit=1',
    { status: 'packed', articles: 'Tea pot, Cup', total: '59' },
  ],
  ['export', 'Order #1001?', row, null, { payment: 'paid', delivery: 'fulfilled' }],
])('%s', (name, mail, answer, path, told) => {
  const { source, number } = recipe(name, mail);
  const map = recordMap(source);
  expect(textAt(answer, map.key ?? [])).toBe(number);
  const { owner, facts } = readRecord(answer, map);
  expect(owner).toBe('ana@customer.example');
  expect(Object.fromEntries(facts.map((fact) => [fact.name, fact.value]))).toEqual(told);
  if (source.place.kind !== 'http') return expect(path).toBe(null);
  const url = urlFor(source.place.url, { key: number, address: '' });
  expect(url.pathname + url.search).toBe(path);
});

test('the example of a source is accepted', () => {
  expect(recipe('shop', 'Order #1001?')).toMatchObject({ number: '#1001' });
});
