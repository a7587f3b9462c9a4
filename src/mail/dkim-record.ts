/** The DKIM record: whether the DNS publishes the public half of the key that signs (RFC 6376, 3.6). */

import { createPublicKey, type KeyObject } from 'node:crypto';
import dns from 'node:dns';
import type { DkimKey } from './dkim.ts';

/**
 * - `same`: what receivers find fits the key
 * - `other`: another key stands there, or nothing that can be read
 * - `revoked`: the record takes the key back (an empty `p=`)
 * - `missing`: there is no record
 * - `unknown`: the DNS did not answer, or knows nothing of the world
 */
export type PublishedKey =
  | { state: 'same'; testing: boolean }
  | { state: 'other' | 'revoked' | 'missing' }
  | { state: 'unknown'; detail: string };

/** The tags of a record; RFC 6376, section 3.2. */
function tagsOf(record: string): Map<string, string> {
  const fields = record.slice(0, 10_000).split(';');
  return new Map(
    fields.map((field) => {
      const [name = '', ...value] = field.split('=');
      return [name.trim(), value.join('=').replace(/\s+/g, '')];
    }),
  );
}

/** The key of a record: SubjectPublicKeyInfo, or RSAPublicKey as RFC 6376 once said. */
function keyOf(encoded: string): KeyObject | null {
  const key = Buffer.from(encoded, 'base64');
  for (const type of ['spki', 'pkcs1'] as const) {
    try {
      return createPublicKey({ key, format: 'der', type });
    } catch {
      // The next form, or none: then it is no key.
    }
  }
  return null;
}

/** What the texts of one name say about the key that signs. */
export function readRecords(records: readonly string[], privateKey: string): PublishedKey {
  const keys = records.map(tagsOf).filter((tags) => tags.has('p') || tags.get('v') === 'DKIM1');
  if (keys.length === 0) return { state: 'missing' };
  const own = createPublicKey(privateKey);
  const fitting = keys.find((tags) => keyOf(tags.get('p') ?? '')?.equals(own));
  if (fitting !== undefined) {
    const flags = fitting.get('t')?.split(':') ?? [];
    return { state: 'same', testing: flags.includes('y') };
  }
  return { state: keys.every((tags) => tags.get('p') === '') ? 'revoked' : 'other' };
}

/** The name does not exist, or has no such record. */
function isAbsent(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * Looks up what receivers of our mail look up.
 *
 * @param seconds how long that may take.
 */
export async function publishedKey(key: DkimKey, seconds: number): Promise<PublishedKey> {
  const { domain, selector, privateKey } = key;
  const resolver = new dns.promises.Resolver({ timeout: Math.min(seconds, 5) * 500, tries: 2 });
  resolver.setServers(dns.getServers());
  const timer = setTimeout(() => resolver.cancel(), seconds * 1000);
  try {
    const found = await resolver
      .resolveTxt(`${selector}._domainkey.${domain}`)
      .catch((error: unknown) => {
        if (isAbsent(error)) return [];
        throw error;
      });
    const published = readRecords(
      found.map((pieces) => pieces.join('')),
      privateKey,
    );
    // A network without a way out calls every name unknown, the top-level domain as well.
    if (published.state === 'missing')
      await resolver.resolveNs(domain.slice(domain.lastIndexOf('.') + 1));
    return published;
  } catch (error) {
    const { code = 'no answer' } = error as NodeJS.ErrnoException;
    return { state: 'unknown', detail: code };
  } finally {
    clearTimeout(timer);
  }
}
