/** Settle: a delivery is proved sent, by the server's word, a copy in the Sent folder, or a person. */

import { ReplywrightError } from '../domain/errors.ts';
import type { Address } from '../domain/message.ts';
import { moveDelivery } from '../storage/compare-and-set.ts';
import { lockConversation, touchConversation } from '../storage/conversations.ts';
import {
  conversationOfDelivery,
  lockDelivery,
  recordReportedIds,
  recordSentCopy,
  recordSentMessage,
} from '../storage/deliveries.ts';
import { recordDeliveryReports } from '../storage/delivery-reports.ts';
import { enclosuresOf, letGoOfBytes } from '../storage/enclosures.ts';
import type { Jobs } from '../storage/jobs.ts';
import { loadForReply, storeOutbound } from '../storage/messages.ts';
import { deliveryBytes } from '../storage/raw-bytes.ts';
import type { Db, Tx } from '../storage/tables.ts';
import { askToDeliver } from './schedule.ts';

export type LockedDelivery = NonNullable<Awaited<ReturnType<typeof lockDelivery>>>;

/** @throws ReplywrightError `not_found` when there is no such delivery. */
async function lockConversationOfDelivery(tx: Tx, deliveryId: number): Promise<number> {
  const { id } = await lockConversation(tx, async () => {
    const conversationId = await conversationOfDelivery(tx, deliveryId);
    if (conversationId !== null) return conversationId;
    throw new ReplywrightError('not_found', { what: 'delivery', id: deliveryId });
  });
  return id;
}

/** What makes a delivery `sent`. */
export interface Proof {
  from: 'sending' | 'uncertain' | 'queued' | 'refused';
  /** What the server said, or who else says so. */
  answer: string;
  /** Under which other names the server may have sent it; see `reportedIds`. */
  reportedIds: string[];
  sender: Address;
  bytes: Buffer;
  /** The attempt that the server answered; any when somebody else settles it. */
  attempt?: number;
  /** Recipients that the server did not take it for. */
  notTaken?: string[];
  /** True where its copy stands in the Sent folder already. */
  copied?: boolean;
}

/** Makes a delivery `sent`: the message joins its conversation, the pair is asked for. */
export async function settleSent(
  tx: Tx,
  parts: { jobs: Jobs },
  delivery: LockedDelivery,
  { from, answer, reportedIds, sender, bytes, attempt, notTaken = [], copied = false }: Proof,
): Promise<void> {
  const { id: deliveryId, mailboxId, recipient, copies } = delivery;
  // Everybody locks the conversation before the delivery, or an undo and we could wait for ever.
  const conversationId = await lockConversationOfDelivery(tx, deliveryId);
  await moveDelivery(tx, deliveryId, from, 'sent', { answer, not_taken: notTaken }, attempt);
  const answered = await loadForReply(tx, delivery.messageId);
  const sentMessageId = await storeOutbound(tx, {
    mailboxId,
    conversationId,
    raw: bytes,
    headerMessageId: delivery.headerMessageId,
    inReplyTo: answered.headerMessageId,
    from: sender,
    to: recipient,
    cc: copies,
    subject: answered.subject,
    text: delivery.text ?? '',
    attachments: await enclosuresOf(tx, delivery.decisionId),
    sentAt: new Date(),
  });
  await recordReportedIds(tx, deliveryId, reportedIds);
  await recordSentMessage(tx, deliveryId, sentMessageId);
  // Whom the server refused at once has got it no more than whose copy comes back later.
  const failed = { action: 'failed', status: null, diagnostic: null } as const;
  const reports = notTaken.map((recipient) => ({ ...failed, recipient }));
  await recordDeliveryReports(tx, { deliveryId }, null, reports);
  await letGoOfBytes(tx, delivery.decisionId);
  await touchConversation(tx, conversationId);
  if (copied) await recordSentCopy(tx, deliveryId);
  else await parts.jobs.send(tx, 'sent_copy', { deliveryId });
  await parts.jobs.send(tx, 'learn', { deliveryId });
}

/**
 * The state of a delivery of which nobody knows whether a server took it: in its last attempt, or in
 * one before a refusal. Null of any other.
 */
export function stateInDoubt({
  state,
  perhapsTaken,
}: Pick<LockedDelivery, 'state' | 'perhapsTaken'>): 'uncertain' | 'refused' | null {
  if (state === 'uncertain') return state;
  return state === 'refused' && perhapsTaken ? state : null;
}

/**
 * Settles a delivery of which the mail server's answer is not known as sent, because its copy stands
 * in the Sent folder. Does nothing when it was settled meanwhile.
 */
export async function settleByCopy(
  parts: { db: Db; jobs: Jobs },
  deliveryId: number,
): Promise<void> {
  await parts.db.transaction().execute(async (tx) => {
    await lockConversationOfDelivery(tx, deliveryId);
    const delivery = await lockDelivery(tx, deliveryId);
    const bytes = await deliveryBytes(tx, deliveryId);
    if (delivery === null || delivery.envelope === null || bytes === null) return;
    const { envelope, notTaken } = delivery;
    const from = delivery.state === 'queued' ? ('queued' as const) : stateInDoubt(delivery);
    // The copy may be of the attempt that the server took for the others.
    if (from === null || notTaken.length > 0) return;
    const answer = 'The mail server took it: its copy stands in the Sent folder.';
    const sender = { name: '', address: envelope.from };
    const proof = { from, answer, reportedIds: [], sender, bytes, copied: true };
    await settleSent(tx, parts, delivery, proof);
  });
}

/**
 * A person settles what code could not: a delivery in doubt was sent after all, or an uncertain or
 * refused one is to be sent again.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function settleByPerson(
  parts: { db: Db; jobs: Jobs },
  { deliveryId, verdict }: { deliveryId: number; verdict: 'sent' | 'resend' },
): Promise<void> {
  await parts.db.transaction().execute(async (tx) => {
    await lockConversationOfDelivery(tx, deliveryId);
    const delivery = await lockDelivery(tx, deliveryId);
    if (delivery === null)
      throw new ReplywrightError('not_found', { what: 'delivery', id: deliveryId });
    const { state, envelope } = delivery;
    if (verdict === 'resend') {
      const from = state === 'refused' ? 'refused' : 'uncertain';
      // The two days of trying begin anew.
      const doubt = from === 'uncertain' ? { perhaps_taken: true } : {};
      const patch = { answer: null, hold_until: new Date(), next_try_at: null, ...doubt };
      await moveDelivery(tx, deliveryId, from, 'queued', patch);
      return await askToDeliver(tx, parts.jobs, deliveryId);
    }
    const bytes = await deliveryBytes(tx, deliveryId);
    const from = stateInDoubt(delivery);
    if (from === null || bytes === null || envelope === null) {
      const expected = 'uncertain';
      throw new ReplywrightError('state_changed', { what: 'delivery', expected, actual: state });
    }
    const sender = { name: '', address: envelope.from };
    const answer = 'A person found it sent.';
    const proof = { from, answer, reportedIds: [], sender, bytes };
    await settleSent(tx, parts, delivery, proof);
  });
}
