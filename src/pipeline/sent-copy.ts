/** Sent copy: what was sent is put into the mailbox's Sent folder, once. */

import { asReplywrightError, explain } from '../domain/errors.ts';
import { lockDelivery, recordSentCopy, recordSentCopyTrouble } from '../storage/deliveries.ts';
import { deliveryBytes } from '../storage/raw-bytes.ts';
import { type DeliverParts, mailboxOf } from './outgoing-mailbox.ts';

/** @returns false where there is nothing to copy, or no folder for it. */
async function save(
  parts: DeliverParts,
  delivery: { id: number; mailboxName: string; headerMessageId: string },
): Promise<boolean> {
  const { saveSent } = mailboxOf(parts, delivery.mailboxName);
  if (saveSent === null) return false;
  const bytes = await deliveryBytes(parts.db, delivery.id);
  if (bytes === null) return false;
  await saveSent({ messageId: delivery.headerMessageId, bytes });
  return true;
}

/**
 * Puts the copy of a sent mail into the Sent folder, unless it is there. Why that failed is noted
 * with the delivery: nobody would miss the copy before they need it.
 *
 * @throws ReplywrightError `imap_*`, `mailbox_unconfigured`; repeating the call is then safe.
 */
export async function copyToSent(parts: DeliverParts, deliveryId: number): Promise<void> {
  const { db } = parts;
  const delivery = await db.transaction().execute((tx) => lockDelivery(tx, deliveryId));
  if (delivery?.state !== 'sent' || delivery.sentCopyAt !== null) return;
  const saved = await save(parts, delivery).catch(async (cause: unknown) => {
    const trouble = explain(asReplywrightError(cause));
    await db.transaction().execute((tx) => recordSentCopyTrouble(tx, deliveryId, trouble));
    throw cause;
  });
  if (saved) await db.transaction().execute((tx) => recordSentCopy(tx, deliveryId));
}
