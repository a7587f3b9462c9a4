/** Intake: a fetched mail is stored as it came, and the mailbox's mark moves, in one transaction. */

import type { FetchedMail } from '../domain/message.ts';
import type { Jobs } from '../storage/jobs.ts';
import { advanceMark } from '../storage/mailboxes.ts';
import { storeRaw } from '../storage/messages.ts';
import type { Db } from '../storage/tables.ts';

/**
 * Stores a mail and asks for its triage. A mail whose bytes are stored already only moves the mark.
 *
 * @returns true when the mail is new.
 */
export async function takeIn(
  parts: { db: Db; jobs: Jobs },
  mailboxId: number,
  mail: FetchedMail,
): Promise<boolean> {
  return await parts.db.transaction().execute(async (tx) => {
    const messageId = await storeRaw(tx, mailboxId, mail);
    if (mail.place !== null) await advanceMark(tx, mailboxId, mail.place);
    if (messageId !== null) await parts.jobs.send(tx, 'triage', { messageId });
    return messageId !== null;
  });
}
