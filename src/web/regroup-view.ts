/** Merging and splitting as their pages show them: what there is to choose, and what will happen. */

import type { ConversationView } from '../storage/conversation-view.ts';
import type { MergeChoice } from '../storage/merge-choices.ts';
import type { QueueView } from '../storage/queue.ts';
import type { RegroupingView } from '../storage/regroup.ts';
import { count } from './wording.ts';

/** A subject, or the words that stand in for none. */
export function titleOf(subject: string): string {
  return subject.trim() === '' ? '(no subject)' : subject;
}

function pageOf({ id, subject, customer, lastMessageId }: ConversationView, view: QueueView) {
  const url = `/queue/${view}/c${id}`;
  return { id, view, url, subject: titleOf(subject), customer, lastMessageId };
}

/** The model of the page that merges. */
export function mergeView(
  conversation: ConversationView,
  view: QueueView,
  choices: readonly MergeChoice[],
  address: string | null,
) {
  const mine = conversation.customer.address;
  return {
    ...pageOf(conversation, view),
    address: address ?? '',
    choices: choices.map((choice) => ({
      id: choice.id,
      lastMessageId: choice.lastMessageId,
      subject: titleOf(choice.subject),
      at: choice.at,
      mailbox: choice.mailboxName,
      messages: count(choice.messages, 'mail', 'mails'),
      snippet: choice.snippet,
      mine,
      theirs: choice.customerAddress === mine ? null : choice.customerAddress,
    })),
  };
}

/** The messages that a conversation can be split at: every mail to answer but the first. */
export function splittable({ messages }: ConversationView) {
  return messages.filter(({ state }) => state === 'answerable').slice(1);
}

/** The model of the page that splits; `from` is the message that was asked for. */
export function splitView(conversation: ConversationView, view: QueueView, from: number | null) {
  const places = splittable(conversation);
  const chosen = places.find(({ id }) => id === from) ?? places.at(-1);
  return {
    ...pageOf(conversation, view),
    places: places.toReversed().map((message) => ({
      id: message.id,
      chosen: message.id === chosen?.id,
      who: message.fromName || message.fromAddress || 'Unknown sender',
      subject: titleOf(message.subject),
      at: message.at,
      snippet: message.newText.trim().slice(0, 160),
    })),
  };
}

/** The line in a conversation about its last merge or split. */
export function regroupingView(regrouping: RegroupingView | null, id: number, view: QueueView) {
  if (regrouping === null) return null;
  const { kind, fromId, intoId, by, at } = regrouping;
  const words = {
    merge: by === null ? 'A late mail tied two conversations together here' : 'Merged with another',
    split: id === fromId ? 'A part of it was split off' : 'Split off from another conversation',
  }[kind];
  const otherId = id === fromId ? intoId : fromId;
  return {
    ...{ id: regrouping.id, words, by, at, view },
    other: kind === 'split' ? `/queue/${view}/c${otherId}` : null,
  };
}
