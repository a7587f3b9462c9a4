/** A message: one e-mail as it was fetched, and what parsing makes of it. */

import type { Attachment } from './attachment.ts';
import type { MailReport } from './report.ts';

export interface Address {
  /** Display name, decoded; empty when the header gave none. */
  name: string;
  /** The bare address, `local@domain`, lower case in the domain. */
  address: string;
}

/** Where an IMAP server keeps a message (RFC 9051, section 2.3.1.1). */
export interface ImapPlace {
  uidvalidity: number;
  uid: number;
}

/** How much was taken of a mail that is larger than the limit. */
export interface Cut {
  kept: 'header' | 'beginning';
  /** Bytes of the whole mail where it came from. */
  size: number;
}

/** One e-mail as a mailbox handed it over, before anything was made of it. */
export interface FetchedMail {
  raw: Buffer;
  /** Null for a folder mailbox. */
  place: ImapPlace | null;
  /** When the server received it, if it says so. */
  receivedAt: Date | null;
  /** Absent for a mail that is there as a whole. */
  cut?: Cut;
}

/** Header fields by lower-case name, unfolded and decoded, in their order of appearance. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** What parsing makes of the raw bytes. */
export interface ParsedMail {
  headers: Headers;
  /** With angle brackets, as in the header; null when missing. */
  messageId: string | null;
  inReplyTo: string | null;
  references: string[];
  from: Address | null;
  replyTo: Address | null;
  /** The contact form's address where `from` wrote through one; parsing alone knows of none. */
  form: string | null;
  to: Address[];
  cc: Address[];
  subject: string;
  date: Date | null;
  /** The whole mail as readable plain text. */
  text: string;
  /** The HTML body as received, not sanitized; null when there is none. */
  html: string | null;
  /** What the customer newly wrote: `text` without quoted history. Never empty when `text` is not. */
  newText: string;
  attachments: Attachment[];
  /** What a bounce, a complaint or a receipt reports; null for other mail. */
  report: MailReport | null;
  /** `request`, `reply`, `cancel` and so on (RFC 5546) for mail that carries an invitation, or null. */
  calendarMethod: string | null;
}

/** What kind of mail it is that nobody answers. */
export type AutomatedKind =
  | 'delivery_report'
  | 'feedback_report'
  | 'receipt'
  | 'auto_reply'
  | 'calendar'
  | 'mailing_list'
  | 'notice'
  | 'own_mail';

/** What the rules say about answering a message. */
export interface Answerability {
  state: 'answerable' | 'automated' | 'blocked' | 'quarantined';
  /** Null for answerable mail, and for mail that names no usable sender. */
  kind: AutomatedKind | null;
  /** A sentence for the person in the desk; null for answerable mail. */
  reason: string | null;
}

/** Whether the sender's domain vouches for a mail, by the word of our own mail server. */
export interface SenderTrust {
  result: 'pass' | 'fail' | 'none';
  /** The domain that vouches for it, or the one that does not; null when nobody said. */
  domain: string | null;
}
