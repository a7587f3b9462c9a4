/** Providers are found by address and by mail exchanger, and their table is sound. */
import { expect, test } from 'vitest';
import {
  providerOfAddress,
  providerOfExchangers,
  providers,
} from '../../src/commands/providers.ts';

test.each([
  ['mara@gmail.com', 'Gmail and Google Workspace'],
  ['mara@GMX.DE', 'GMX'],
  ['mara@web.de', 'WEB.DE'],
  ['mara@outlook.com', 'Outlook and Microsoft 365'],
  ['mara@pm.me', 'Proton Mail (through Proton Mail Bridge)'],
  ['mara@wp.pl', 'WP'],
  ['mara@shop.example', undefined],
])('%s', (address, name) => {
  expect(providerOfAddress(address)?.name).toBe(name);
});

test.each([
  [['aspmx.l.google.com.', 'alt1.aspmx.l.google.com.'], 'Gmail and Google Workspace'],
  [['shop-example.mail.protection.outlook.com'], 'Outlook and Microsoft 365'],
  [['mx00.ionos.de'], 'IONOS and 1&1'],
  [['in1-smtp.messagingengine.com'], 'Fastmail'],
  [['notgoogle.com'], undefined],
  [[], undefined],
])('%o', (exchangers, name) => {
  expect(providerOfExchangers(exchangers)?.name).toBe(name);
});

test('no domain belongs to two providers, and nothing goes unencrypted', () => {
  const domains = providers.flatMap((provider) => provider.domains);
  expect(new Set(domains).size).toBe(domains.length);
  const exchangers = providers.flatMap((provider) => provider.exchangers);
  expect(new Set(exchangers).size).toBe(exchangers.length);
  for (const { imap, smtp } of providers)
    for (const { port, security } of [imap, smtp])
      expect([465, 993].includes(port)).toBe(security === 'tls');
});
