/** What became of a draft, in words: the decision, and the delivery with what can be done about it. */

import type { LeavingRules } from '../domain/business-hours.ts';
import type { Enclosure } from '../domain/enclosure.ts';
import { reachedWords } from '../domain/reached.ts';
import { hasMarkup } from '../mail/markup.ts';
import type { ConversationView, DecisionView } from '../storage/conversation-view.ts';
import type { DeliveryView } from '../storage/delivery-view.ts';
import { isPlanned, leavingView } from './leaving-view.ts';
import { cutText } from './marked-text.ts';
import { reasonLabel } from './reasons.ts';
import { zonedMoment } from './wording.ts';

const verdictWords = {
  approved: 'Approved as written',
  edited: 'Approved with edits',
} as const;

function decisionWords({ verdict, redraft }: DecisionView): string {
  if (verdict !== 'rejected') return verdictWords[verdict];
  return redraft ? 'Rejected' : 'Closed without a reply';
}

interface Line {
  line: string;
  tone: 'calm' | 'look' | 'stop';
}

function heldLine(delivery: DeliveryView, to: string, now: Date): Line {
  const { overtakenBy, holdUntil, timeZone } = delivery;
  if (overtakenBy !== null)
    return { line: 'Stopped, since the customer wrote again. Nothing was sent.', tone: 'look' };
  if (timeZone === null || !isPlanned(delivery, now))
    return { line: `Will be sent to ${to}`, tone: 'calm' };
  const moment = zonedMoment(holdUntil, timeZone, now);
  return { line: `Goes out on ${moment} (${timeZone}) to ${to}`, tone: 'calm' };
}

function waitingWords({ perhapsTaken }: DeliveryView, to: string): string {
  return perhapsTaken ? `An earlier attempt may have reached ${to}` : `Not sent to ${to} yet`;
}

function deliveryLine(delivery: DeliveryView, now: Date): Line {
  const everybody = [delivery.recipient, ...delivery.copies].map(({ address }) => address);
  const to = everybody.join(', ');
  const got = everybody.filter((address) => !delivery.notTaken.includes(address)).join(', ');
  const notTaken = delivery.notTaken.join(', ');
  switch (delivery.state) {
    case 'held':
      return heldLine(delivery, to, now);
    case 'queued':
      return delivery.nextTryAt === null
        ? { line: `Waiting to be sent to ${notTaken || to}`, tone: 'calm' }
        : { line: `${waitingWords(delivery, notTaken || to)}. Next try`, tone: 'look' };
    case 'sending':
      return { line: `Being sent to ${notTaken || to}`, tone: 'calm' };
    case 'sent':
      return notTaken === ''
        ? { line: `Sent to ${to}`, tone: 'calm' }
        : { line: `The mail server refused it for ${notTaken}. Sent to ${got}`, tone: 'look' };
    case 'refused':
      return { line: `Not tried again by itself. ${reachedWords(delivery)}`, tone: 'stop' };
    case 'uncertain':
      return { line: `Nobody knows whether ${notTaken || to} got this reply.`, tone: 'look' };
    case 'cancelled':
      return { line: 'Taken back before it was sent', tone: 'calm' };
  }
}

function deliveryView(delivery: DeliveryView, rules: LeavingRules, now: Date) {
  const { state, holdUntil, nextTryAt, overtakenBy, notTaken } = delivery;
  const held = state === 'held' && overtakenBy === null;
  const planned = held && isPlanned(delivery, now);
  const next = state === 'queued' ? nextTryAt : null;
  return {
    id: delivery.id,
    decisionId: delivery.decisionId,
    state,
    ...deliveryLine(delivery, now),
    at: delivery.at,
    answer: delivery.answer,
    countdown: held && !planned ? holdUntil : next,
    leaving: planned ? leavingView(rules, delivery, now) : null,
    // Named by its moment: what somebody else planned meanwhile is not shown over by older choices.
    plan: `${delivery.id}-${holdUntil.getTime()}`,
    tryNow: next !== null,
    takeBack: state === 'queued' && !delivery.perhapsTaken && notTaken.length === 0,
    sentLookedAt: delivery.sentLookedAt,
    uncertain: state === 'uncertain',
    refused: state === 'refused',
    perhapsSent: state === 'refused' && delivery.perhapsTaken,
    partly: notTaken.length > 0,
    sent: state === 'sent',
    sentCopyTrouble: delivery.sentCopyTrouble,
  };
}

/** Whether a decision can be taken back, and until when; a rejection has no end of time. */
function undoView(decision: DecisionView, delivery: DeliveryView | null) {
  if (decision.verdict === 'rejected') return { until: null };
  const held =
    delivery?.state === 'held' &&
    delivery.overtakenBy === null &&
    delivery.holdUntil.getTime() > Date.now();
  return held ? { until: delivery.holdUntil } : null;
}

/** A decision as its page shows it, with the delivery that carries it out. */
function decisionView(
  decision: DecisionView,
  delivery: DeliveryView | null,
  files: readonly Enclosure[],
) {
  // Once sent, the reply stands among the messages and need not be shown twice.
  const text = delivery?.state === 'sent' ? null : decision.finalText;
  return {
    id: decision.id,
    words: decisionWords(decision),
    by: decision.by,
    at: decision.at,
    reasons: decision.reasons.map(reasonLabel).join(', '),
    note: decision.note,
    // Once sent, they stand with the message.
    files: delivery?.state === 'sent' ? [] : files,
    formatted: text !== null && hasMarkup(text) ? text : null,
    paragraphs: text === null ? [] : cutText(text, []),
    undo: undoView(decision, delivery),
  };
}

/**
 * What became of the draft, and of replies to earlier mails that are still under way or need
 * somebody, whatever was decided since.
 *
 * @param rules when replies of the mailbox leave.
 */
export function outcomeView(
  { draft, decision, delivery: newest, openDeliveries }: ConversationView,
  files: readonly Enclosure[],
  rules: LeavingRules,
) {
  const now = new Date();
  const decided = draft === null ? null : decision;
  const delivery = newest !== null && newest.decisionId === decided?.id ? newest : null;
  return {
    earlier: openDeliveries
      .filter(({ decisionId }) => decisionId !== decided?.id)
      .map(({ text, ...each }) => ({
        formatted: hasMarkup(text) ? text : null,
        paragraphs: cutText(text, []),
        delivery: deliveryView(each, rules, now),
      })),
    decision: decided === null ? null : decisionView(decided, delivery, files),
    delivery: delivery === null ? null : deliveryView(delivery, rules, now),
  };
}
