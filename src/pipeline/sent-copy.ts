/** Sent copy: what was sent is put into the mailbox's Sent folder, once. */

import { lockDelivery, recordSentCopy } from '../storage/deliveries.ts';
import { type DeliverParts, mailboxOf } from './deliver.ts';

/** Puts the copy of a sent mail into the Sent folder, unless it is there. */
export async function copyToSent(parts: DeliverParts, deliveryId: number): Promise<void> {
  const delivery = await parts.db.transaction().execute((tx) => lockDelivery(tx, deliveryId));
  if (delivery?.state !== 'sent' || delivery.sentCopyAt !== null || delivery.bytes === null) return;
  const { saveSent } = mailboxOf(parts, delivery.mailboxName);
  if (saveSent === null) return;
  await saveSent({ messageId: delivery.headerMessageId, bytes: delivery.bytes });
  await parts.db.transaction().execute((tx) => recordSentCopy(tx, deliveryId));
}
