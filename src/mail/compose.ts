/** Composing: an approved reply becomes the exact bytes of one mail and its envelope. */

import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import MailComposer from 'nodemailer/lib/mail-composer';
import { ReplywrightError } from '../domain/errors.ts';
import type { Address } from '../domain/message.ts';
import { type DkimKey, signed } from './dkim.ts';
import { collectMail, type EnclosedContent, enclosedParts } from './enclosed-parts.ts';
import { isFreemail } from './freemail-domains.ts';
import { citedId, replyReferences } from './message-id.ts';
import type { Quotation } from './quotation.ts';
import { replyBodies } from './reply-bodies.ts';
import { htmlDocument } from './reply-html.ts';
import { oneLine, wellFormed } from './text-hygiene.ts';
import { isMessageId, withoutReplyPrefix } from './threading.ts';

interface Envelope {
  from: string;
  to: string[];
}

export interface Reply {
  from: Address;
  to: Address;
  /** Who gets a copy; those without a plain address are left out. */
  cc?: readonly Address[];
  /** Subject of the mail answered. */
  subject: string;
  /** Message-ID of the mail answered; null when it has none. */
  inReplyTo: string | null;
  /** References of the mail answered, oldest first. */
  references: readonly string[];
  /** The reply as it was approved, in our small markup (markup.ts). */
  text: string;
  /** What stands below it, unless it ends with that already; empty for none. */
  signature?: string;
  /** What stands below that of the mail answered; null for nothing. */
  quotation?: Quotation | null;
  /**
   * The account of the person who approved exactly this reply. Null where none did: such a mail
   * says that a machine sent it (RFC 3834, section 5), so that no other machine answers it.
   */
  approvedBy: number | null;
  /** What the mail is signed with; null for nothing. */
  dkim?: DkimKey | null;
  /** Ours, from `newMessageId`. */
  messageId: string;
  /** Where answers are asked for, when not at `from`; see `replyAddress`. */
  replyTo?: string | null;
  date: Date;
  /** Files that the reply carries, in this order. */
  enclosures?: readonly EnclosedContent[];
}

/** A subject beyond this is nobody's; the cap keeps every header line under 998 octets. */
const maxSubject = 400;
const maxName = 100;
const maxText = 1_000_000;

/**
 * One plain address in its ASCII form, or null. Narrower than RFC 5321, section 4.1.2: no quoted
 * local parts and no address literals, since nothing but attacks has ever used them on a shop.
 */
export function plainAddress(address: string): string | null {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  const domain = domainToASCII(address.slice(at + 1)).toLowerCase();
  if (!/^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]{1,64}$/u.test(local)) return null;
  const labels = domain.split('.');
  // RFC 1035, section 2.3.1; a name that ends in digits is an IP address.
  const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
  if (domain.length > 253 || !labels.every((part) => label.test(part))) return null;
  if (/^\d+$/.test(labels.at(-1) ?? '')) return null;
  return `${local}@${domain}`;
}

function headerAddress(address: Address, code: 'no_recipient' | 'argument_invalid'): Address {
  const plain = plainAddress(address.address);
  if (plain === null)
    throw new ReplywrightError(code, { detail: 'The address to send from is not a plain address' });
  return { name: oneLine(address.name, maxName), address: plain };
}

/** `Re: ` exactly once in front of the customer's own subject (RFC 5322, section 3.6.5). */
export function replySubject(subject: string): string {
  return `Re: ${withoutReplyPrefix(oneLine(subject, maxSubject))}`.trimEnd();
}

/** The boundary of the parts: as random as our Message-ID, and the same whenever it is composed. */
function boundaryOf(messageId: string): string {
  return createHash('sha256').update(messageId).digest('hex').slice(0, 24);
}

/**
 * Composes a reply, as text and as HTML in UTF-8 with CRLF line ends, with its files beside them.
 * Nothing in the input can add or change a header field: control characters become spaces, ids must
 * be well formed.
 *
 * @returns the bytes to send, byte for byte the same for the same input, and the envelope
 *   (RFC 5321, section 2.3.1), with the recipients `to` and `cc`.
 * @throws ReplywrightError `no_recipient` when `to` is not a plain address, `reply_empty` when
 *   there is no text, `argument_invalid` for a bad `from` or `messageId`, `dkim_failed`.
 */
