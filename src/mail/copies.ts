/** Who may get a reply: its recipient, and for a copy those whom the customer's mail went to, too. */

import { domainToASCII } from 'node:url';
import type { Address, SenderTrust } from '../domain/message.ts';
import { plainAddress, replyRecipient } from './compose.ts';
import { isFreemail } from './freemail-domains.ts';
import { isMachineAddress } from './machine-address.ts';

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
  return domainToASCII(address.slice(address.lastIndexOf('@') + 1)).toLowerCase();
}

/**
 * The mailbox that an address means, for comparison only: without its plus tag (RFC 5233), in lower
 * case, the domain in ASCII; and without dots where Gmail leaves them out.
 */
function comparable(address: string): string {
  const domain = domainOf(address);
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@'))).toLowerCase();
  const [person = ''] = local.split('+', 1);
  const gmail = domain === 'gmail.com' || domain === 'googlemail.com';
  return gmail ? `${person.replaceAll('.', '')}@gmail.com` : `${person}@${domain}`;
}

/**
 * The people that a copy of a reply may go to: those in To and Cc of the mail answered, and of its
 * From and Reply-To the one that the reply does not go to (RFC 5322, section 3.6.3). Without
 * ourselves, whatever is on a domain of ours, and the recipient of the reply; nobody twice.
 *
 * @returns at most ten, each with a plain address.
 */
export function possibleCopies(
  mail: {
    from: Address | null;
    replyTo?: Address | null;
    to: readonly Address[];
    cc: readonly Address[];
  },
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
  const copiesOf = (addresses: readonly Address[], proposed: boolean) =>
    addresses.flatMap((address): Copy[] => {
      const key = comparable(address.address);
      const domain = domainOf(address.address);
      if (not.has(key) || ownDomains.has(domain)) return [];
      if (plainAddress(address.address) === null || isMachineAddress(address.address)) return [];
      not.add(key);
      return [{ address, chosen: proposed && domain === sender }];
    });
  const others = copiesOf([...mail.to, ...mail.cc], own && named);
  const writers = [mail.from, mail.replyTo ?? null].filter((address) => address !== null);
  return [...others, ...copiesOf(writers, false)].slice(0, mostCopies);
}

/** What of a mail says who may get the reply to it. */
export interface AnsweredMail {
  fromName: string;
  fromAddress: string | null;
  replyTo: Address | null;
  to: readonly Address[];
  cc: readonly Address[];
  senderTrust: SenderTrust['result'];
}

/**
 * Who may get the reply to a mail, wherever it is asked: shown, previewed or approved.
 *
 * @returns `to` and `warning` as `replyRecipient` has them, `copies` as `possibleCopies`.
 */
export function possibleRecipients(answered: AnsweredMail, ownAddresses: readonly string[]) {
  const { fromName: name, fromAddress, senderTrust } = answered;
  const mail = { ...answered, from: { name, address: fromAddress ?? '' } };
  const { to, warning } = replyRecipient(mail);
  return { to, warning, copies: possibleCopies(mail, to, ownAddresses, senderTrust) };
}
