/** Filing: what triage reads out of a stored mail before it is put where it belongs. */

import { ReplywrightError } from '../domain/errors.ts';
import type { Address, Answerability, ParsedMail, SenderTrust } from '../domain/message.ts';
import type { Log } from '../log.ts';
import { answerability } from '../mail/automated.ts';
import { parseMail, parseMails } from '../mail/parse.ts';
import { headerFields, senderTrust } from '../mail/sender-trust.ts';
import { normalizeSubject } from '../mail/threading.ts';
import type { Jobs } from '../storage/jobs.ts';
import { parsedValues } from '../storage/messages.ts';
import type { Filing } from '../storage/newcomers.ts';
import { messageRaw } from '../storage/raw-bytes.ts';
import type { Direction } from '../storage/raw-mail.ts';
import type { Db } from '../storage/tables.ts';
import { type FiledMail, writerOf } from './thread.ts';

/** How much of a kind is too much; see caps.ts. */
export interface Limits {
  draftsPerSenderPerHour: number;
  automaticPerConversationPerDay: number;
}

export interface TriageParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  /** Every address that mail of ours comes from; what they send is never answered. */
  readonly ownAddresses: readonly string[];
  /** By mailbox name: whose Authentication-Results are believed there. */
  readonly authservIds: ReadonlyMap<string, string>;
  /** Whether what colleagues send from other mail programs is offered for learning. */
  learnFromSent: boolean;
  limits: Limits;
}

/** A message on its way to be filed. */
export interface Waiting {
  id: number;
  /** Null for a large mail, which is read when its turn comes. */
  raw: Buffer | null;
  direction: Direction;
  mailboxId: number;
  mailboxName: string;
  receivedAt: Date;
}

/** A mail that was read, and what was found about it. */
export interface ReadMail {
  id: number;
  mailboxId: number;
  receivedAt: Date;
  mail: ParsedMail;
  /** In lower case; null when nobody says to have written it. */
  writerAddress: string | null;
  state: Answerability['state'];
  reason: string | null;
  /** Whether somebody vouches for the sender, and for which domain. */
  trust: SenderTrust['result'];
  trustDomain: string | null;
}

/**
 * Who a conversation is with. RFC 5321, section 2.4, lets the local part depend on case; no mail
 * provider that people use does, and phones write the first letter large.
 */
export function customerOf(from: Address): Address {
  return { name: from.name, address: from.address.toLowerCase() };
}

/** The domains that our Message-IDs end with. */
export function domainsOf(addresses: readonly string[]): string[] {
  return [...new Set(addresses.map((address) => address.slice(address.lastIndexOf('@') + 1)))];
}

/**
 * Whom a mail brings into its conversation, besides ourselves and its writer: nobody where the writer
 * may be somebody else, who would name himself.
 */
export function broughtIn(
  { mail, writerAddress, trust }: Pick<FiledMail, 'mail' | 'writerAddress' | 'trust'>,
  ownAddresses: readonly string[],
): string[] {
  if (trust === 'fail') return [];
  const own = new Set(ownAddresses.map((address) => writerOf(address.toLowerCase()).base));
  const named = [...mail.to, ...mail.cc].map(({ address }) => address.toLowerCase());
  return named.filter((each) => each !== writerAddress && !own.has(writerOf(each).base));
}

/** Whose word about senders is believed where the message came to; null where nobody's is. */
function authservIdOf(parts: TriageParts, { mailboxName }: Waiting): string | null {
  return parts.authservIds.get(mailboxName) ?? null;
}

/** What the mail itself tells, and the mailbox that it came to. */
function readingOf(
  parts: TriageParts,
  message: Waiting,
  mail: ParsedMail,
  fields: ReturnType<typeof headerFields>,
): ReadMail {
  const { id, mailboxId, receivedAt } = message;
  const trust = senderTrust(fields, mail.from, authservIdOf(parts, message));
  return {
    ...{ id, mailboxId, receivedAt, mail },
    ...answerability(mail, parts.ownAddresses),
    writerAddress: mail.from === null ? null : customerOf(mail.from).address,
    ...{ trust: trust.result, trustDomain: trust.domain },
  };
}

/** The header as it came, where it says something about the sender. */
function trustFields(parts: TriageParts, message: Waiting, raw: Buffer) {
  return authservIdOf(parts, message) === null ? [] : headerFields(raw);
}

async function readLarge(parts: TriageParts, message: Waiting): Promise<ReadMail> {
  const raw = (await messageRaw(parts.db, message.id)) ?? Buffer.alloc(0);
  // First: parsing takes the bytes of a large mail along.
  const fields = trustFields(parts, message, raw);
  return readingOf(parts, message, await parseMail(raw), fields);
}

/** A stored mail as it was read, or the error `mail_unparsable`. */
export interface Reading {
  message: Waiting;
  mail: ReadMail | ReplywrightError;
}

/** Reads stored mails: the small ones together, the large ones one by one. */
export async function readStored(
  parts: TriageParts,
  messages: readonly Waiting[],
): Promise<Reading[]> {
  const parsed = (await parseMails(messages.flatMap(({ raw }) => raw ?? []))).values();
  const readings: Reading[] = [];
  for (const message of messages) {
    const { raw } = message;
    const small = raw === null ? undefined : parsed.next().value;
    if (raw === null || small === undefined) {
      const mail = await readLarge(parts, message).catch((error: unknown) => {
        if (error instanceof ReplywrightError) return error;
        throw error;
      });
      readings.push({ message, mail });
    } else if (small instanceof ReplywrightError) readings.push({ message, mail: small });
    else {
      const fields = trustFields(parts, message, raw);
      readings.push({ message, mail: readingOf(parts, message, small, fields) });
    }
  }
  return readings;
}

/** The columns that say who vouches for the sender. */
export function trustColumns({ trust, trustDomain }: ReadMail) {
  return { sender_trust: trust, sender_trust_domain: trustDomain };
}

/** How the mail of a newcomer is filed. */
export function filingOf(parts: TriageParts, read: ReadMail & { writerAddress: string }): Filing {
  const { mail, mailboxId, writerAddress, state } = read;
  const customer = { name: mail.from?.name ?? '', address: writerAddress };
  const begins = {
    ...{ mailboxId, customer, subject: mail.subject },
    normalizedSubject: normalizeSubject(mail.subject),
    participants: broughtIn(read, parts.ownAddresses),
  };
  return {
    ...{ messageId: read.id, state },
    columns: { ...parsedValues(mail), ...trustColumns(read), state_reason: read.reason },
    begins: state === 'answerable' ? begins : null,
  };
}
