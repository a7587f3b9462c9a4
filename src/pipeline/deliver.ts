/**
 * Deliver: an approved reply goes out once.
 *
 * The exact bytes and the state `sending` are committed before the first byte is sent. Whoever
 * finds a delivery `sending` knows that a process died there: it may or may not have been accepted
 * (RFC 1047), so it becomes `uncertain` and waits for a person; it is never sent again by itself.
 */

import { asReplywrightError, explain, ReplywrightError } from '../domain/errors.ts';
import type { Address } from '../domain/message.ts';
import type { DeliveryState } from '../domain/states.ts';
import type { Log } from '../log.ts';
import { composeReply } from '../mail/compose.ts';
import type { DkimKey } from '../mail/dkim.ts';
import { replyAddress, reportedIds } from '../mail/message-id.ts';
import { type Alias, replySender } from '../mail/own-addresses.ts';
import type { DeliveryOutcome, Refusal, Transport } from '../mail/smtp.ts';
import { moveDelivery } from '../storage/compare-and-set.ts';
import { lockDelivery, recordAnswer } from '../storage/deliveries.ts';
import { enclosurePieces, enclosuresOf } from '../storage/enclosures.ts';
import type { Jobs } from '../storage/jobs.ts';
import { loadForReply } from '../storage/messages.ts';
import { deliveryBytes } from '../storage/raw-bytes.ts';
import type { Db, Tx } from '../storage/tables.ts';
import type { MailboxIdentity } from './draft.ts';
import { type ReplyFooter, replyContent } from './reply-content.ts';
import { insist, retryDelayMs } from './retry.ts';
import { type LockedDelivery, settleSent } from './settle.ts';

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
}

export interface DeliverParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  /** By mailbox name. */
  mailboxes: ReadonlyMap<string, OutgoingMailbox>;
}

/** So long after the hold, a person decides whether to try again. */
const longestTryingMs = 2 * 86_400_000;

interface Attempt {
  delivery: LockedDelivery;
  /** Which attempt it is; one that reports after another has begun has nothing to say. */
  number: number;
  mailbox: OutgoingMailbox;
  envelope: { from: string; to: string[] };
  bytes: Buffer;
}

/** The configured mailbox of that name. @throws ReplywrightError `mailbox_unconfigured` */
export function mailboxOf(parts: DeliverParts, name: string): OutgoingMailbox {
  const mailbox = parts.mailboxes.get(name);
  if (mailbox === undefined) throw new ReplywrightError('mailbox_unconfigured', { name });
  return mailbox;
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
    const bytesBefore = await deliveryBytes(tx, deliveryId);
    const { bytes, envelope } =
      bytesBefore !== null && delivery.envelope !== null
        ? { bytes: bytesBefore, envelope: delivery.envelope }
        : await compose(tx, delivery, mailbox);
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

/** What is told of a refused mail: of one that is too large, also how large it is and the way out. */
function refusalWords({ response, tooLarge }: Refusal, size: number): string {
  if (!tooLarge) return response;
  const megabytes = `${(size / 1_000_000).toFixed(1)} MB`;
  return explain(new ReplywrightError('mail_too_large', { size: megabytes, said: response }));
}

async function settle(
  tx: Tx,
  parts: DeliverParts,
  { delivery, number, mailbox, envelope, bytes }: Attempt,
  from: 'sending' | 'uncertain',
  outcome: DeliveryOutcome,
): Promise<void> {
  const { id } = delivery;
  const move = (to: DeliveryState, answer: string) =>
    moveDelivery(tx, id, from, to, { answer }, number);
  const tryAgain = async (answer: string, retryAfterMs: number | null) => {
    if (Date.now() - delivery.holdUntil.getTime() > longestTryingMs)
      return await move('refused', `${answer} (given up after two days)`);
    await move('queued', answer);
    const after = new Date(Date.now() + retryDelayMs(delivery.attempt, retryAfterMs));
    await parts.jobs.send(tx, 'deliver', { deliveryId: id }, after);
  };
  switch (outcome.outcome) {
    case 'sent': {
      // RFC 5321, section 3.3: a server may take a mail for some recipients and refuse the others.
      const refused =
        outcome.rejected.length === 0 ? '' : `, but not for ${outcome.rejected.join(', ')}`;
      const answer = `${outcome.response}${refused}`;
      if (outcome.rejected.includes(envelope.to[0] ?? '')) return await move('refused', answer);
      const sender = { name: mailbox.displayName, address: envelope.from };
      return await settleSent(tx, parts, delivery, {
        from,
        answer,
        reportedIds: reportedIds(outcome.response),
        sender,
        bytes,
        attempt: number,
      });
    }
    case 'refused':
      if (!outcome.permanent) return await tryAgain(outcome.response, null);
      return await move('refused', refusalWords(outcome, bytes.length));
    case 'not_sent':
      return await tryAgain(outcome.error.message, outcome.error.retryAfterMs);
    case 'uncertain':
      if (from === 'sending') await move('uncertain', outcome.detail);
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

/** Sends one delivery, unless it is no longer to be sent. */
export async function deliver(parts: DeliverParts, deliveryId: number): Promise<void> {
  const attempt = await begin(parts, deliveryId).catch((cause: unknown) =>
    explainWaiting(parts, deliveryId, asReplywrightError(cause)),
  );
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
  await insist(() => settleFrom('sending')).catch(
    unlessChanged(() =>
      insist(() => settleFrom('uncertain')).catch(
        unlessChanged(() => parts.log.warn('delivery_reported_too_late', { deliveryId })),
      ),
    ),
  );
}
