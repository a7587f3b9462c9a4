/** Access: requests of other sites are refused, roles rank, and logins lead only to our own pages. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwnHost, isOwnRequest, roleAllows, safeNext } from '../../src/web/access.ts';

const host = 'desk.example:8080';

describe('isOwnRequest', () => {
  it.each([
    ['our page', 'same-origin', 'http://desk.example:8080', true],
    ['typed or bookmarked', 'none', undefined, true],
    ['another site', 'cross-site', 'https://evil.example', false],
    ['a sister domain', 'same-site', 'https://other.example', false],
    ['another site that claims our origin', 'cross-site', 'http://desk.example:8080', false],
    ['an old browser on our page', undefined, 'http://desk.example:8080', true],
    ['our page behind a proxy with TLS', undefined, 'https://desk.example:8080', true],
    ['an old browser on another site', undefined, 'https://evil.example', false],
    ['another port', undefined, 'http://desk.example:9090', false],
    ['a sandboxed frame', undefined, 'null', false],
    ['no browser', undefined, undefined, false],
    ['garbage', undefined, 'desk.example:8080', false],
  ])('%s', (_who, secFetchSite, origin, own) => {
    expect(isOwnRequest({ method: 'POST', host, secFetchSite, origin })).toBe(own);
    expect(isOwnRequest({ method: 'DELETE', host, secFetchSite, origin })).toBe(own);
  });

  it('lets everyone read', () => {
    const foreign = { host, secFetchSite: 'cross-site', origin: 'https://evil.example' };
    expect(isOwnRequest({ method: 'GET', ...foreign })).toBe(true);
    expect(isOwnRequest({ method: 'HEAD', ...foreign })).toBe(true);
  });
});

describe('isOwnHost', () => {
  it.each([
    'localhost',
    'LocalHost:4180',
    '127.0.0.1:4180',
    '192.168.1.20',
    '[::1]:4180',
    'desk.shop.example',
    'Desk.Shop.Example:443',
  ])('knows %s', (name) => {
    expect(isOwnHost(name, 'desk.shop.example')).toBe(true);
  });

  it.each([
    undefined,
    '',
    'evil.example:4180',
    'localhost.evil.example',
    'desk.shop.example.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    'evil.example#localhost',
    '[evil]',
  ])('does not know %s', (name) => {
    expect(isOwnHost(name, 'desk.shop.example')).toBe(false);
  });

  it('knows no name but localhost without a public address', () => {
    expect(isOwnHost('desk.shop.example', null)).toBe(false);
    expect(isOwnHost('localhost', null)).toBe(true);
  });
});

describe('roleAllows', () => {
  it('ranks agent, lead, admin', () => {
    expect(roleAllows('admin', 'agent')).toBe(true);
    expect(roleAllows('lead', 'lead')).toBe(true);
    expect(roleAllows('agent', 'lead')).toBe(false);
    expect(roleAllows('lead', 'admin')).toBe(false);
  });
});

describe('safeNext', () => {
  it('keeps places on the desk', () => {
    expect(safeNext('/queue/approve/c12')).toBe('/queue/approve/c12');
    expect(safeNext('/live/approve?open=c1')).toBe('/live/approve?open=c1');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/a b', '', undefined, 7])(
    'goes to the start instead of %j',
    (next) => {
      expect(safeNext(next)).toBe('/');
    },
  );

  it('never leaves the origin', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (tail) => {
        const url = new URL(safeNext(`/${tail}`), 'http://desk.example');
        expect(url.origin).toBe('http://desk.example');
      }),
    );
  });
});
