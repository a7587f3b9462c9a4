/** Which addresses a source may be asked at, in every form that an address can be written in. */

import { describe, expect, test } from 'vitest';
import {
  AddressRefused,
  guardedLookup,
  isAllowedAddress,
} from '../../../src/responder/context/public-address.ts';

const allowed = ['8.8.8.8', '172.15.255.255', '172.32.0.0', '2606:4700::1111', '::ffff:8.8.8.8'];

/** Private, and reached where the settings name the host. */
const within = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '192.0.0.8',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.7',
  '::1',
  'fc00::1',
  'fd12:3456::1',
  'fec0::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '64:ff9b::7f00:1',
  '2001::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '0:0:0:0:0:ffff:c0a8:0101',
];

/** Never: nothing that belongs to a shop is there. */
const never = [
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  '::ffff:169.254.169.254',
  '::ffff:0.0.0.0',
  'localhost',
  '2130706433',
  '',
];

describe('an address', () => {
  test.each(allowed)('%s is public', (address) => {
    expect(isAllowedAddress(address, false)).toBe(true);
  });
  test.each(within)('%s is asked only where the host is named', (address) => {
    expect(isAllowedAddress(address, false)).toBe(false);
    expect(isAllowedAddress(address, true)).toBe(true);
  });
  test.each(never)('%s is never asked', (address) => {
    expect(isAllowedAddress(address, false)).toBe(false);
    expect(isAllowedAddress(address, true)).toBe(false);
  });
});

/** What the look-up of a name on this machine ends with. */
function looked(mayBePrivate: boolean, all: boolean): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  guardedLookup(mayBePrivate)('localhost', { all }, (error, address) => resolve(error ?? address));
  return promise;
}

test('a name that leads to this machine is refused, unless it is named', async () => {
  expect(await looked(false, true)).toBeInstanceOf(AddressRefused);
  expect(await looked(false, false)).toBeInstanceOf(AddressRefused);
  expect(await looked(true, false)).toMatch(/^(127\.0\.0\.1|::1)$/);
});
