/**
 * Deliver: an approved reply goes out once.
 *
 * The exact bytes and the state `sending` are committed before the first byte is sent. Whoever
 * finds a delivery `sending` knows that a process died there: it may or may not have been accepted
 * (RFC 1047), so it becomes `uncertain` and waits for a person; it is never sent again by itself.
 */

import { asReplywrightError, explain, ReplywrightError } from '../domain/errors.ts';
import type { Address } from '../domain/message.ts';
import { composeReply } from '../mail/compose.ts';
import { replyAddress, reportedIds } from '../mail/message-id.ts';
import { replySender } from '../mail/own-addresses.ts';
import type { DeliveryOutcome, Refusal } from '../mail/smtp.ts';
import { moveDelivery } from '../storage/compare-and-set.ts';
import { lockDelivery, planAnew, recordAnswer } from '../storage/deliveries.ts';
import { enclosurePieces, enclosuresOf } from '../storage/enclosures.ts';
import { loadForReply } from '../storage/messages.ts';
import { deliveryBytes } from '../storage/raw-bytes.ts';
import type { Tx } from '../storage/tables.ts';
import { askForLook } from './look-in-sent.ts';
import { type DeliverParts, mailboxOf, type OutgoingMailbox } from './outgoing-mailbox.ts';
import { replyContent } from './reply-content.ts';
import { insist, retryDelayMs } from './retry.ts';
import { askToDeliver, planOf, stopOvertaken } from './schedule.ts';
import { type LockedDelivery, settleSent } from './settle.ts';

/** So long after the first attempt, a person decides whether to try again. */
const longestTryingMs = 2 * 86_400_000;

interface Attempt {
  delivery: LockedDelivery;
  /** Which attempt it is; one that reports after another has begun has nothing to say. */
  number: number;
  mailbox: OutgoingMailbox;
  envelope: { from: string; to: string[] };
  bytes: Buffer;
}

async function compose(tx: Tx, delivery: LockedDelivery, mailbox: OutgoingMailbox) {
  const answered = await loadForReply(tx, delivery.messageId);
  const { to, cc } = answered.recipients;
  const from: Address = {
    name: mailbox.displayName,
    address: replySender(mailbox, [...to, ...cc]),
  };
  const { messageId, approvedBy, text } = delivery;
  const language = delivery.language ?? mailbox.language ?? null;
  return await composeReply({
    ...(await replyContent(tx, mailbox, { messageId, language, text: text ?? '' })),
    approvedBy,
    dkim: mailbox.dkim ?? null,
    from,
    replyTo: mailbox.plusAddressing ? replyAddress(from.address, delivery.headerMessageId) : null,
    to: delivery.recipient,
    cc: delivery.copies,
    subject: answered.subject,
    inReplyTo: answered.headerMessageId,
    references: answered.references,
    messageId: delivery.headerMessageId,
    date: new Date(),
    enclosures: (await enclosuresOf(tx, delivery.decisionId)).map((enclosure) => ({
      ...enclosure,
      content: () => enclosurePieces(tx, enclosure.id),
    })),
  });
}

/** When a held delivery that is due by its own time leaves all the same later; null for now. */
async function postponed(
  tx: Tx,
  { id, leaves, tooEarly, holdUntil }: LockedDelivery,
  { leaving }: OutgoingMailbox,
): Promise<Date | null> {
  if (tooEarly) return holdUntil;
  if (leaves !== 'business_hours' || leaving.hours === null) return null;
  // Nothing ran when it was due, or the hours were changed since.
  const now = new Date();
  const plan = planOf({ leaves, at: null }, leaving, now);
  if (plan.at === null || plan.at <= now) return null;
  return (await planAnew(tx, id, plan, 0)).holdUntil;
}

/** Commits to one attempt, or settles what needs none. */
async function begin(
  parts: DeliverParts,
  deliveryId: number,
  ticket: number | undefined,
): Promise<Attempt | 'overtaken' | null> {
  return await parts.db.transaction().execute(async (tx) => {
    const delivery = await lockDelivery(tx, deliveryId);
    if (delivery === null) return null;
    // Another job was sent in place of this one.
    if (ticket !== undefined && ticket !== delivery.ticket) return null;
    const { state } = delivery;
    if (state === 'sending') {
      const answer = 'Replywright was stopped while this mail was being handed to the mail server.';
      await moveDelivery(tx, deliveryId, 'sending', 'uncertain', { answer });
      await askForLook(tx, parts, { deliveryId, looks: 0 });
      return null;
    }
    if (state !== 'held' && state !== 'queued') return null;
    if (state === 'held' && delivery.overtakenBy !== null) return 'overtaken';
    const mailbox = mailboxOf(parts, delivery.mailboxName);
    const later = state === 'held' ? await postponed(tx, delivery, mailbox) : null;
    if (later !== null) {
      await askToDeliver(tx, parts.jobs, deliveryId, later);
      return null;
    }
    const bytesBefore = await deliveryBytes(tx, deliveryId);
    const { bytes, envelope } =
      bytesBefore !== null && delivery.envelope !== null
        ? { bytes: bytesBefore, envelope: delivery.envelope }
        : await compose(tx, delivery, mailbox);
    if (state === 'held') await moveDelivery(tx, deliveryId, 'held', 'queued');
    const number = delivery.attempt + 1;
    // Trying begins now, however long nothing ran when it was due.
    const first = delivery.attempt === 0 ? { hold_until: new Date() } : {};
    await moveDelivery(tx, deliveryId, 'queued', 'sending', {
      ...first,
      bytes,
      envelope: JSON.stringify(envelope),
      attempt: number,
    });
    return { delivery, number, mailbox, envelope, bytes };
  });
}

