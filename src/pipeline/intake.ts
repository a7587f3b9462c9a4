/** Intake: fetched mails are stored as they came, and the mailbox's mark moves, in one transaction. */

import { asReplywrightError } from '../domain/errors.ts';
import type { FetchedMail, ImapPlace } from '../domain/message.ts';
import type { Jobs } from '../storage/jobs.ts';
import { advanceMark } from '../storage/mailboxes.ts';
import { type Direction, storeRaw } from '../storage/raw-mail.ts';
import { advanceSentMark } from '../storage/sent-folder.ts';
import type { Db, Tx } from '../storage/tables.ts';

interface IntakeParts {
  db: Db;
  jobs: Jobs;
}

/** Where the mails come from, and what keeps their mark. */
interface Origin {
  mailboxId: number;
  direction: Direction;
  advance(tx: Tx, place: ImapPlace): Promise<void>;
}

async function storeAll(
  { db, jobs }: IntakeParts,
  { mailboxId, direction, advance }: Origin,
  mails: readonly FetchedMail[],
): Promise<number> {
  return await db.transaction().execute(async (tx) => {
    const messageIds = await storeRaw(tx, mailboxId, mails, direction);
    const last = mails.findLast(({ place }) => place !== null)?.place ?? null;
    if (last !== null) await advance(tx, last);
    if (messageIds.length > 0) await jobs.send(tx, 'triage', { messageIds });
    return messageIds.length;
  });
}

/** All in one transaction; one by one where that fails, so that one mail stops no other before it. */
async function take(
  parts: IntakeParts,
  origin: Origin,
  mails: readonly FetchedMail[],
): Promise<number> {
  try {
    return await storeAll(parts, origin, mails);
  } catch (error) {
    const away = asReplywrightError(error).code === 'database_unreachable';
    if (mails.length === 1 || away) throw error;
  }
  let stored = 0;
  for (const mail of mails) stored += await storeAll(parts, origin, [mail]);
  return stored;
}

/**
 * Stores mails and asks for their triage. Of mails whose bytes are stored already only the mark is
 * moved.
 *
 * @param mails oldest first.
 * @returns how many are new.
 */
export async function takeIn(
  parts: IntakeParts,
  mailboxId: number,
  mails: readonly FetchedMail[],
): Promise<number> {
  const advance = (tx: Tx, place: ImapPlace) => advanceMark(tx, mailboxId, place);
  return await take(parts, { mailboxId, direction: 'inbound', advance }, mails);
}

/**
 * Stores mails from the Sent folder and asks for their triage, as `takeIn` does for the inbox.
 *
 * @param sentPlace names the account and the folder that the mark belongs to.
 */
export async function takeInSent(
  parts: IntakeParts,
  mailboxId: number,
  sentPlace: string,
  mails: readonly FetchedMail[],
): Promise<void> {
  const advance = (tx: Tx, place: ImapPlace) => advanceSentMark(tx, mailboxId, sentPlace, place);
  await take(parts, { mailboxId, direction: 'outbound', advance }, mails);
}
