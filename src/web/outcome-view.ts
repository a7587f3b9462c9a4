/** What became of a draft, in words: the decision, and the delivery with what can be done about it. */

import type { Enclosure } from '../domain/enclosure.ts';
import type { DecisionView, DeliveryView, DraftView } from '../storage/conversation-view.ts';
import { cutText } from './marked-text.ts';
import { reasonLabel } from './reasons.ts';

const verdictWords = {
  approved: 'Approved as written',
  edited: 'Approved with edits',
} as const;

function decisionWords({ verdict, redraft }: DecisionView): string {
  if (verdict !== 'rejected') return verdictWords[verdict];
  return redraft ? 'Rejected' : 'Closed without a reply';
}

function deliveryLine(delivery: DeliveryView): { line: string; tone: 'calm' | 'look' | 'stop' } {
  const to = [delivery.recipient, ...delivery.copies].map(({ address }) => address).join(', ');
  switch (delivery.state) {
    case 'held':
      return { line: `Will be sent to ${to}`, tone: 'calm' };
    case 'queued':
      return { line: `Waiting to be sent to ${to}`, tone: 'calm' };
    case 'sending':
      return { line: `Being sent to ${to}`, tone: 'calm' };
    case 'sent':
      return { line: `Sent to ${to}`, tone: 'calm' };
    case 'refused':
      return { line: `The mail server refused it. Nothing was sent to ${to}.`, tone: 'stop' };
    case 'uncertain':
      return { line: `Nobody knows whether ${to} got this reply.`, tone: 'look' };
    case 'cancelled':
      return { line: 'Taken back before it was sent', tone: 'calm' };
  }
}

function deliveryView(delivery: DeliveryView) {
  const { state } = delivery;
  return {
    id: delivery.id,
    decisionId: delivery.decisionId,
    state,
    ...deliveryLine(delivery),
    at: delivery.at,
    answer: delivery.answer,
    holdUntil: state === 'held' ? delivery.holdUntil : null,
    uncertain: state === 'uncertain',
    refused: state === 'refused',
    sent: state === 'sent',
  };
}

/** Whether a decision can be taken back, and until when; a rejection has no end of time. */
function undoView(decision: DecisionView, delivery: DeliveryView | null) {
  if (decision.verdict === 'rejected') return { until: null };
  const held = delivery?.state === 'held' && delivery.holdUntil.getTime() > Date.now();
  return held ? { until: delivery.holdUntil } : null;
}

/** Null while nobody has decided and nothing is on its way. */
export function outcomeView(
  draft: DraftView | null,
  decision: DecisionView | null,
  newestDelivery: DeliveryView | null,
  files: readonly Enclosure[],
) {
  if (draft === null || decision === null) {
    // An earlier reply of this conversation may still be under way, or need somebody.
    if (newestDelivery === null || newestDelivery.state === 'sent') return null;
    if (newestDelivery.state === 'cancelled') return null;
    return { decision: null, delivery: deliveryView(newestDelivery) };
  }
  const delivery = newestDelivery?.decisionId === decision.id ? newestDelivery : null;
  // Once sent, the reply stands among the messages and need not be shown twice.
  const text = delivery?.state === 'sent' ? null : decision.finalText;
  return {
    decision: {
      id: decision.id,
      words: decisionWords(decision),
      by: decision.by,
      at: decision.at,
      reasons: decision.reasons.map(reasonLabel).join(', '),
      note: decision.note,
      // Once sent, they stand with the message.
      files: delivery?.state === 'sent' ? [] : files,
      paragraphs: text === null ? [] : cutText(text, []),
      undo: undoView(decision, delivery),
    },
    delivery: delivery === null ? null : deliveryView(delivery),
  };
}
