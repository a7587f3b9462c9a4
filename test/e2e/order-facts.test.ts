/** Order facts through the whole program: asked of a shop's server, told only to whom they belong. */

import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type ShopServer, says, startShopServer } from '../responder/context/shop-server.ts';
import { openTestDatabase } from '../support/database.ts';
import { customerMail } from '../support/mail-texts.ts';
import { type ModelStub, startModelStub } from '../support/model-stub/server.ts';
import {
  makeProductFolder,
  type Product,
  removeProductFolder,
  startProduct,
} from '../support/product.ts';
import { patience } from './desk.ts';
import { logIn } from './http-desk.ts';

let [folder, cookie] = ['', ''];
let database: Awaited<ReturnType<typeof openTestDatabase>>;
let shop: ShopServer;
let model: ModelStub;
let product: Product;

function settings() {
  return {
    shop: { name: 'Example Shop' },
    mailboxes: [
      {
        ...{ name: 'support', address: 'support@example.test', folder: 'in', outbox: 'out' },
        ...{ pollSeconds: 0.2, authservId: 'mx.example.test' },
      },
    ],
    model: { baseUrl: model.url },
    context: {
      orderNumbers: ['#{4-6 digits}'],
      privateHosts: ['127.0.0.1'],
      sources: [
        {
          ...{ name: 'shop', kind: 'order', owner: '/customer/email' },
          http: {
            url: `${shop.url}/orders/{orderNumber}`,
            headers: { Authorization: 'SHOP_TOKEN' },
            cacheSeconds: 0,
          },
          facts: { status: '/status' },
        },
      ],
    },
  };
}

beforeAll(async () => {
  [database, folder, shop, model] = await Promise.all([
    openTestDatabase(),
    makeProductFolder(),
    startShopServer(),
    startModelStub(),
  ]);
  shop.answer = says({ customer: { email: 'Dana@example.test' }, status: 'with the carrier' });
  await mkdir(path.join(folder, 'in'));
  const env = { DATABASE_URL: database.url, ANTHROPIC_API_KEY: 'k', SHOP_TOKEN: 'Bearer 123' };
  product = await startProduct({ folder, config: settings(), env });
  cookie = await logIn(product);
});
afterAll(async () => {
  await product?.kill9();
  await Promise.all([database?.drop(), model?.close(), shop?.[Symbol.asyncDispose]()]);
  if (folder !== '') await removeProductFolder(folder);
});

/** A mail with what the mailbox's own server found of its sender. */
function verified(result: string, mail: Parameters<typeof customerMail>[0]): string {
  const domain = /@([^>]+)/.exec(mail.from ?? '@example.test')?.[1];
  const header = `Authentication-Results: mx.example.test; dkim=${result} header.d=${domain}\r\n`;
  return `${header}${customerMail(mail)}`;
}

/** What was told for one mail, once its draft is there. */
async function draftOf(name: string, mail: string) {
  const file = path.join(folder, 'in', `${name}.eml`);
  await writeFile(`${file}.part`, mail);
  await rename(`${file}.part`, file);
  const draft = await vi.waitFor(
    () =>
      database.db
        .selectFrom('draft')
        .innerJoin('message', 'message.id', 'draft.message_id')
        .select(['draft.conversation_id', 'draft.user_turn', 'draft.facts'])
        .where('message.message_id', '=', `<${name}@example.test>`)
        .where('draft.state', 'in', ['ready', 'needs_person'])
        .executeTakeFirstOrThrow(),
    patience,
  );
  const page = await fetch(`${product.url}/queue/approve/c${draft.conversation_id}`, {
    headers: { cookie },
  });
  const { user_turn: turn, facts } = draft;
  return { turn: turn ?? '', facts, page: await page.text() };
}

const text = 'Hello, where is my order #1001? Best wishes, Dana';

test('a verified sender gets the state of an order of theirs', async () => {
  const mail = { id: '<own@example.test>', subject: 'My order', text };
  const { turn, facts, page } = await draftOf('own', verified('pass', mail));
  expect(shop.asked).toMatchObject([
    { path: '/orders/%231001', headers: { authorization: 'Bearer 123' } },
  ]);
  expect(turn).toContain('Order #1001:\n- status: with the carrier');
  expect(JSON.stringify(model.requests.at(-1)?.body)).toContain('with the carrier');
  expect(facts?.records).toMatchObject([{ key: '#1001', source: 'shop' }]);
  expect(page).toContain('Order #1001');
  expect(page).toContain('with the carrier');
  expect(product.log()).not.toContain('Bearer 123');
});

test('another sender gets nothing of it, though verified', async () => {
  const from = 'Eve <eve@other.test>';
  const mail = { id: '<other@example.test>', subject: 'That order', text, from };
  const { turn, facts, page } = await draftOf('other', verified('pass', mail));
  expect(turn).toContain('#1001: no order of this number');
  expect(turn).not.toContain('with the carrier');
  expect(facts).toMatchObject({ records: [], withheld: [{ reason: 'belongs_to_another' }] });
  expect(page).toContain('it belongs to another address');
});

test('a sender nobody vouches for gets nothing, and nobody is asked', async () => {
  const before = shop.asked.length;
  const mail = { id: '<forged@example.test>', subject: 'Order again', text };
  const { turn, facts } = await draftOf('forged', verified('fail', mail));
  expect(turn).not.toContain('with the carrier');
  expect(facts).toMatchObject({ records: [], withheld: [{ reason: 'sender_unverified' }] });
  expect(shop.asked).toHaveLength(before);
});

test('a shop that does not answer holds up no draft', async () => {
  shop.answer = (_path, response) => response.writeHead(503).end();
  const mail = { id: '<down@example.test>', subject: 'Once more', text };
  const { turn, facts } = await draftOf('down', verified('pass', mail));
  expect(turn).toContain("the shop's system does not answer now");
  expect(facts?.withheld).toEqual([{ key: '#1001', reason: 'source_unavailable' }]);
});

test('changed settings ask another source', async () => {
  await writeFile(
    path.join(folder, 'orders.csv'),
    'number,mail,state\n#1001,dana@example.test,back\n',
  );
  const file = { name: 'list', kind: 'order', file: 'orders.csv', key: '/number', owner: '/mail' };
  const changed = settings();
  const sources = [{ ...file, facts: { state: '/state' } }];
  const applied = () => product.log().split('"settings_applied"').length;
  const before = applied();
  const config = { ...changed, context: { ...changed.context, sources } };
  await writeFile(path.join(folder, 'replywright.yaml'), stringify(config));
  await vi.waitFor(() => expect(applied()).toBe(before + 1), patience);
  const mail = { id: '<list@example.test>', subject: 'And now', text };
  const { turn } = await draftOf('list', verified('pass', mail));
  expect(turn).toContain('- state: back');
});
