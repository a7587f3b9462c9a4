/** Filing: what triage reads out of a stored mail before it is put where it belongs. */

import type { Address, Answerability, ParsedMail, SenderTrust } from '../domain/message.ts';
import type { Log } from '../log.ts';
import { answerability } from '../mail/automated.ts';
import { parseMail } from '../mail/parse.ts';
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

/**
 * Reads a stored mail.
 *
 * @throws ReplywrightError `mail_unparsable`.
 */
export async function readStored(parts: TriageParts, message: Waiting): Promise<ReadMail> {
  const { id, mailboxId, receivedAt } = message;
  const authservId = parts.authservIds.get(message.mailboxName) ?? null;
  const raw = message.raw ?? (await messageRaw(parts.db, id)) ?? Buffer.alloc(0);
  // First: parsing takes the bytes of a large mail along.
  const fields = authservId === null ? [] : headerFields(raw);
  const mail = await parseMail(raw);
  const trust = senderTrust(fields, mail.from, authservId);
  return {
    ...{ id, mailboxId, receivedAt, mail },
    ...answerability(mail, parts.ownAddresses),
    writerAddress: mail.from === null ? null : customerOf(mail.from).address,
    ...{ trust: trust.result, trustDomain: trust.domain },
  };
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
