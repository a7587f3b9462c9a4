/** The DKIM key of a mailbox: what is accepted, what is refused, and what is said about it. */

import { generateKeyPairSync } from 'node:crypto';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { failure, folderWith } from './settings-fixture.ts';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const rsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', {
    modulusLength,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
const proper = rsa(2048);
const { privateKey: short } = rsa(1024);
const { privateKey: elliptic } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: pem,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const { privateKey: locked } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { ...pem, cipher: 'aes-256-cbc', passphrase: 'x' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

const settings = (dkim: string, address = 'help@shop.example') =>
  `shop: {name: Shop}\nmailboxes:\n  - {name: support, address: ${address}, folder: in, outbox: out, dkim: ${dkim}}\n`;
const named = '{domain: Shop.example, selector: mail2026, keyFile: dkim.pem}';

function loaded(key: string, mode = 0o600, address?: string) {
  const cwd = folderWith({ 'replywright.yaml': settings(named, address), 'dkim.pem': key });
  chmodSync(path.join(cwd, 'dkim.pem'), mode);
  return loadConfig({ cwd, env: {} }).mailboxes[0]?.dkim;
}

test('a proper key is read, and nothing is said', () => {
  expect(loaded(proper.privateKey)).toEqual({
    ...{ domain: 'shop.example', selector: 'mail2026', privateKey: proper.privateKey },
    remarks: [],
  });
});

test.each([
  ['1024 bits', short, 0o600, 'help@shop.example', 'has 1024 bits'],
  ['other users can open', proper.privateKey, 0o644, 'help@shop.example', 'chmod 600'],
  [
    'signs for another domain',
    proper.privateKey,
    0o600,
    'help@shop.test',
    'is not on shop.example',
  ],
])('a key that %s works, with a remark', (_what, key, mode, address, remark) => {
  const { remarks = [] } = loaded(key, mode, address) ?? {};
  expect(remarks).toHaveLength(1);
  expect(remarks[0]).toContain(remark);
});

test.each(['help@mail.shop.example', 'help@example'])('%s is aligned', (address) => {
  expect(loaded(proper.privateKey, 0o600, address)?.remarks).toEqual([]);
});

describe('what is refused, with the way out', () => {
  test.each([
    ['the public half', proper.publicKey, 'it holds the public half'],
    ['no key', 'hello', 'it holds no private key in PEM'],
    ['a key with a passphrase', locked, 'it asks for a passphrase'],
    ['another kind of key', elliptic, 'it holds a key of the type ed25519'],
    ['a key of 512 bits', rsa(512).privateKey, 'its 512 bits are too few'],
    ['a large file', 'x'.repeat(100_000), 'it is too large for a key'],
  ])('%s', (_what, key, detail) => {
    const error = failure({ 'replywright.yaml': settings(named), 'dkim.pem': key });
    expect(error.code).toBe('dkim_key_unusable');
    expect(error.message).toContain(detail);
    expect(error.mend).toContain('openssl genrsa');
  });

  test('a file that is not there', () => {
    const error = failure({ 'replywright.yaml': settings(named) });
    expect(error.code).toBe('dkim_key_unusable');
    expect(error.message).toContain('it does not exist');
  });

  test.each([
    ['domain', '{domain: "shop;d=evil", selector: a, keyFile: k}'],
    ['selector', '{domain: shop.example, selector: "a b", keyFile: k}'],
  ])('a %s that cannot stand in a header', (key, dkim) => {
    expect(failure({ 'replywright.yaml': settings(dkim) }).message).toContain(`dkim.${key}`);
  });
});
