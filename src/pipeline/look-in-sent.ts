/**
 * Look in Sent: a delivery of which nobody knows whether it was sent is looked for in the Sent
 * folder. Some providers put there what their SMTP server took, a little later; nobody else can, for
 * our own copy is put there only once a delivery is `sent`.
 */

import { loadSearched, recordLook, type Searched } from '../storage/deliveries.ts';
import type { JobData } from '../storage/jobs.ts';
import { standsInSent } from '../storage/sent-folder.ts';
import type { Tx } from '../storage/tables.ts';
import { type DeliverParts, mailboxOf } from './outgoing-mailbox.ts';
import { settleByCopy, stateInDoubt } from './settle.ts';

/** How long after the one before each look comes: providers take seconds, seldom minutes. */
const pausesMs = [2_000, 30_000, 180_000, 900_000, 3_600_000];

/** Asks for the next look at an uncertain delivery; after the last one a person is left to decide. */
export async function askForLook(
  tx: Tx,
  { jobs }: Pick<DeliverParts, 'jobs'>,
  { deliveryId, looks }: JobData['look_in_sent'],
): Promise<void> {
  const pauseMs = pausesMs[looks];
  if (pauseMs === undefined) return;
  const after = new Date(Date.now() + pauseMs);
  await jobs.send(tx, 'look_in_sent', { deliveryId, looks }, after);
}

/** Asks for one look now, because the watched Sent folder has brought a copy. */
export async function askForLookAtCopy(
  tx: Tx,
  { jobs }: Pick<DeliverParts, 'jobs'>,
  deliveryId: number,
): Promise<void> {
  await jobs.send(tx, 'look_in_sent', { deliveryId, looks: pausesMs.length });
}

/**
 * True when a copy in the Sent folder says what nobody knows yet: that the server took the mail. Of
 * one that it took for some, the copy is there all the same, and says nothing of the others.
 */
function isOpen(delivery: Searched): boolean {
  if (delivery.notTaken.length > 0) return false;
  return stateInDoubt(delivery) !== null || (delivery.state === 'queued' && delivery.attempt > 0);
}

/**
 * Looks for a delivery in the Sent folder and settles it as sent when it is there.
 *
 * @throws ReplywrightError `imap_*`, `mailbox_unconfigured`; repeating the call is then safe.
 */
export async function lookInSent(
  parts: DeliverParts,
  { deliveryId, looks }: JobData['look_in_sent'],
): Promise<void> {
  const { db } = parts;
  const delivery = await loadSearched(db, deliveryId);
  if (delivery === null || !isOpen(delivery)) return;
  const { mailboxId, headerMessageId } = delivery;
  const { isInSent } = mailboxOf(parts, delivery.mailboxName);
  const found =
    (await standsInSent(db, mailboxId, headerMessageId)) ||
    (isInSent !== null && (await isInSent(headerMessageId)));
  if (found) {
    await settleByCopy(parts, deliveryId);
    parts.log.info('delivery_found_in_sent', { deliveryId });
    return;
  }
  if (isInSent === null) return;
  await db.transaction().execute(async (tx) => {
    await recordLook(tx, deliveryId);
    await askForLook(tx, parts, { deliveryId, looks: looks + 1 });
  });
}
