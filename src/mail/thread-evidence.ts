/** Thread evidence: all that a mail says about the conversation it belongs to, the strongest first. */

import type { Headers, ParsedMail } from '../domain/message.ts';
import { ownMessageIds } from './message-id.ts';
import { isMessageId, isReplySubject, normalizeSubject, referencedIds } from './threading.ts';

/** As many ids as one header may name; see `referencedIds`. */
const maxIds = 100;

/** Where programs and gateways note which mail they answer, besides the two fields of the RFC. */
const furtherFields = ['original-message-id', 'x-original-message-id', 'x-in-reply-to'];

/** Where the address that a mail was sent to may stand. */
const recipientFields = ['to', 'cc', 'delivered-to', 'x-original-to', 'envelope-to'];

export interface ThreadEvidence {
  /** The mail's own Message-ID; null when it has none. */
  messageId: string | null;
  /**
   * What a message or a delivery it answers may be called, the nearest first: ids as they stand,
   * ids put together again, ids of ours under another domain, and the parts before the `@` that
   * a provider may have told us instead of the whole.
   */
  names: string[];
  /** The Message-IDs it answers, the nearest first; only well-formed ones. */
  references: string[];
  /** The one it answers directly; null when it does not say. */
  parent: string | null;
  /** See `normalizeSubject`. */
  subject: string;
  /** True when the mail says of itself that it answers another. */
  isReply: boolean;
  /** True when the subject holds a number that names one matter, such as that of an order. */
  namesMatter: boolean;
}

/** Ids that were folded in their middle, or lost their brackets (both are seen from real programs). */
function repairedIds(headers: Headers, name: string): string[] {
  const values = headers.get(name) ?? [];
  return values.flatMap((value) => {
    const pieces = value.includes('<')
      ? value.split('<').map((piece) => piece.split('>', 1)[0] ?? '')
      : value.split(/[\s,]+/);
    return pieces
      .slice(-maxIds)
      .toReversed()
      .map((piece) => `<${piece.replace(/\s+/g, '')}>`)
      .filter((id) => id.includes('@') && isMessageId(id));
  });
}

/** The part before the `@`: what some providers report when they send under an id of their own. */
function leftPart(id: string): string {
  return id.slice(1, id.lastIndexOf('@'));
}

/** What a delivery of ours may be called that another server calls `id`; see `ThreadEvidence`. */
export function namesOfId(id: string, ownDomains: readonly string[]): string[] {
  return [...(isMessageId(id) ? [id, leftPart(id)] : []), ...ownMessageIds(id, ownDomains)];
}

/** A number of four digits that is no year, or of more. */
const matterNumber = /(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{4,}(?!\d)/;

/** The tokens of plus addresses (RFC 5233) that a mail was sent to, as `replyAddress` makes them. */
function replyTokens(headers: Headers): string[] {
  const values = recipientFields.flatMap((name) => headers.get(name) ?? []);
  const tokens = values.flatMap((value) =>
    [...value.matchAll(/\+rw\.([0-9a-f]{32})@/gi)].slice(0, 5).map(([, token = '']) => token),
  );
  return tokens.map((token) =>
    // The UUID of the Message-ID, whose dashes were left out (RFC 9562, section 4).
    token.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '<rw.$1-$2-$3-$4-$5@>'),
  );
}

/**
 * Reads what a mail says about its conversation. In-Reply-To and References come first, then ids
 * of our own make wherever a mail names its parent, then the token of a plus address. Thread-Index
 * is not looked at: Outlook copies it into new mails that were begun from an old one.
 *
 * @param ownDomains the domains that our Message-IDs end with.
 */
export function threadEvidence(mail: ParsedMail, ownDomains: readonly string[]): ThreadEvidence {
  const { headers, messageId, inReplyTo } = mail;
  const references = referencedIds(mail);
  const repaired = ['in-reply-to', 'references'].flatMap((name) => repairedIds(headers, name));
  const further = furtherFields.flatMap((name) => repairedIds(headers, name));
  const ids = [...new Set([...references, ...repaired, ...further])].slice(0, 3 * maxIds);
  const tokens = replyTokens(headers);
  const names = [...ids, ...tokens].flatMap((id) => namesOfId(id, ownDomains));
  const known = new Set(names.filter((name) => name !== '' && name !== messageId));
  const claimed = ['in-reply-to', 'references'].some((name) => (headers.get(name) ?? []).join(''));
  return {
    messageId,
    names: [...known],
    references,
    parent: inReplyTo,
    subject: normalizeSubject(mail.subject),
    isReply: claimed || isReplySubject(mail.subject),
    namesMatter: matterNumber.test(mail.subject),
  };
}
