/**
 * Which addresses a source may be asked at: public ones, unless the settings name its host. Without
 * that, a name which somebody else directs could lead into the shop's own network.
 */

import { lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Nothing that belongs to a shop is there, whatever the settings say (RFC 6890; cloud metadata). */
const neverList = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  neverList.addSubnet(net, bits);
for (const [net, bits] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  neverList.addSubnet(net, bits, 'ipv6');

/** IANA's special-purpose addresses that are not globally reachable, for IPv4 (RFC 6890). */
const privateList = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
] as const)
  privateList.addSubnet(net, bits);

/** Of IPv6 only 2000::/3 is public (RFC 4291, section 2.4), without what leads back to IPv4. */
const globalList = new BlockList();
globalList.addSubnet('2000::', 3, 'ipv6');
const notGlobalList = new BlockList();
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  notGlobalList.addSubnet(net, bits, 'ipv6');

/** The IPv4 address inside an IPv4-mapped one (RFC 4291, section 2.5.5.2); null for any other. */
function mapped(address: string): string | null {
  // The parser of URLs writes every form of an address in one way.
  const plain = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(plain) ?? [];
  if (high === undefined || low === undefined) return null;
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [h >> 8, h & 255, l >> 8, l & 255].join('.');
}

/**
 * Whether a source may be asked at an IP address.
 *
 * @param mayBePrivate true where the settings name the host among `privateHosts`.
 */
export function isAllowedAddress(address: string, mayBePrivate: boolean): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  if (version === 4)
    return !neverList.check(address) && (mayBePrivate || !privateList.check(address));
  const inside = mapped(address);
  if (inside !== null) return isAllowedAddress(inside, mayBePrivate);
  if (neverList.check(address, 'ipv6')) return false;
  const isPublic = globalList.check(address, 'ipv6') && !notGlobalList.check(address, 'ipv6');
  return mayBePrivate || isPublic;
}

/** Why a host is not asked. */
export class AddressRefused extends Error {}

/**
 * Looks up names, and refuses what may not be asked: the connection goes to the very address that
 * was looked at, so a name that changes its mind in between gains nothing.
 */
export function guardedLookup(mayBePrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const [first] = addresses;
      // All of them, not the good ones among them: such a name is not what the settings meant.
      if (
        first === undefined ||
        addresses.some(({ address }) => !isAllowedAddress(address, mayBePrivate))
      )
        return callback(new AddressRefused(), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}
