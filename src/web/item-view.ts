/** A conversation as its page shows it: mail, draft, what the draft rests on, what became of it. */

import { replyRecipient } from '../mail/compose.ts';
import type { ConversationView, DraftView } from '../storage/conversation-view.ts';
import { sha256 } from '../storage/hash.ts';
import type { MessageView } from '../storage/messages.ts';
import type { QueueView } from '../storage/queue.ts';
import { citedPlace } from './cited-place.ts';
import { cutText, type Mark } from './marked-text.ts';
import { outcomeView } from './outcome-view.ts';
import { reasonChoices } from './reasons.ts';
import { reflow } from './reflow.ts';
import { count, humanize, languageName, ordinal } from './wording.ts';

/** The customer's last message and what follows it are open; older ones are folded to a line. */
function firstShown(messages: readonly MessageView[]): number {
  return messages.findLastIndex(({ direction }) => direction === 'inbound');
}

/** Longer than a person reads; a page of megabytes would hold up everybody's queue. */
const longestShown = 100_000;

/** The beginning of a text, as much as a page shows, without half a character at its end. */
function beginning(text: string): string {
  if (text.length <= longestShown) return text;
  return text.slice(0, longestShown).replace(/[\uD800-\uDBFF]$/, '');
}

function sameAddress(left: string | null, right: string | null): boolean {
  return left?.toLowerCase() === right?.toLowerCase();
}

/** One message with its quoted history folded away. */
export function messageView(message: MessageView, customerAddress: string | null, old = false) {
  const { id, text, newText, attachments, direction, fromAddress } = message;
  const folded = text.trim().length > newText.trim().length;
  const quotedLines = text.trim().split('\n').length - newText.trim().split('\n').length;
  const said = newText.trim() === '' ? text.trim() : newText.trim();
  const shown = attachments.filter(({ inline }) => !inline);
  const pictures = shown.filter(({ contentType }) => contentType.startsWith('image/')).length;
  const other = shown.length - pictures;
  return {
    id,
    old,
    ours: direction === 'outbound',
    who: message.fromName || fromAddress || 'Unknown sender',
    // Another address than the conversation's customer is worth showing, always.
    address:
      direction === 'inbound' && !sameAddress(fromAddress, customerAddress) ? fromAddress : null,
    at: message.at,
    extras: [
      ...(pictures > 0 ? [count(pictures, 'picture', 'pictures')] : []),
      ...(other > 0 ? [count(other, 'file', 'files')] : []),
    ].join(', '),
    // The first words stand in for a message that is folded to a line.
    peek: said.slice(0, 200),
    paragraphs: cutText(reflow(beginning(said)), []),
    quoted:
      folded && newText.trim() !== ''
        ? {
            label: count(Math.max(1, quotedLines), 'quoted line', 'quoted lines'),
            text: beginning(text.trim()),
          }
        : null,
    cut: Math.max(said.length, folded ? text.trim().length : 0) > longestShown,
    hasHtml: message.hasHtml,
    attachments: attachments.map(({ index, filename, size }) => ({
      url: `/messages/${id}/attachments/${index}`,
      filename,
      size,
    })),
    state: message.state,
    stateReason: message.stateReason,
  };
}

function marksOf(reply: string, draft: DraftView): Mark[] {
  const cites = draft.citations.flatMap(({ quote }, index): Mark[] => {
    const place = citedPlace(reply, quote);
    return place === null ? [] : [{ ...place, kind: 'cite', number: index + 1 }];
  });
  const flaws = draft.checks
    .filter(({ passed }) => !passed)
    .flatMap(({ spans }, index) =>
      spans.map(({ start, end }): Mark => ({ start, end, kind: 'flaw', number: index + 1 })),
    );
  return [...cites, ...flaws];
}

/** Where a reply to message `id` goes, by the rule that `approve` goes by. */
function recipientOf(messages: readonly MessageView[], id: number) {
  const answered = messages.find((message) => message.id === id);
  // Only where so many messages came since that this one is not shown; such a draft is stale.
  if (answered === undefined) return { address: null, warning: null };
  const { fromName: name, fromAddress, replyTo } = answered;
  const from = { name, address: fromAddress ?? '' };
  const { to, warning } = replyRecipient({ from, replyTo });
  return { address: to?.address ?? null, warning };
}

