/** Sent copy: what was sent is put into the mailbox's Sent folder, once. */

import { lockDelivery, recordSentCopy } from '../storage/deliveries.ts';
import { deliveryBytes } from '../storage/raw-bytes.ts';
import { type DeliverParts, mailboxOf } from './outgoing-mailbox.ts';

/** Puts the copy of a sent mail into the Sent folder, unless it is there. */
export async function copyToSent(parts: DeliverParts, deliveryId: number): Promise<void> {
  const delivery = await parts.db.transaction().execute((tx) => lockDelivery(tx, deliveryId));
  if (delivery?.state !== 'sent' || delivery.sentCopyAt !== null) return;
  const { saveSent } = mailboxOf(parts, delivery.mailboxName);
  if (saveSent === null) return;
  const bytes = await deliveryBytes(parts.db, deliveryId);
  if (bytes === null) return;
  await saveSent({ messageId: delivery.headerMessageId, bytes });
  await parts.db.transaction().execute((tx) => recordSentCopy(tx, deliveryId));
}
