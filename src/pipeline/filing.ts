/** Filing: what triage reads out of a stored mail before it is put where it belongs. */

import type { Address, Answerability, ParsedMail, SenderTrust } from '../domain/message.ts';
import type { Log } from '../log.ts';
import { answerability } from '../mail/automated.ts';
import { asWritten, namesNobody } from '../mail/contact-form.ts';
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

/** What a mailbox's settings say about who wrote its mail. */
export interface SenderRules {
  /** Whose Authentication-Results are believed; null believes nobody. */
  authservId: string | null;
  /** Senders whose Reply-To is the customer; see `FormRules`. */
  trustedForms: readonly string[];
}

export interface TriageParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  /** Every address that mail of ours comes from; what they send is never answered. */
  readonly ownAddresses: readonly string[];
  /** By mailbox name; see `SenderRules`. */
  readonly senderRules: ReadonlyMap<string, SenderRules>;
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
export async function readStored(
  parts: Pick<TriageParts, 'db' | 'ownAddresses' | 'senderRules'>,
  message: Waiting,
): Promise<ReadMail> {
  const { id, mailboxId, receivedAt } = message;
  const rules = parts.senderRules.get(message.mailboxName);
  const { authservId, trustedForms } = rules ?? { authservId: null, trustedForms: [] };
  const raw = message.raw ?? (await messageRaw(parts.db, id)) ?? Buffer.alloc(0);
  // First: parsing takes the bytes of a large mail along.
  const fields = authservId === null ? [] : headerFields(raw);
  const parsed = await parseMail(raw);
  const sender = senderTrust(fields, parsed.from, authservId);
  const { ownAddresses } = parts;
  const formRules = { trustedForms, ownAddresses };
  const mail = asWritten(parsed, sender.result, formRules);
  const judged = answerability(mail, ownAddresses);
  const nobody = namesNobody(mail, sender.result, formRules);
  const stopped = nobody !== null && judged.state !== 'automated';
  // Who vouches for the form says nothing about the customer.
  const trust = mail.form === null ? sender : ({ result: 'none', domain: null } as const);
  return {
    ...{ id, mailboxId, receivedAt, mail },
    state: stopped ? 'blocked' : judged.state,
    reason: stopped ? nobody : judged.reason,
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
