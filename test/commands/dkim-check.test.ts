/** The doctor asks the DNS for the key that replies are signed with, and says plainly what it finds. */

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDkim } from '../../src/commands/dkim-check.ts';
import { runChecks } from '../../src/commands/findings.ts';
import { readRecords } from '../../src/mail/dkim-record.ts';
import { openDnsDouble } from '../support/dns-double.ts';

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const base64 = (type: 'spki' | 'pkcs1') =>
    publicKey.export({ type, format: 'der' }).toString('base64');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { pem, spki: base64('spki'), pkcs1: base64('pkcs1') };
}
const [key, stranger] = [newKey(), newKey()];

let dns: Awaited<ReturnType<typeof openDnsDouble>>;
beforeAll(async () => {
  dns = await openDnsDouble();
});
afterAll(() => dns.close());

const name = 's1._domainkey.shop.example';

async function look(remarks: readonly string[] = []) {
  const dkim = { domain: 'shop.example', selector: 's1', privateKey: key.pem, remarks };
  const check = { name: 'DKIM', run: () => checkDkim(dkim, 1) };
  const [finding] = await runChecks([check], 30);
  return finding;
}

describe('a key', () => {
  test('that the DNS publishes is in order', async () => {
    dns.zone = { [name]: [`v=DKIM1; k=rsa; p=${key.spki}`] };
    expect(await look()).toMatchObject({ state: 'ok', fact: `${name}, as the DNS publishes it` });
  });

  test('that is only tested, or odd, is remarked on', async () => {
    dns.zone = { [name]: [`v=DKIM1; t=s:y; p=${key.spki}`] };
    const finding = await look(['It is short.']);
    expect(finding?.state).toBe('open');
    expect(finding?.fact).toMatch(/It is short\. The record says that the key is only tested/);
  });

  test.each([
    ['is not published', { 'NS example': ['a'] }, /no such TXT record/],
    ['is another one', { [name]: [`v=DKIM1; p=${stranger.spki}`] }, /another key/],
    ['was taken back', { [name]: ['v=DKIM1; p='] }, /takes the key back/],
  ])('that %s fails', async (_what, zone, detail) => {
    dns.zone = zone;
    expect(await look()).toMatchObject({
      ...{ state: 'failed', code: 'dkim_not_published' },
      fact: expect.stringMatching(detail),
      mend: expect.stringContaining('docs/mailboxes.md'),
    });
  });

  test.each([
    ['does not answer', null],
    ['has no way out', {}],
  ])('is not judged where the DNS %s', async (_what, zone) => {
    dns.zone = zone;
    expect(await look()).toMatchObject({
      state: 'open',
      fact: expect.stringContaining('could not be asked from here'),
    });
  });
});

describe('records', () => {
  const spaced = key.spki.replace(/(.{60})/g, '$1 ');
  test.each([
    ['with spaces in the key', [`v=DKIM1 ; p=${spaced}`], 'same'],
    ['without a version', [`p=${key.spki}`], 'same'],
    ['in the old form', [`v=DKIM1; p=${key.pkcs1}`], 'same'],
    ['beside others', ['v=spf1 -all', `p=${stranger.spki}`, `p=${key.spki}`], 'same'],
    ['that are something else', ['v=spf1 -all'], 'missing'],
    ['that cannot be read', ['v=DKIM1; p=%%%%'], 'other'],
    ['without a key', ['v=DKIM1; k=rsa'], 'other'],
    ['none', [], 'missing'],
  ])('%s', (_what, records, state) => {
    expect(readRecords(records, key.pem).state).toBe(state);
  });
});
