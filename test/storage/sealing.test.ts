/** Sealing: only the right key opens what was sealed, and the key's file is nobody else's. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openSealingKey, seal, unseal } from '../../src/storage/sealing.ts';

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'rw-key-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const given = 'a key that somebody has written down';

test('what was sealed comes back, and only in its own context', async () => {
  const key = await openSealingKey(given, '');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (text, here, there) => {
      const sealed = seal(key, here, text);
      expect(unseal(key, here, sealed)).toBe(Buffer.from(text).toString());
      if (!Buffer.from(here).equals(Buffer.from(there)))
        expect(unseal(key, there, sealed)).toBeNull();
    }),
  );
});

test('one changed bit, or a missing end, is noticed', async () => {
  const key = await openSealingKey(given, '');
  const sealed = seal(key, 'x', 'the refresh token');
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(unseal(key, 'x', changed)).toBeNull();
  }
  for (let length = 0; length < sealed.length; length += 1)
    expect(unseal(key, 'x', sealed.subarray(0, length))).toBeNull();
});

test('the key file is made once, whole, and for this user only', async () => {
  const data = path.join(folder(), 'data');
  const keys = await Promise.all(Array.from({ length: 5 }, () => openSealingKey(null, data)));
  const [first] = keys;
  for (const key of keys) expect(first?.equals(key)).toBe(true);
  const file = path.join(data, 'secret.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^[\w-]{43}\n$/);
  expect((await openSealingKey(null, data)).equals(keys[0] as never)).toBe(true);
});

test('a folder where no key can be is named', async () => {
  await expect(openSealingKey(null, '/dev/null/x')).rejects.toMatchObject({
    code: 'data_folder_unusable',
  });
});
