/** The settings of order facts: what is read, what each mistake is told as, and that secrets stay secret. */

import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { failure, folders, load } from './settings-fixture.ts';

const http = { url: 'https://shop.example/orders/{orderNumber}' };
const source = { name: 'shop', kind: 'order', owner: '/email', facts: { status: '/status' } };

const files = (context: object) => ({ 'replywright.yaml': `${folders}${stringify({ context })}` });

test('nothing is looked up without settings', () => {
  expect(load({ 'replywright.yaml': folders }).context).toEqual({ orderNumbers: [], sources: [] });
});

test('a server and a file', () => {
  const config = load(
    files({
      orderNumbers: ['#{4-6 digits}'],
      sources: [
        { ...source, http: { ...http, headers: { 'X-Token': 'SHOP_TOKEN' } }, probe: '#1001' },
        { ...source, name: 'crm', kind: 'customer', file: 'crm.csv', key: '/mail' },
      ],
    }),
    { SHOP_TOKEN: 'Bearer 123' },
  );
  const place = { ...http, kind: 'http', timeoutSeconds: 5, cacheSeconds: 30, privateHosts: [] };
  expect(config.context).toEqual({
    orderNumbers: ['#{4-6 digits}'],
    sources: [
      {
        ...source,
        key: null,
        probe: '#1001',
        place: { ...place, headers: { 'X-Token': 'Bearer 123' } },
      },
      {
        ...source,
        ...{ name: 'crm', kind: 'customer', key: '/mail', probe: null },
        place: { kind: 'file', path: path.join(config.folder, 'crm.csv') },
      },
    ],
  });
});

const withUrl = (url: string) => ({ sources: [{ ...source, http: { url } }] });

describe('a mistake is told by its place', () => {
  test.each<[what: string, context: object, key: string, told: string]>([
    ['a pattern', { orderNumbers: ['[0-9]{5}'] }, 'orderNumbers[0]', 'places like'],
    ['neither server nor file', { sources: [source] }, 'sources[0]', 'exactly one'],
    ['both', { sources: [{ ...source, http, file: 'x', key: '/n' }] }, 'sources[0]', 'exactly one'],
    ['a file without key', { sources: [{ ...source, file: 'x' }] }, 'sources[0].key', 'needs it'],
    [
      'a list as owner',
      { sources: [{ ...source, http, owner: '/a/*' }] },
      'sources[0].owner',
      'without *',
    ],
    [
      'a path that is no pointer',
      { sources: [{ ...source, http, facts: { status: 'status' } }] },
      'sources[0].facts.status',
      'JSON pointer',
    ],
    ['no facts', { sources: [{ ...source, http, facts: {} }] }, 'sources[0].facts', '1 to 30'],
    [
      'two of a name',
      {
        sources: [
          { ...source, http },
          { ...source, http },
        ],
      },
      'sources[1].name',
      'twice',
    ],
    [
      'a customer by number',
      { sources: [{ ...source, http, kind: 'customer' }] },
      'sources[0].http.url',
      '{address}',
    ],
    ['no variable', withUrl('https://shop.example/orders'), 'sources[0].http.url', '{orderNumber}'],
    [
      'an unknown variable',
      withUrl('https://shop.example/{id}/{orderNumber}'),
      'sources[0].http.url',
      '{id}',
    ],
    [
      'a variable in the host',
      withUrl('https://{orderNumber}.shop.example/'),
      'sources[0].http.url',
      'no variable',
    ],
    [
      'a variable as port',
      withUrl('https://shop.example:{orderNumber}/'),
      'sources[0].http.url',
      'no variable',
    ],
    [
      'a variable right behind the host',
      withUrl('https://shop.example{orderNumber}/'),
      'sources[0].http.url',
      'no variable',
    ],
    [
      'a password in the address',
      withUrl('https://a:b@shop.example/{orderNumber}'),
      'sources[0].http.url',
      'no password',
    ],
    [
      'another protocol',
      withUrl('file:///etc/{orderNumber}'),
      'sources[0].http.url',
      'expected an address',
    ],
    [
      'no encryption',
      withUrl('http://shop.example/{orderNumber}'),
      'sources[0].http',
      'privateHosts',
    ],
  ])('%s', (_what, context, key, told) => {
    const error = failure(files(context));
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(`context.${key} `);
    expect(error.message).toContain(told);
  });

  test('a secret that is not set', () => {
    const context = { sources: [{ ...source, http: { ...http, headers: { X: 'SHOP_TOKEN' } } }] };
    expect(failure(files(context)).message).toContain('SHOP_TOKEN');
  });

  test('a secret that would be another header', () => {
    const context = { sources: [{ ...source, http: { ...http, headers: { X: 'SHOP_TOKEN' } } }] };
    const error = failure(files(context), { SHOP_TOKEN: 'secret\r\nHost: evil' });
    expect(error.message).toContain('SHOP_TOKEN');
    expect(error.message).not.toContain('evil');
  });
});

test('a host that is named may be asked without encryption', () => {
  const context = { ...withUrl('http://shop.internal:8080/{orderNumber}') };
  const config = load(files({ ...context, privateHosts: ['Shop.internal'] }));
  expect(config.context.sources[0]?.place).toMatchObject({ privateHosts: ['shop.internal'] });
});