/** What is told of a refused mail: of one that is too large, also how large it is and the way out. */
function refusalWords({ response, tooLarge }: Refusal, size: number): string {
  if (!tooLarge) return response;
  const megabytes = `${(size / 1_000_000).toFixed(1)} MB`;
  return explain(new ReplywrightError('mail_too_large', { size: megabytes, said: response }));
}

/** What a delivery's row notes besides its state. */
type Notes = NonNullable<Parameters<typeof moveDelivery>[4]>;

/** Notes an outcome of an attempt that ends it. */
async function conclude(
  tx: Tx,
  { delivery, number }: Attempt,
  from: 'sending' | 'uncertain',
  to: 'refused' | 'uncertain',
  notes: Notes,
): Promise<void> {
  await moveDelivery(tx, delivery.id, from, to, notes, number);
}

/** Has what was certainly not sent tried again later, or leaves it to a person after two days. */
async function tryAgain(
  tx: Tx,
  parts: DeliverParts,
  attempt: Attempt,
  from: 'sending' | 'uncertain',
  { answer, retryAfterMs, notes }: { answer: string; retryAfterMs: number | null; notes?: Notes },
): Promise<void> {
  const { delivery, number } = attempt;
  const deliveryId = delivery.id;
  const tried = delivery.attempt > 0;
  if (tried && Date.now() - delivery.holdUntil.getTime() > longestTryingMs) {
    const givenUp = { ...notes, answer: `${answer} (given up after two days)` };
    return await conclude(tx, attempt, from, 'refused', givenUp);
  }
  const after = new Date(Date.now() + retryDelayMs(delivery.attempt, retryAfterMs));
  const patch = { ...notes, answer, next_try_at: after };
  await moveDelivery(tx, deliveryId, from, 'queued', patch, number);
  await askToDeliver(tx, parts.jobs, deliveryId, after);
}

/**
 * Settles a mail that the server took for all recipients or for some (RFC 5321, section 3.3). Where
 * it did not take it for the customer, what is tried again goes to nobody who got it.
 */
async function settleTaken(
  tx: Tx,
  parts: DeliverParts,
  attempt: Attempt,
  from: 'sending' | 'uncertain',
  { response, rejected, deferred = [] }: DeliveryOutcome & { outcome: 'sent' },
): Promise<void> {
  const { delivery, number, mailbox, envelope, bytes } = attempt;
  const [customer = ''] = envelope.to;
  const answer =
    rejected.length === 0 ? response : `${response}, but not for ${rejected.join(', ')}`;
  if (rejected.includes(customer)) {
    const to = envelope.to.filter((address) => rejected.includes(address));
    const notes = { not_taken: to, envelope: JSON.stringify({ ...envelope, to }) };
    if (deferred.includes(customer))
      return await tryAgain(tx, parts, attempt, from, { answer, retryAfterMs: null, notes });
    return await conclude(tx, attempt, from, 'refused', { ...notes, answer });
  }
  await settleSent(tx, parts, delivery, {
    from,
    answer,
    reportedIds: reportedIds(response),
    sender: { name: mailbox.displayName, address: envelope.from },
    bytes,
    attempt: number,
    notTaken: rejected,
  });
}

async function settle(
  tx: Tx,
  parts: DeliverParts,
  attempt: Attempt,
  from: 'sending' | 'uncertain',
  outcome: DeliveryOutcome,
): Promise<void> {
  switch (outcome.outcome) {
    case 'sent':
      return await settleTaken(tx, parts, attempt, from, outcome);
    case 'refused': {
      if (!outcome.permanent) {
        const answer = outcome.response;
        return await tryAgain(tx, parts, attempt, from, { answer, retryAfterMs: null });
      }
      const answer = refusalWords(outcome, attempt.bytes.length);
      return await conclude(tx, attempt, from, 'refused', { answer });
    }
    case 'not_sent': {
      const { message: answer, retryAfterMs } = outcome.error;
      return await tryAgain(tx, parts, attempt, from, { answer, retryAfterMs });
    }
    case 'uncertain': {
      if (from === 'uncertain') return;
      await conclude(tx, attempt, from, 'uncertain', { answer: outcome.detail });
      await askForLook(tx, parts, { deliveryId: attempt.delivery.id, looks: 0 });
    }
  }
}

/** Says in the desk why a delivery did not begin; what can never be sent is refused. */
async function explainWaiting(
  parts: DeliverParts,
  deliveryId: number,
  error: ReplywrightError,
): Promise<null> {
  if (error.code === 'unexpected' || error.code === 'database_unreachable') throw error;
  const answer = explain(error);
  if (error.transient) {
    await recordAnswer(parts.db, deliveryId, answer);
    throw error;
  }
  await parts.db.transaction().execute(async (tx) => {
    const delivery = await lockDelivery(tx, deliveryId);
    if (delivery?.state === 'held' || delivery?.state === 'queued')
      await moveDelivery(tx, deliveryId, delivery.state, 'refused', { answer });
  });
  return null;
}

/**
 * Sends one delivery, unless it is no longer to be sent.
 *
 * @param ticket of the job; one that another job has replaced does nothing. Left out, it counts.
 */
export async function deliver(
  parts: DeliverParts,
  deliveryId: number,
  ticket?: number,
): Promise<void> {
  const attempt = await begin(parts, deliveryId, ticket).catch((cause: unknown) =>
    explainWaiting(parts, deliveryId, asReplywrightError(cause)),
  );
  if (attempt === null) return;
  if (attempt === 'overtaken') return await stopOvertaken(parts, deliveryId);
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
  await insist(() => settleFrom('sending')).catch(
    unlessChanged(() =>
      insist(() => settleFrom('uncertain')).catch(
        unlessChanged(() => parts.log.warn('delivery_reported_too_late', { deliveryId })),
      ),
    ),
  );
}
