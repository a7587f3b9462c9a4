/**
 * Deliver: an approved reply goes out once.
 *
 * The exact bytes and the state `sending` are committed before the first byte is sent. Whoever
 * finds a delivery `sending` knows that a process died there: it may or may not have been accepted
 * (RFC 1047), so it becomes `uncertain` and waits for a person; it is never sent again by itself.
 */

import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { Address } from '../domain/message.ts';
import type { DeliveryState } from '../domain/states.ts';
import type { Log } from '../log.ts';
import { composeReply } from '../mail/compose.ts';
import type { DeliveryOutcome, Transport } from '../mail/smtp.ts';
import { moveDelivery } from '../storage/compare-and-set.ts';
import { lockConversation, touchConversation } from '../storage/conversations.ts';
import {
  conversationOfDelivery,
  lockDelivery,
  recordSentCopy,
  recordSentMessage,
} from '../storage/deliveries.ts';
import type { Jobs } from '../storage/jobs.ts';
import { loadForReply, storeOutbound } from '../storage/messages.ts';
import { keepPair } from '../storage/pairs.ts';
import type { Db, Tx } from '../storage/tables.ts';
import type { MailboxIdentity } from './draft.ts';
import { retryDelayMs } from './retry.ts';

/** The way out of one mailbox. */
export interface OutgoingMailbox extends MailboxIdentity {
  transport: Transport;
  /** Puts a copy into the Sent folder; null where there is none. */
  saveSent: ((mail: { messageId: string; bytes: Buffer }) => Promise<unknown>) | null;
}

export interface DeliverParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  /** By mailbox name. */
  mailboxes: ReadonlyMap<string, OutgoingMailbox>;
}

/** With pauses of up to ten minutes, about two days; a person then decides. */
const mostAttempts = 380;

type LockedDelivery = NonNullable<Awaited<ReturnType<typeof lockDelivery>>>;

interface Attempt {
  delivery: LockedDelivery;
  /** Which attempt it is; one that reports after another has begun has nothing to say. */
  number: number;
  mailbox: OutgoingMailbox;
  envelope: { from: string; to: string[] };
  bytes: Buffer;
}

function mailboxOf(parts: DeliverParts, name: string): OutgoingMailbox {
  const mailbox = parts.mailboxes.get(name);
  if (mailbox === undefined) throw new ReplywrightError('mailbox_unconfigured', { name });
  return mailbox;
}

async function compose(tx: Tx, delivery: LockedDelivery, from: Address) {
  const answered = await loadForReply(tx, delivery.messageId);
  return await composeReply({
    from,
    to: delivery.recipient,
    subject: answered.subject,
    inReplyTo: answered.headerMessageId,
    references: answered.references,
    text: delivery.text ?? '',
    messageId: delivery.headerMessageId,
    date: new Date(),
  });
}

/** Commits to one attempt, or settles what needs none. */
async function begin(parts: DeliverParts, deliveryId: number): Promise<Attempt | null> {
  return await parts.db.transaction().execute(async (tx) => {
    const delivery = await lockDelivery(tx, deliveryId);
    if (delivery === null) return null;
    if (delivery.state === 'sending') {
      const answer = 'Replywright was stopped while this mail was being handed to the mail server.';
      await moveDelivery(tx, deliveryId, 'sending', 'uncertain', { answer });
      return null;
    }
    if (delivery.state === 'held' && delivery.tooEarly) {
      await parts.jobs.send(tx, 'deliver', { deliveryId }, delivery.holdUntil);
      return null;
    }
    if (delivery.state !== 'held' && delivery.state !== 'queued') return null;
    const mailbox = mailboxOf(parts, delivery.mailboxName);
    const from = { name: mailbox.displayName, address: mailbox.address };
    const { bytes, envelope } =
      delivery.bytes !== null && delivery.envelope !== null
        ? { bytes: delivery.bytes, envelope: delivery.envelope }
        : await compose(tx, delivery, from);
    if (delivery.state === 'held') await moveDelivery(tx, deliveryId, 'held', 'queued');
    const number = delivery.attempt + 1;
    await moveDelivery(tx, deliveryId, 'queued', 'sending', {
      bytes,
      envelope: JSON.stringify(envelope),
      attempt: number,
    });
    return { delivery, number, mailbox, envelope, bytes };
  });
}

/** What makes a delivery `sent`. */
interface Proof {
  from: 'sending' | 'uncertain';
  /** What the server said, or a person. */
  answer: string;
  sender: Address;
  bytes: Buffer;
  /** The attempt that the server answered; any when a person settles it. */
  attempt?: number;
}

/** Makes a delivery `sent`: the message joins its conversation, the pair is asked for. */
async function settleSent(
  tx: Tx,
  parts: { jobs: Jobs },
  delivery: LockedDelivery,
  { from, answer, sender, bytes, attempt }: Proof,
): Promise<void> {
  const { id: deliveryId, conversationId, mailboxId, recipient } = delivery;
  // Everybody locks the conversation before the delivery, or an undo and we could wait for ever.
  await lockConversation(tx, conversationId);
  await moveDelivery(tx, deliveryId, from, 'sent', { answer }, attempt);
  const answered = await loadForReply(tx, delivery.messageId);
  const sentMessageId = await storeOutbound(tx, {
    mailboxId,
    conversationId,
    raw: bytes,
    headerMessageId: delivery.headerMessageId,
    inReplyTo: answered.headerMessageId,
    from: sender,
    to: recipient,
    subject: answered.subject,
    text: delivery.text ?? '',
    sentAt: new Date(),
  });
  await recordSentMessage(tx, deliveryId, sentMessageId);
  await touchConversation(tx, conversationId);
  await parts.jobs.send(tx, 'sent_copy', { deliveryId });
  await parts.jobs.send(tx, 'learn', { deliveryId });
}

