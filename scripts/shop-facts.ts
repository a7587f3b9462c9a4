/** The orders, products and customers of a corpus, as the order facts that a shop's systems tell. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Fact, FactRecord } from '../src/domain/facts.ts';

const itemSchema = z.object({
  name: z.string(),
  product_id: z.string(),
  item_id: z.string(),
  price: z.number(),
  options: z.record(z.string(), z.string()),
});
const orderSchema = z.object({
  order_id: z.string(),
  user_id: z.string(),
  address: z.record(z.string(), z.string()),
  items: z.array(itemSchema),
  status: z.string(),
  payment_history: z.array(z.object({ transaction_type: z.string(), amount: z.number() })),
});
const productSchema = z.object({
  name: z.string(),
  variants: z.record(
    z.string(),
    z.object({ options: z.record(z.string(), z.string()), price: z.number() }),
  ),
});
const userSchema = z.object({
  name: z.object({ first_name: z.string(), last_name: z.string() }),
  email: z.string(),
  payment_methods: z.record(z.string(), z.looseObject({ source: z.string() })),
});

async function readRecord<T>(folder: string, name: string, schema: z.ZodType<T>) {
  const parsed: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'));
  return z.record(z.string(), schema).parse(parsed);
}

/** What a row of the corpus says of its customer and their orders. */
interface Asked {
  order_ids: readonly string[];
  customer_email?: string | null | undefined;
  /** `user:ID` where the customer is one of the shop's. */
  group: string;
}

export type Shop = Awaited<ReturnType<typeof readShop>>;

/** Reads the three files of the shop. @throws Error when one is missing or has another form. */
export async function readShop(folder: string) {
  const [orders, products, users] = await Promise.all([
    readRecord(folder, 'orders.json', orderSchema),
    readRecord(folder, 'products.json', productSchema),
    readRecord(folder, 'users.json', userSchema),
  ]);
  return { orders, products, users };
}

const optionsText = (options: Record<string, string>) =>
  Object.entries(options)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');

function orderFacts(order: z.output<typeof orderSchema>): FactRecord {
  const facts: Fact[] = [
    { name: 'status', value: order.status },
    { name: 'currency', value: 'USD' },
    { name: 'address', value: Object.values(order.address).join(', ') },
    ...order.items.flatMap(({ name, price, options }) => [
      { name: 'item', value: `${name} (${optionsText(options)})` },
      { name: `price of ${name}`, value: price.toFixed(2) },
    ]),
    ...order.payment_history.map(({ transaction_type, amount }) => ({
      name: transaction_type,
      value: amount.toFixed(2),
    })),
  ];
  return { source: 'shop', kind: 'order', key: order.order_id, facts };
}

/** What the items of an order can be exchanged for, and at what price. */
function catalogueFacts(order: z.output<typeof orderSchema>, { products }: Shop): FactRecord[] {
  return order.items.flatMap(({ product_id, price }): FactRecord[] => {
    const product = products[product_id];
    if (product === undefined) return [];
    const variants = Object.values(product.variants).flatMap(({ options, price: other }) => [
      { name: 'variant', value: optionsText(options) },
      { name: 'price', value: other.toFixed(2) },
    ]);
    const own = { name: 'price', value: price.toFixed(2) };
    const facts = [{ name: 'currency', value: 'USD' }, own, ...variants];
    return [{ source: 'catalogue', kind: 'order', key: order.order_id, facts }];
  });
}

function userFacts({ customer_email, group }: Asked, { users }: Shop): FactRecord[] {
  const user =
    users[group.replace(/^user:/, '')] ??
    Object.values(users).find(({ email }) => email === customer_email);
  if (user === undefined) return [];
  const methods = Object.values(user.payment_methods).map((method) => ({
    name: 'payment method',
    value: Object.values(method).join(' '),
  }));
  const name = `${user.name.first_name} ${user.name.last_name}`;
  const facts = [{ name: 'name', value: name }, ...methods];
  return [{ source: 'shop', kind: 'customer', key: user.email, facts }];
}

/** The orders that a mail names; of a known customer who names none, all of them. */
function ordersOf({ order_ids, group }: Asked, { orders }: Shop) {
  if (order_ids.length > 0) return order_ids.flatMap((id) => orders[id] ?? []);
  const [, user] = /^user:(.+)$/.exec(group) ?? [];
  return Object.values(orders).filter(({ user_id }) => user_id === user);
}

/** All that the shop knows for one mail: orders, what their items can be exchanged for, the customer. */
export function factsOf(asked: Asked, stock: Shop): FactRecord[] {
  const orders = ordersOf(asked, stock);
  return [
    ...orders.flatMap((order) => [orderFacts(order), ...catalogueFacts(order, stock)]),
    ...userFacts(asked, stock),
  ];
}
