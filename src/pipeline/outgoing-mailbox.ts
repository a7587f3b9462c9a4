/** Outgoing mailboxes: the way out of each, and what delivering needs besides. */

import type { LeavingRules } from '../domain/business-hours.ts';
import { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import type { DkimKey } from '../mail/dkim.ts';
import type { Alias } from '../mail/own-addresses.ts';
import type { Transport } from '../mail/smtp.ts';
import type { Jobs } from '../storage/jobs.ts';
import type { Db } from '../storage/tables.ts';
import type { MailboxIdentity } from './draft.ts';
import type { ReplyFooter } from './reply-content.ts';

/** The way out of one mailbox. */
export interface OutgoingMailbox extends MailboxIdentity, ReplyFooter {
  /** Whether mail to `local+anything@domain` comes to this mailbox too. */
  plusAddressing: boolean;
  /** Further addresses; replies come from one that the mail names, where that is wanted. */
  aliases?: readonly Alias[];
  /** What replies are signed with. */
  dkim?: DkimKey | null;
  transport: Transport;
  /** Puts a copy into the Sent folder; null where there is none. */
  saveSent: ((mail: { messageId: string; bytes: Buffer }) => Promise<unknown>) | null;
  /** Whether the Sent folder holds a mail with that Message-ID; null where there is none. */
  isInSent: ((messageId: string) => Promise<boolean>) | null;
  leaving: LeavingRules;
}

export interface DeliverParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  /** By mailbox name. */
  mailboxes: ReadonlyMap<string, OutgoingMailbox>;
}

/** The configured mailbox of that name. @throws ReplywrightError `mailbox_unconfigured` */
export function mailboxOf(parts: DeliverParts, name: string): OutgoingMailbox {
  const mailbox = parts.mailboxes.get(name);
  if (mailbox === undefined) throw new ReplywrightError('mailbox_unconfigured', { name });
  return mailbox;
}
