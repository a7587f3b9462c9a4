/** `npm run stub:shop -- --corpora DIR`: a shop's order system over the data of an evaluation, to try order facts with. */

import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';

const help = `A stand-in for a shop's order system on 127.0.0.1, over DIR/support/shop.

usage: npm run stub:shop -- --corpora DIR [--port N]

  GET /orders/<number>          the order, with the address of its customer
  GET /customers?email=<...>    the customer with their order numbers

In replywright.yaml:

  context:
    orderNumbers: ['[#]W{7 digits}']
    privateHosts: [127.0.0.1]
    sources:
      - name: shop
        kind: order
        http: {url: 'http://127.0.0.1:8790/orders/{orderNumber}'}
        key: /order_id
        owner: /customer/email
        facts: {status: /status, articles: /items/*/name, tracking: /fulfillments/*/tracking_id/*}
      - name: customers
        kind: customer
        http: {url: 'http://127.0.0.1:8790/customers?email={address}'}
        owner: /email
        facts: {first name: /name/first_name, orders: /orders}
`;

const ordersSchema = z.record(z.string(), z.looseObject({ user_id: z.string() }));
const usersSchema = z.record(z.string(), z.looseObject({ email: z.string() }));

async function readShop(folder: string) {
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));
  const orders = ordersSchema.parse(await read('orders.json'));
  const users = usersSchema.parse(await read('users.json'));
  const byEmail = new Map(Object.values(users).map((user) => [user.email.toLowerCase(), user]));
  return {
    order(number: string) {
      const order = Object.hasOwn(orders, number) ? orders[number] : undefined;
      if (order === undefined) return null;
      return { ...order, customer: { email: users[order.user_id]?.email ?? null } };
    },
    customer: (email: string) => byEmail.get(email.toLowerCase()) ?? null,
  };
}

function send(response: ServerResponse, found: object | null): void {
  response.writeHead(found === null ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(found ?? { error: 'not found' }));
}

const { values } = parseArgs({
  options: {
    corpora: { type: 'string' },
    port: { type: 'string', default: '8790' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.corpora === undefined) {
  process.stdout.write(help);
  process.exitCode = values.help ? 0 : 2;
} else {
  const shop = await readShop(join(values.corpora, 'support', 'shop'));
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, number] = /^\/orders\/([^/]+)$/.exec(pathname) ?? [];
    if (number !== undefined) send(response, shop.order(decodeURIComponent(number)));
    else if (pathname === '/customers')
      send(response, shop.customer(searchParams.get('email') ?? ''));
    else send(response, null);
  });
  server.listen(Number(values.port), '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`shop: http://127.0.0.1:${port}\n`);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close());
}
