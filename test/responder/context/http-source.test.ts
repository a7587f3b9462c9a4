/** A server as a source: how it is asked, what is read of its answer, and each way in which it fails. */

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { httpSource, urlFor } from '../../../src/responder/context/http-source.ts';
import type { HttpPlace, SourceSettings } from '../../../src/responder/context/source.ts';
import { type ShopServer, says, startShopServer } from './shop-server.ts';

const never = new AbortController().signal;
const query = { key: '#1001', address: 'ana@customer.example' };

let shop: ShopServer;
beforeEach(async () => {
  shop = await startShopServer();
});
afterEach(() => shop[Symbol.asyncDispose]());

function settings(place: Partial<HttpPlace> = {}, more: Partial<SourceSettings> = {}) {
  return {
    ...{ name: 'shop', kind: 'order' as const, key: null, owner: '/email' },
    facts: { status: '/status', articles: '/items/*/name', total: '/total' },
    ...more,
    place: {
      kind: 'http' as const,
      url: `${shop.url}/orders/{orderNumber}?by={address}`,
      ...{ headers: {}, timeoutSeconds: 30, cacheSeconds: 0, privateHosts: ['127.0.0.1'] },
      ...place,
    },
  };
}

function open(place: Partial<HttpPlace> = {}, more: Partial<SourceSettings> = {}, now = () => 0) {
  const source = httpSource(settings(place, more), now);
  onTestFinished(() => source.close());
  return { look: (asked = query, signal = never) => source.look(asked, signal) };
}

describe('a question', () => {
  test('carries the number, the address and the secret header', async () => {
    await open({ headers: { Authorization: 'Bearer 123' } }).look();
    const [asked] = shop.asked;
    expect(asked?.path).toBe('/orders/%231001?by=ana%40customer.example');
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer 123',
      accept: 'application/json',
      'accept-encoding': 'identity',
    });
  });

  test('goes to the same server, whatever stands in the number and the address', () => {
    const part = fc.oneof(
      fc.constantFrom('/', '..', '@', '#', '?', '&', '\\', '%2f', ':', "'", '\r\n', '//evil.test'),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    );
    const hostile = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(hostile, hostile, (key, address) => {
        const url = urlFor('https://shop.example/o/n-{orderNumber}?by={address}', { key, address });
        expect(url.origin).toBe('https://shop.example');
        expect(url.pathname.split('/').length).toBe(3);
        expect([...url.searchParams.keys()]).toEqual(['by']);
        expect(url.searchParams.get('by')).toBe(address);
        expect(decodeURIComponent(url.pathname)).toBe(`/o/n-${key}`);
      }),
    );
  });
});

describe('an answer', () => {
  test('is read by its pointers', async () => {
    shop.answer = says({
      email: 'ana@customer.example',
      status: 'shipped',
      items: [{ name: 'Cup' }, { name: 'Pot' }],
      total: 12.5,
      secret: 'x',
    });
    expect(await open().look()).toEqual({
      owner: 'ana@customer.example',
      facts: [
        { name: 'status', value: 'shipped' },
        { name: 'articles', value: 'Cup, Pot' },
        { name: 'total', value: '12.5' },
      ],
    });
  });

  test('becomes short plain text', async () => {
    shop.answer = says({
      email: ['a', 'b'],
      status: ' on\u0000 its\r\nway\u202e \u{e0041} ',
      items: Array.from({ length: 40 }, (_, name) => ({ name })),
      total: 'x'.repeat(50_000),
    });
    const found = await open().look();
    expect(found?.owner).toBe(null);
    expect(found?.facts.map(({ value }) => value)).toEqual([
      'on its way',
      Array.from({ length: 20 }, (_, name) => name).join(', '),
      `${'x'.repeat(299)}…`,
    ]);
  });

  test('leaves out what is missing, empty or no text', async () => {
    shop.answer = says({ email: 'a@b.test', status: null, items: [{}, { name: {} }], total: ' ' });
    expect(await open().look()).toEqual({ owner: 'a@b.test', facts: [] });
  });

  test.each([404, 410])('%i says that there is none', async (status) => {
    shop.answer = (_path, response) => response.writeHead(status).end('{}');
    expect(await open().look()).toBe(null);
  });

  test('about another number than was asked for is none', async () => {
    const keyed = open({}, { key: '/orders/0/name', owner: '/orders/0/email' });
    shop.answer = says({ orders: [{ name: '#10010', email: 'ana@customer.example' }] });
    expect(await keyed.look()).toBe(null);
    shop.answer = says({ orders: [] });
    expect(await keyed.look()).toBe(null);
    shop.answer = says({ orders: [{ name: '#1001', email: 'ana@customer.example' }] });
    expect(await keyed.look()).toMatchObject({ owner: 'ana@customer.example' });
  });
});

