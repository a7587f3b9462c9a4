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
 * The References of a reply (RFC 5322, section 3.6.4): those of the mail answered, then its own
 * id. Ids are dropped from the middle until the field fits into 998 octets: the first names the
 * conversation, the last ones the way to it.
 *
 * @param references of the mail answered, oldest first.
 * @param inReplyTo its Message-ID, or null when it has none.
 * @returns well-formed, different ids, oldest first; `inReplyTo` stands last.
 */
export function replyReferences(references: readonly string[], inReplyTo: string | null): string[] {
  const parent = inReplyTo === null ? undefined : messageIdsIn(inReplyTo)[0];
  const ids = new Set(references.filter(isMessageId));
  if (parent !== undefined) {
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
