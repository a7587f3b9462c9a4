/** Copies: who besides the customer may get a reply, because the customer's mail went to them too. */

import { domainToASCII } from 'node:url';
import type { Address, SenderTrust } from '../domain/message.ts';
import { plainAddress } from './compose.ts';
import { isFreemail } from './freemail-domains.ts';

/** More than a customer has people about one order; a longer list is a mailing, or an attack. */
const mostCopies = 10;

export interface Copy {
  address: Address;
  /**
   * Offered as chosen: somebody of the sender's own domain, whom leaving out would be noticed. All
   * others a person must choose, or a mail could make us write to anybody it names.
   */
  chosen: boolean;
}

function domainOf(address: string): string {
  return domainToASCII(address.slice(address.lastIndexOf('@') + 1));
}

/** Without its plus tag (RFC 5233) and in lower case, for comparison only. */
function comparable(address: string): string {
  return address.toLowerCase().replace(/\+[^@]*@/, '@');
}

/**
 * The people that a copy of a reply may go to: those in To and Cc of the mail answered, without
 * ourselves, whatever is on a domain of ours, and the recipient of the reply.
 *
 * @returns at most ten, each with a plain address.
 */
export function possibleCopies(
  mail: { from: Address | null; to: readonly Address[]; cc: readonly Address[] },
  recipient: Address | null,
  ownAddresses: readonly string[],
  trust: SenderTrust['result'],
): Copy[] {
  const not = new Set([...ownAddresses, recipient?.address ?? ''].map(comparable));
  const ownDomains = new Set(ownAddresses.map(domainOf).filter((domain) => !isFreemail(domain)));
  // Else it came by an address that we do not know as ours, and which must be one of these.
  const named = [...mail.to, ...mail.cc].some(({ address }) =>
    ownAddresses.some((each) => comparable(each) === comparable(address)),
  );
  const sender = domainOf(mail.from?.address ?? '');
  const own = sender !== '' && !isFreemail(sender) && trust !== 'fail';
  const copies = [...mail.to, ...mail.cc].flatMap((address): Copy[] => {
    const key = comparable(address.address);
    const domain = domainOf(address.address);
    if (not.has(key) || ownDomains.has(domain) || plainAddress(address.address) === null) return [];
    not.add(key);
    return [{ address, chosen: own && named && domain === sender }];
  });
  return copies.slice(0, mostCopies);
}
