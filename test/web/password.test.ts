/** Passwords: what was hashed is recognized, everything else is not, and the form is the agreed one. */

import { describe, expect, it } from 'vitest';
import { hashPassword, pretendToVerify, verifyPassword } from '../../src/web/password.ts';

describe('hashPassword', () => {
  it('writes argon2id with its parameters, under a new salt each time', async () => {
    const [first, second] = await Promise.all([hashPassword('a b c d'), hashPassword('a b c d')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(second).not.toBe(first);
  });
});

describe('verifyPassword', () => {
  it('knows the password, in any Unicode form, and no other', async () => {
    const stored = await hashPassword('Käse und Brot');
    expect(await verifyPassword(stored, 'Käse und Brot'.normalize('NFD'))).toBe(true);
    expect(await verifyPassword(stored, 'käse und brot')).toBe(false);
    expect(await verifyPassword(stored, '')).toBe(false);
  });

  it('keeps to the parameters that the hash was made with', async () => {
    // Made with m=64, t=1: weak parameters of an imagined older version.
    const { argon2Sync } = await import('node:crypto');
    const nonce = Buffer.from('0123456789abcdef');
    const parameters = { message: 'old', nonce, memory: 64, passes: 1, parallelism: 1 };
    const hash = argon2Sync('argon2id', { ...parameters, tagLength: 32 });
    const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
    const stored = `$argon2id$v=19$m=64,t=1,p=1$${text(nonce)}$${text(hash)}`;
    expect(await verifyPassword(stored, 'old')).toBe(true);
  });

  it.each(['', 'plain', '$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA', '$2b$10$abc'])(
    'refuses what is no hash of ours: %j',
    async (stored) => {
      expect(await verifyPassword(stored, 'anything')).toBe(false);
    },
  );
});

describe('pretendToVerify', () => {
  it('never agrees', async () => {
    expect(await pretendToVerify('anything')).toBe(false);
  });
});
