/** Addresses of a mailbox: which of them a mail names, and from which the reply comes. */

import type { Address } from '../domain/message.ts';

/** A further address of a mailbox. */
export interface Alias {
  address: string;
  /** Whether replies to mail that names it come from it. */
  replyFrom: boolean;
}

/** The address without its plus tag, in lower case, for comparison only. */
export function comparable(address: string): string {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at).toLowerCase().split('+', 1)[0] ?? '';
  return `${local}@${address.slice(at + 1).toLowerCase()}`;
}

/**
 * The address that a reply comes from: the first alias that the mail names and that replies may come
 * from, else the mailbox's own. As it stands in the settings, so that nothing a stranger wrote, not
 * even a plus tag, gets into our From.
 *
 * @param recipients To and Cc of the mail that is answered.
 */
export function replySender(
  mailbox: { address: string; aliases?: readonly Alias[] },
  recipients: readonly Address[],
): string {
  const speaking = (mailbox.aliases ?? []).filter(({ replyFrom }) => replyFrom);
  for (const recipient of recipients) {
    const named = comparable(recipient.address);
    // Who writes to both gets the answer from the one named first.
    if (named === comparable(mailbox.address)) return mailbox.address;
    const alias = speaking.find(({ address }) => comparable(address) === named);
    if (alias !== undefined) return alias.address;
  }
  return mailbox.address;
}
