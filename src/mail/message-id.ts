/** Our own Message-IDs, and the References of a reply. */

import { domainToASCII } from 'node:url';
import { ReplywrightError } from '../domain/errors.ts';
import { isMessageId, messageIdsIn } from './threading.ts';

/** RFC 5322, section 2.1.1; some servers count the folded field as one line, so it is our cap. */
const maxReferences = 998 - 'References: '.length;

/**
 * A new Message-ID (RFC 5322, section 3.6.4), recognizable as ours by its first letters.
 *
 * @param domain the sender's domain; international ones are put into their ASCII form.
 * @param random at least 128 random bits as letters, digits and dashes, for instance a UUID.
 * @throws ReplywrightError `argument_invalid` when either cannot stand in a Message-ID.
 */
export function newMessageId(domain: string, random: string): string {
  const id = `<rw.${random}@${domainToASCII(domain)}>`;
  if (!/^<rw\.[\w-]{16,80}@[a-z0-9.-]{1,255}>$/i.test(id))
    throw new ReplywrightError('argument_invalid', { detail: 'This is no base for a Message-ID' });
  return id;
}

/**
 * The ids that we may have given a mail which now goes by `id`: those of the same random part
 * under each of our domains. Gateways put their own domain behind the `@`, or change the case.
 *
 * @returns none when the id does not look like one of ours.
 */
export function ownMessageIds(id: string, ownDomains: readonly string[]): string[] {
  const random = /^<rw\.([\w-]{16,80})@/i.exec(id)?.[1]?.toLowerCase();
  if (random === undefined) return [];
  return ownDomains.map((domain) => `<rw.${random}@${domainToASCII(domain)}>`);
}

/** RFC 5321, section 4.5.3.1.1. */
const longestLocalPart = 64;

/**
 * The address that answers to one reply are asked for at (RFC 5233): `address` with the random
 * part of the reply's Message-ID behind a plus sign.
 *
 * @returns null where the address has no room for it, or the id is not a UUID of ours.
 */
export function replyAddress(address: string, messageId: string): string | null {
  const uuid = /^<rw\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/.exec(messageId)?.[1];
  const at = address.lastIndexOf('@');
  const local = `${address.slice(0, at)}+rw.${uuid?.replaceAll('-', '')}`;
  if (uuid === undefined || local.length > longestLocalPart) return null;
  return `${local}${address.slice(at)}`;
}

/** Shorter words of a server's answer are no ids, or none that only one mail has. */
const shortestReported = 12;

/**
 * Other names under which a server may have sent a mail on, read from its answer to the mail.
 * Amazon SES answers `250 Ok 0102018f...-000000` and sends as `<0102018f...-000000@...>`,
 * Microsoft 365 answers with the whole id.
 *
 * @returns at most five ids with angle brackets, or the parts that stand before the `@` of one.
 */
export function reportedIds(response: string): string[] {
  const whole = messageIdsIn(response);
  const rest = response.replace(/<[^<>]*>/g, ' ');
  const words = rest.split(/[^\w.+=-]+/).filter((word) => {
    const plain = word.length >= shortestReported && word.length <= 200;
    // A host name has dots and no digits of this density; an id has a digit and no top domain.
    return plain && /\d/.test(word) && !/\.[a-z]{2,}$/i.test(word);
  });
  return [...new Set([...whole, ...words])].slice(0, 5);
}

/** Header fields are ASCII (RFC 5322, section 2.2), which not every Message-ID that came to us is. */
function isCitable(id: string): boolean {
  return isMessageId(id) && /^[!-~]+$/.test(id);
}

/** The one id that a reply names as its parent's: of what `inReplyTo` holds, the first that may stand in a header. */
export function citedId(inReplyTo: string | null): string | null {
  return messageIdsIn(inReplyTo ?? '').find(isCitable) ?? null;
}

/**
 * The References of a reply (RFC 5322, section 3.6.4): those of the mail answered, then its own
 * id. Ids are dropped from the middle until the field fits into 998 octets: the first names the
 * conversation, the last ones the way to it.
 *
 * @param references of the mail answered, oldest first.
 * @param inReplyTo its Message-ID, or null when it has none.
 * @returns well-formed, different ids, oldest first; `inReplyTo` stands last.
 */
export function replyReferences(references: readonly string[], inReplyTo: string | null): string[] {
  const parent = citedId(inReplyTo);
  const ids = new Set(references.filter(isCitable));
  if (parent !== null) {
    ids.delete(parent);
    ids.add(parent);
  }
  const [first, ...rest] = ids;
  if (first === undefined) return [];
  const size = (id: string) => Buffer.byteLength(id) + 1;
  // Room for the first one is kept, unless even the last one alone needs it.
  let room = maxReferences - size(first);
  const last: string[] = [];
  for (const id of rest.toReversed()) {
    if (size(id) > room) break;
    room -= size(id);
    last.unshift(id);
  }
  const newest = rest.at(-1);
  if (newest !== undefined && last.length === 0) return [newest];
  return [first, ...last];
}
