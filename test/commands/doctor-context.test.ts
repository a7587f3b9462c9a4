/** The doctor on order facts: each source is tried, and a mailbox that never gets any is named. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { says, startShopServer } from '../responder/context/shop-server.ts';
import { examine, project } from './examine.ts';

const shop = 'order facts, shop';
const secret = { SHOP_TOKEN: 'Bearer 123' };

function settings(url: string, more: object = {}): string {
  const http = { url: `${url}/{orderNumber}`, headers: { Authorization: 'SHOP_TOKEN' } };
  const facts = { status: '/status', carrier: '/carrier' };
  const source = { name: 'shop', kind: 'order', http, owner: '/email', facts, ...more };
  const context = { orderNumbers: ['#{4 digits}'], privateHosts: ['127.0.0.1'], sources: [source] };
  return stringify({ context });
}

test('without sources there is nothing to tell', async () => {
  const { finding } = await examine(project());
  expect(finding('mailbox support, order facts')).toBe(undefined);
});

test('a source that knows its probe, and a mailbox that nobody vouches in', async () => {
  await using server = await startShopServer();
  server.answer = says({ email: 'a@b.test', status: 'paid', carrier: 'by bike' });
  const { failed, finding } = await examine(
    project(settings(server.url, { probe: '#1001' })),
    secret,
  );
  expect(failed).toEqual([]);
  expect(finding(shop)).toMatchObject({
    state: 'ok',
    fact: expect.stringContaining('status, carrier'),
  });
  expect(finding('order numbers')).toBe(undefined);
  expect(finding('mailbox support, order facts')).toMatchObject({
    state: 'open',
    fact: expect.stringContaining('never given'),
    mend: expect.stringContaining('authservId'),
  });
});

test.each<[what: string, answer: object | null, probe: string | undefined, told: string]>([
  ['no probe', {}, undefined, 'not tried'],
  ['an unknown probe', null, '#1001', 'knows no order #1001'],
  [
    'a pointer that leads nowhere',
    { email: 'a@b.test', status: 'x' },
    '#1001',
    'nothing of carrier',
  ],
])('a source with %s', async (_what, answer, probe, told) => {
  await using server = await startShopServer();
  if (answer !== null) server.answer = says(answer);
  const { failed, finding } = await examine(project(settings(server.url, { probe })), secret);
  expect(failed).toEqual([]);
  expect(finding(shop)).toMatchObject({ state: 'open', fact: expect.stringContaining(told) });
  expect(finding(shop)?.mend).toBeTruthy();
});

test('a source that names no owner would tell nobody anything', async () => {
  await using server = await startShopServer();
  server.answer = says({ status: 'paid' });
  const { failed, finding } = await examine(
    project(settings(server.url, { probe: '#1001' })),
    secret,
  );
  expect(failed).toEqual([`${shop}: order_source_failed`]);
  expect(finding(shop)?.fact).toContain('no address at /email');
});

test('a source that refuses our credentials', async () => {
  await using server = await startShopServer();
  server.answer = (_path, response) => response.writeHead(403).end();
  const { finding } = await examine(project(settings(server.url, { probe: '#1001' })), secret);
  expect(finding(shop)).toMatchObject({ state: 'failed', code: 'order_source_failed' });
  expect(finding(shop)?.fact).toContain('credentials (403)');
});

test('a probe that no pattern recognizes', async () => {
  await using server = await startShopServer();
  const { finding } = await examine(project(settings(server.url, { probe: '1001' })), secret);
  expect(finding('order numbers')?.fact).toContain('1001');
});

test('a file, with and without a probe', async () => {
  const yaml = (probe: object) =>
    settings('', { http: undefined, file: 'orders.csv', key: '/number', ...probe });
  const csv = 'number,email,status,carrier\n#1001,a@b.test,paid,bike\n#1002,b@b.test,,\n';
  for (const [probe, state, told] of [
    [{}, 'open', '2 records'],
    [{ probe: '#1001' }, 'ok', 'status, carrier'],
  ] as const) {
    const cwd = project(yaml(probe));
    writeFileSync(path.join(cwd, 'orders.csv'), csv);
    const { finding } = await examine(cwd);
    expect(finding(shop)).toMatchObject({ state, fact: expect.stringContaining(told) });
  }
  const { failed } = await examine(project(yaml({})));
  expect(failed).toEqual([`${shop}: order_source_failed`]);
});