export async function composeReply(reply: Reply): Promise<{ bytes: Buffer; envelope: Envelope }> {
  const from = headerAddress(reply.from, 'argument_invalid');
  const to = headerAddress(reply.to, 'no_recipient');
  const text = wellFormed(reply.text, maxText).replace(/\r\n?|[\u2028\u2029]/g, '\n');
  if (text.trim() === '') throw new ReplywrightError('reply_empty');
  if (!isMessageId(reply.messageId))
    throw new ReplywrightError('argument_invalid', { detail: 'This is not a Message-ID' });
  const inReplyTo = citedId(reply.inReplyTo);
  const references = replyReferences(reply.references, reply.inReplyTo);
  const replyTo = reply.replyTo == null ? null : plainAddress(reply.replyTo);
  const cc = (reply.cc ?? []).flatMap(({ name, address }) => {
    const plain = plainAddress(address);
    return plain === null ? [] : [{ name: oneLine(name, maxName), address: plain }];
  });
  const bodies = replyBodies({ ...reply, text });
  const envelope = { from: from.address, to: [to, ...cc].map(({ address }) => address) };
  const enclosures = reply.enclosures ?? [];
  const mail = new MailComposer({
    from,
    to,
    ...(cc.length === 0 ? {} : { cc }),
    envelope,
    subject: replySubject(reply.subject),
    messageId: reply.messageId,
    ...(replyTo === null ? {} : { replyTo }),
    ...(inReplyTo === null ? {} : { inReplyTo }),
    ...(references.length === 0 ? {} : { references }),
    ...(reply.approvedBy === null ? { headers: { 'Auto-Submitted': 'auto-replied' } } : {}),
    date: reply.date,
    // RFC 2046, section 5.1.4: the plainest first. As alternatives, for `text` takes no parameters.
    alternatives: [
      { content: bodies.text, contentType: 'text/plain; charset=utf-8; format=flowed' },
      { content: htmlDocument(bodies.html), contentType: 'text/html; charset=utf-8' },
    ],
    baseBoundary: boundaryOf(reply.messageId),
    newline: 'win',
    attachments: enclosedParts(enclosures),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const bytes = await collectMail(mail.compile().createReadStream(), enclosures);
  const { dkim = null } = reply;
  return { bytes: dkim === null ? bytes : await signed(bytes, dkim), envelope };
}

/** The domain of an address, in ASCII and lower case. */
function domainOf(address: Address): string {
  return domainToASCII(address.address.slice(address.address.lastIndexOf('@') + 1)).toLowerCase();
}

function sameMailbox(left: Address, right: Address): boolean {
  return plainAddress(left.address)?.toLowerCase() === plainAddress(right.address)?.toLowerCase();
}

/**
 * Where a reply goes. Decided by code alone: a Reply-To on another domain than From may be an
 * attacker's (8 of 142 hostile mails), so it is not followed but shown. Nor is one on a domain
 * where anybody can have an address: sharing it with the sender says nothing.
 *
 * @returns `to` null when no usable address is there; `warning` a sentence for the reviewer.
 */
export function replyRecipient(mail: { from: Address | null; replyTo: Address | null }): {
  to: Address | null;
  warning: string | null;
} {
  const usable = (address: Address | null) =>
    address !== null && plainAddress(address.address) !== null ? address : null;
  const from = usable(mail.from);
  const replyTo = usable(mail.replyTo);
  if (from === null)
    return { to: null, warning: 'This mail has no sender address that a reply could go to.' };
  if (mail.replyTo === null) return { to: from, warning: null };
  if (replyTo !== null && sameMailbox(replyTo, from)) return { to: from, warning: null };
  const shared = replyTo !== null && domainOf(replyTo) === domainOf(from);
  if (shared && !isFreemail(domainOf(from))) return { to: replyTo, warning: null };
  const other = shared ? 'another account of a public mail service' : 'another domain';
  return {
    to: from,
    warning: `The mail asks for replies to ${oneLine(mail.replyTo.address, 200)}, ${other} than its sender's; the reply goes to the sender.`,
  };
}