/** A draft that somebody can decide on. */
function openDraft(draft: DraftView, { messages, lastMessageId }: ConversationView) {
  const reply = draft.reply ?? '';
  const flaws = draft.checks
    .filter(({ passed }) => !passed)
    .map(({ check, message }, index) => ({ number: index + 1, title: humanize(check), message }));
  const failed = draft.state === 'failed';
  const ready = draft.state === 'ready';
  return {
    id: draft.id,
    state: draft.state,
    ready,
    failed,
    heading: failed ? 'No draft' : ready ? 'Draft' : 'Needs a person',
    reply,
    paragraphs: cutText(reply, marksOf(reply, draft)),
    flaws,
    flawed: flaws.length > 0,
    flawsWord: count(flaws.length, 'check', 'checks'),
    // What a careful agent does now: approve a clean draft, edit a doubtful one, else write.
    approvable: ready && reply.trim() !== '',
    recipient: recipientOf(messages, draft.messageId),
    errorText: draft.errorText,
    needsPersonReason: draft.needsPersonReason,
    lastMessageId: lastMessageId ?? draft.messageId,
    shownSha256: sha256(reply),
    reasons: reasonChoices,
  };
}

function draftFacts(draft: DraftView, mailbox: string) {
  return {
    mailbox,
    category: draft.category === null ? null : humanize(draft.category),
    urgent: draft.urgency === 'urgent',
    language: draft.language === null ? null : languageName(draft.language),
    prompt: draft.prompt,
    model: draft.model,
    latencyMs: draft.latencyMs,
    costUsd: draft.costUsd,
    tokens:
      draft.inputTokens === null || draft.outputTokens === null || draft.model === 'offline'
        ? null
        : `${(draft.inputTokens + (draft.cacheReadTokens ?? 0)).toLocaleString('en-GB')} in, ${draft.outputTokens.toLocaleString('en-GB')} out`,
  };
}

/** `returns#damaged` in words: `Returns, damaged`. */
function sectionTitle(section: string): string {
  return section.split('#').map(humanize).join(': ');
}

function evidence(draft: DraftView, mailbox: string) {
  const reply = draft.reply ?? '';
  return {
    citations: draft.citations.map(({ section, quote }, index) => ({
      number: index + 1,
      quote,
      section,
      title: sectionTitle(section),
      placed: citedPlace(reply, quote) !== null,
    })),
    missing: draft.missing,
    facts: draftFacts(draft, mailbox),
  };
}

type DraftKind = 'none' | 'waiting' | 'open' | 'decided' | 'stale';

function kindOf(draft: DraftView | null): DraftKind {
  if (draft === null) return 'none';
  if (draft.state === 'queued' || draft.state === 'drafting') return 'waiting';
  if (draft.state === 'stale') return 'stale';
  return draft.state === 'approved' || draft.state === 'rejected' ? 'decided' : 'open';
}

/** What changed under the eyes of somebody who was looking at draft `seen`. */
function changeNotice(draft: DraftView | null, seen: number | null): string | null {
  if (seen === null || draft === null || draft.id === seen) return null;
  return 'The draft you were reading is out of date: something new came in since. What you typed is kept.';
}

/**
 * The model of a conversation's page.
 *
 * @param seen the draft that the reader had before them, when the page looks again; else null.
 */
export function itemView(conversation: ConversationView, view: QueueView, seen: number | null) {
  const { id, subject, customer, mailbox, messages, draft, decision, delivery } = conversation;
  const kind = kindOf(draft);
  const which = conversation.otherConversations + 1;
  const language = draft?.language ?? null;
  return {
    ref: `c${id}`,
    url: `/queue/${view}/c${id}`,
    view,
    title: subject.trim() === '' ? '(no subject)' : subject,
    customer,
    about: [
      ...(which > 1 ? [`${ordinal(which)} conversation`] : []),
      ...(language === null ? [] : [languageName(language)]),
    ],
    messages: messages.map((message, index) =>
      messageView(message, customer.address, index < firstShown(messages)),
    ),
    draftId: draft?.id ?? null,
    // What the reader began with: a refresh of a refresh still knows.
    seen: seen ?? draft?.id ?? null,
    kind,
    changed: changeNotice(draft, seen),
    open: draft !== null && kind === 'open' ? openDraft(draft, conversation) : null,
    evidence: draft !== null && kind !== 'waiting' ? evidence(draft, mailbox.address) : null,
    outcome: outcomeView(draft, decision, delivery),
  };
}