async function settle(
  tx: Tx,
  parts: DeliverParts,
  { delivery, number, mailbox, bytes }: Attempt,
  from: 'sending' | 'uncertain',
  outcome: DeliveryOutcome,
): Promise<void> {
  const { id } = delivery;
  const move = (to: DeliveryState, answer: string) =>
    moveDelivery(tx, id, from, to, { answer }, number);
  const tryAgain = async (answer: string, retryAfterMs: number | null) => {
    if (number >= mostAttempts) return await move('refused', `${answer} (given up after two days)`);
    await move('queued', answer);
    const after = new Date(Date.now() + retryDelayMs(delivery.attempt, retryAfterMs));
    await parts.jobs.send(tx, 'deliver', { deliveryId: id }, after);
  };
  switch (outcome.outcome) {
    case 'sent': {
      const sender = { name: mailbox.displayName, address: mailbox.address };
      return await settleSent(tx, parts, delivery, {
        from,
        answer: outcome.response,
        sender,
        bytes,
        attempt: number,
      });
    }
    case 'refused':
      if (!outcome.permanent) return await tryAgain(outcome.response, null);
      return await move('refused', outcome.response);
    case 'not_sent':
      return await tryAgain(outcome.error.message, outcome.error.retryAfterMs);
    case 'uncertain':
      if (from === 'sending') await move('uncertain', outcome.detail);
  }
}

/** Sends one delivery, unless it is no longer to be sent. */
export async function deliver(parts: DeliverParts, deliveryId: number): Promise<void> {
  const attempt = await begin(parts, deliveryId);
  if (attempt === null) return;
  const { mailbox, envelope, bytes, delivery } = attempt;
  const messageId = delivery.headerMessageId;
  const outcome = await mailbox.transport.deliver({ envelope, bytes, messageId });
  parts.log.info('delivery_attempted', { deliveryId, outcome: outcome.outcome });
  const settleFrom = (state: 'sending' | 'uncertain') =>
    parts.db.transaction().execute((tx) => settle(tx, parts, attempt, state, outcome));
  const unlessChanged = (otherwise: () => Promise<void> | void) => (error: unknown) => {
    if (asReplywrightError(error).code !== 'state_changed') throw error;
    return otherwise();
  };
  // An attempt may have been taken for dead while it was only slow. Its word is better than none,
  // but does not count against a person's, or against an attempt that began later.
  await settleFrom('sending').catch(
    unlessChanged(() =>
      settleFrom('uncertain').catch(
        unlessChanged(() => parts.log.warn('delivery_reported_too_late', { deliveryId })),
      ),
    ),
  );
}

/** Puts the copy of a sent mail into the Sent folder, unless it is there. */
export async function copyToSent(parts: DeliverParts, deliveryId: number): Promise<void> {
  const delivery = await parts.db.transaction().execute((tx) => lockDelivery(tx, deliveryId));
  if (delivery?.state !== 'sent' || delivery.sentCopyAt !== null || delivery.bytes === null) return;
  const { saveSent } = mailboxOf(parts, delivery.mailboxName);
  if (saveSent === null) return;
  await saveSent({ messageId: delivery.headerMessageId, bytes: delivery.bytes });
  await parts.db.transaction().execute((tx) => recordSentCopy(tx, deliveryId));
}

/** Keeps the training pair of a sent delivery. */
export async function learn(parts: { db: Db }, deliveryId: number): Promise<void> {
  await parts.db.transaction().execute((tx) => keepPair(tx, deliveryId));
}

/**
 * A person settles what code could not: an uncertain delivery was sent after all, or an uncertain
 * or refused one is to be sent again.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function settleByPerson(
  parts: { db: Db; jobs: Jobs },
  { deliveryId, verdict }: { deliveryId: number; verdict: 'sent' | 'resend' },
): Promise<void> {
  await parts.db.transaction().execute(async (tx) => {
    const conversationId = await conversationOfDelivery(tx, deliveryId);
    if (conversationId !== null) await lockConversation(tx, conversationId);
    const delivery = await lockDelivery(tx, deliveryId);
    if (delivery === null)
      throw new ReplywrightError('not_found', { what: 'delivery', id: deliveryId });
    const { state, bytes, envelope } = delivery;
    if (verdict === 'resend') {
      const from = state === 'refused' ? 'refused' : 'uncertain';
      await moveDelivery(tx, deliveryId, from, 'queued', { answer: null });
      return await parts.jobs.send(tx, 'deliver', { deliveryId });
    }
    if (state !== 'uncertain' || bytes === null || envelope === null) {
      const expected = 'uncertain';
      throw new ReplywrightError('state_changed', { what: 'delivery', expected, actual: state });
    }
    const sender = { name: '', address: envelope.from };
    const answer = 'A person found it sent.';
    await settleSent(tx, parts, delivery, { from: state, answer, sender, bytes });
  });
}