describe('what fails', () => {
  test.each<[what: string, answer: ShopServer['answer'], told: string]>([
    ['credentials', (_, response) => response.writeHead(401).end(), 'credentials (401)'],
    ['an error', (_, response) => response.writeHead(500).end('boom'), 'status 500'],
    ['no JSON', (_, response) => response.writeHead(200).end('<html>'), 'no JSON'],
    ['a broken connection', (_, response) => response.destroy(), 'cannot be reached'],
    [
      'too much',
      (_, response) => response.writeHead(200).end(`"${'x'.repeat(1_100_000)}"`),
      'more than 1 MB',
    ],
    [
      'an answer that ends too soon',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"em');
        response.destroy();
      },
      'cannot be reached',
    ],
  ])('%s', async (_what, answer, told) => {
    shop.answer = answer;
    const failed = open({ headers: { Authorization: 'Bearer 123' } }).look();
    const error = await failed.catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'order_source_failed', transient: true });
    expect(String(error)).toContain(told);
    expect(String(error)).not.toMatch(/Bearer|1001|ana@|boom/);
  });

  test('a redirect, which is not followed', async () => {
    await using elsewhere = await startShopServer();
    shop.answer = (_, response) => response.writeHead(302, { location: elsewhere.url }).end();
    await expect(open().look()).rejects.toThrow('redirects are not followed');
    expect(elsewhere.asked).toEqual([]);
  });

  test('a server that is silent', async () => {
    shop.answer = () => {};
    await expect(open({ timeoutSeconds: 0.1 }).look()).rejects.toThrow('within 0.1 s');
  });

  test('a server that is silent in the middle', async () => {
    shop.answer = (_, response) => void response.writeHead(200).write('{');
    await expect(open({ timeoutSeconds: 0.1 }).look()).rejects.toThrow('within 0.1 s');
  });

  test('nothing, when the one who asks has gone', async () => {
    const going = new AbortController();
    shop.answer = () => going.abort(new Error('gone'));
    await expect(open().look(query, going.signal)).rejects.toThrow('gone');
  });

  test.each(['127.0.0.1', 'localhost'])(
    'a server in the own network at %s that is not named',
    async (host) => {
      const url = `${shop.url.replace('127.0.0.1', host)}/{orderNumber}`;
      await expect(open({ url, privateHosts: [] }).look()).rejects.toThrow('private network');
      expect(shop.asked).toEqual([]);
    },
  );

  test('a name in the own network, when only another is named', async () => {
    const url = `${shop.url.replace('127.0.0.1', 'localhost')}/{orderNumber}`;
    await expect(open({ url }).look()).rejects.toThrow('private network');
    expect(await open({ url, privateHosts: ['localhost'] }).look()).toBe(null);
  });
});

describe('an answer is held', () => {
  test('for as long as it is good, also one that says nothing', async () => {
    let now = 0;
    const held = open({ cacheSeconds: 10 }, {}, () => now);
    await held.look();
    shop.answer = says({ email: 'ana@customer.example' });
    now = 9_999;
    expect(await held.look()).toBe(null);
    now = 10_000;
    expect(await held.look()).toMatchObject({ owner: 'ana@customer.example' });
    expect(shop.asked).toHaveLength(2);
  });

  test('for its own question only', async () => {
    const held = open({ cacheSeconds: 10 });
    await held.look();
    await held.look({ ...query, address: 'eve@customer.example' });
    await held.look({ ...query, key: '#1002' });
    expect(shop.asked).toHaveLength(3);
  });

  test('not when it failed', async () => {
    const held = open({ cacheSeconds: 10 });
    shop.answer = (_, response) => response.writeHead(500).end();
    await expect(held.look()).rejects.toThrow('500');
    shop.answer = says({ email: 'ana@customer.example' });
    expect(await held.look()).toMatchObject({ owner: 'ana@customer.example' });
  });
});
