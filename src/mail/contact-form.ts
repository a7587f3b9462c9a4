/** Contact forms: mail that a system of the shop's own writes in a customer's name. */

import type { ParsedMail, SenderTrust } from '../domain/message.ts';
import { plainAddress } from './compose.ts';
import { isMachineAddress } from './machine-address.ts';
import { comparable } from './own-addresses.ts';

/** What the settings of its mailbox say about a mail that may come from a form. */
export interface FormRules {
  /** Sender addresses, or `*@domain` for all of a domain; case and plus tags do not matter. */
  trustedForms: readonly string[];
  /** Every address that this installation reads or writes from. */
  ownAddresses: readonly string[];
}

function isTrustedForm(address: string, trustedForms: readonly string[]): boolean {
  const sender = comparable(address);
  const all = `*${sender.slice(sender.lastIndexOf('@'))}`;
  return trustedForms.some((form) => [sender, all].includes(comparable(form)));
}

/** Whether a mail names in Reply-To somebody else than its sender whom a person may be behind. */
function namesCustomer(
  { from, replyTo }: Pick<ParsedMail, 'from' | 'replyTo'>,
  ownAddresses: readonly string[],
): boolean {
  if (replyTo === null || plainAddress(replyTo.address) === null) return false;
  const others = [...ownAddresses, from?.address ?? ''].map(comparable);
  return !others.includes(comparable(replyTo.address)) && !isMachineAddress(replyTo.address);
}

/** True for a mail from one of the mailbox's forms, as far as anybody can tell. */
function comesFromForm(mail: ParsedMail, trust: SenderTrust['result'], rules: FormRules): boolean {
  // Two senders, or one that the mail server found out to be false, prove nothing (`senderTrust`).
  const one = (mail.headers.get('from') ?? []).length === 1 && trust !== 'fail';
  return one && mail.from !== null && isTrustedForm(mail.from.address, rules.trustedForms);
}

/**
 * The mail as its customer's: where it comes from a trusted form, `from` is whom its Reply-To names,
 * and `form` the form. All that follows, threading, caps and recipients, is then about the customer.
 *
 * @param trust what `senderTrust` found about the mail's own From.
 * @returns the same mail where it comes from no form, or names nobody.
 */
export function asWritten(
  mail: ParsedMail,
  trust: SenderTrust['result'],
  rules: FormRules,
): ParsedMail {
  if (!comesFromForm(mail, trust, rules) || !namesCustomer(mail, rules.ownAddresses)) return mail;
  return { ...mail, from: mail.replyTo, replyTo: null, form: mail.from?.address ?? null };
}

/** Why a mail from a trusted form has nobody to answer; null for any other mail. */
export function namesNobody(
  mail: ParsedMail,
  trust: SenderTrust['result'],
  rules: FormRules,
): string | null {
  return mail.form === null && comesFromForm(mail, trust, rules)
    ? 'It comes from a form in `trustedForms`, but its Reply-To names no customer.'
    : null;
}

/**
 * Which setting would have a mail answered that a contact form may have written.
 *
 * @returns a sentence after others; empty where none helps.
 */
export function aboutForms(mail: ParsedMail, ownAddresses: readonly string[]): string {
  return namesCustomer(mail, ownAddresses)
    ? ' If a contact form wrote it, name that address in `trustedForms` of this mailbox: then its Reply-To is answered.'
    : '';
}
