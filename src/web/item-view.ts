/** A conversation as its page shows it: mail, draft, what the draft rests on, what became of it. */

import type { LeavingRules } from '../domain/business-hours.ts';
import type { Enclosure, EnclosureLimits } from '../domain/enclosure.ts';
import { fileSize } from '../domain/file-size.ts';
import type { Cut } from '../domain/message.ts';
import { reachedWords } from '../domain/reached.ts';
import { blocksApproval } from '../domain/responder.ts';
import { possibleRecipients } from '../mail/copies.ts';
import { hasMarkup } from '../mail/markup.ts';
import { normalizeSubject } from '../mail/threading.ts';
import { type LeavingOf, leavingRules } from '../pipeline/schedule.ts';
import { attachmentCheck } from '../responder/checks/attachments.ts';
import type { ConversationView } from '../storage/conversation-view.ts';
import type { DraftView } from '../storage/draft-view.ts';
import { sha256 } from '../storage/hash.ts';
import type { MessageView } from '../storage/messages.ts';
import type { QueueView } from '../storage/queue.ts';
import { attachmentsView } from './attachment-view.ts';
import { nextFilesView, type ReplyFiles } from './enclosure-view.ts';
import { evidence, marksOf } from './evidence-view.ts';
import { type LabelChoices, labelsView } from './labels-view.ts';
import { leavingView } from './leaving-view.ts';
import { cutText } from './marked-text.ts';
import { messageHead } from './message-head.ts';
import { outcomeView } from './outcome-view.ts';
import { reasonChoices, reasonLabel } from './reasons.ts';
import { reflow } from './reflow.ts';
import { regroupingView, splittable, titleOf } from './regroup-view.ts';
import { otherReports, reportsOn } from './report-view.ts';
import { count, humanize, languageName, ordinal, zonedMoment } from './wording.ts';

/**
 * The customer's last message and what follows it are open; older ones are folded to a line. A bounce
 * or a mail that was held back must not fold away what the draft answers.
 */
function firstShown(messages: readonly MessageView[]): number {
  const filed = (state: MessageView['state']) => state === 'automated' || state === 'blocked';
  return messages.findLastIndex(({ direction, state }) => direction === 'inbound' && !filed(state));
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

/** `text` with every run of white space as one space: what is left out of a text shows in it. */
function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** What a person must know of a mail that was too large to be taken whole. */
function incompleteNotice({ kept, size }: Cut): string {
  const part = kept === 'header' ? 'header was' : 'beginning was';
  return `Only this mail’s ${part} fetched: it is too large. The whole mail, ${fileSize(size)}, is where it came from.`;
}

/** One message with its quoted history folded away. */
export function messageView(message: MessageView, customerAddress: string | null, old = false) {
  const { id, attachments, direction, fromAddress, state } = message;
  const [text, newText] = [message.text.trim(), message.newText.trim()];
  // Of what is shown: ten mails of 1 MB would hold up everybody's pages for a second.
  const [shownText, shownNew] = [beginning(text), beginning(newText)];
  const folded = text !== newText && squeezed(shownText) !== squeezed(shownNew);
  const quotedLines = shownText.split('\n').length - shownNew.split('\n').length;
  const said = newText === '' ? text : newText;
  const { pictures, files, small } = attachmentsView(id, attachments);
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
      ...(state === 'elsewhere' ? ['from another mail program'] : []),
      ...(state === 'imported' ? ['imported'] : []),
      ...(pictures.length > 0 ? [count(pictures.length, 'picture', 'pictures')] : []),
      ...(files.length > 0 ? [count(files.length, 'file', 'files')] : []),
    ].join(', '),
    // The first words stand in for a message that is folded to a line.
    peek: said.slice(0, 200),
    // Only what we sent is in our markup; its stars in another's mail are stars.
    formatted: state === 'outbound' && hasMarkup(beginning(said)) ? beginning(said) : null,
    paragraphs: cutText(reflow(beginning(said)), []),
    quoted:
      folded && newText !== ''
        ? {
            label: count(Math.max(1, quotedLines), 'quoted line', 'quoted lines'),
            text: shownText,
          }
        : null,
    cut: Math.max(said.length, folded ? text.length : 0) > longestShown,
    incomplete: message.cut === null ? null : incompleteNotice(message.cut),
    hasHtml: message.hasHtml,
    pictures,
    files,
    small,
    state,
    stateReason: message.stateReason,
  };
}

/** Where a reply to message `id` goes, by the rule that `approve` goes by. */
function recipientOf(
  messages: readonly MessageView[],
  id: number,
  ownAddresses: readonly string[],
) {
  const answered = messages.find((message) => message.id === id);
  // Only where so many messages came since that this one is not shown; such a draft is stale.
  if (answered === undefined) return { address: null, warning: null, copies: [] };
  const { to, warning, copies } = possibleRecipients(answered, ownAddresses);
  return {
    address: to?.address ?? null,
    warning,
    copies: copies.map(({ address, chosen }) => ({ address: address.address, chosen })),
  };
}

/** What is the same for every conversation of the shop. */
interface ShopFacts {
  /** Every address that mail of ours comes from. */
  ownAddresses: readonly string[];
  /** The headings of the policies' sections, by their ids. */
  sectionTitles: ReadonlyMap<string, string>;
  /** By mailbox name: when its replies leave. */
  mailboxes: LeavingOf;
  /** How much a reply may carry. */
  enclosureLimits: EnclosureLimits;
  /** What a mail's labels may be set to. */
  labels: LabelChoices;
}

/** The draft without what is settled by attached files: then it may speak of them. */
function withFiles(draft: DraftView | null, files: readonly Enclosure[]): DraftView | null {
  if (draft === null || files.length === 0) return draft;
  return { ...draft, checks: draft.checks.filter(({ check }) => check !== attachmentCheck.name) };
}

/** A draft that somebody can decide on. */
function openDraft(
  draft: DraftView,
  conversation: ConversationView,
  { ownAddresses, enclosureLimits }: ShopFacts,
  files: readonly Enclosure[],
  rules: LeavingRules,
) {
  const { messages, lastMessageId, takenBack, overtaken, rejection } = conversation;
  const now = new Date();
  const reply = draft.reply ?? '';
  const flaws = draft.checks
    .filter(blocksApproval)
    .map(({ check, message }, index) => ({ number: index + 1, title: humanize(check), message }));
  const remarks = draft.checks
    .filter((check) => !check.passed && !blocksApproval(check))
    .map(({ check, message }) => ({ title: humanize(check), message }));
  const failed = draft.state === 'failed';
  const ready = draft.state === 'ready';
  const approvable = ready && reply.trim() !== '';
  return {
    id: draft.id,
    state: draft.state,
    ready,
    failed,
    heading: failed ? 'No draft' : ready ? 'Draft' : 'Needs a person',
    reply,
    paragraphs: cutText(reply, marksOf(reply, draft)),
    flaws,
    remarks,
    flawed: flaws.length > 0,
    flawsWord: count(flaws.length, 'check', 'checks'),
    // What a careful agent does now: approve a clean draft, edit a doubtful one, else write.
    approvable,
    written: reply.trim() !== '',
    // Whoever writes the reply goes on from the one that did not go out.
    beginning: approvable ? reply : (takenBack?.text ?? reply),
    givenUp:
      takenBack?.refusal == null
        ? null
        : { ...takenBack, reached: reachedWords(takenBack.delivery) },
    recipient: recipientOf(messages, draft.messageId, ownAddresses),
    leaving: leavingView(rules, null, now),
    overtaken:
      overtaken === null
        ? null
        : {
            ...overtaken,
            words: zonedMoment(overtaken.planned, overtaken.timeZone ?? rules.timeZone, now),
          },
    rejection:
      rejection === null
        ? null
        : { ...rejection, reasons: rejection.reasons.map(reasonLabel).join(', ') },
    errorText: draft.errorText,
    needsPersonReason: draft.needsPersonReason,
    lastMessageId: lastMessageId ?? draft.messageId,
    shownSha256: sha256(reply),
    files: nextFilesView(files, draft.messageId, enclosureLimits),
    reasons: reasonChoices,
  };
}

type DraftKind = 'none' | 'waiting' | 'open' | 'decided' | 'stale' | 'answered';

function kindOf(draft: DraftView | null): DraftKind {
  if (draft === null) return 'none';
  if (draft.state === 'queued' || draft.state === 'drafting') return 'waiting';
  if (draft.state === 'stale' || draft.state === 'answered') return draft.state;
  return draft.state === 'approved' || draft.state === 'rejected' ? 'decided' : 'open';
}

/** The subject of a message where it is another than before; the customer may mean a new matter. */
function changedSubject({ subject }: MessageView, before: string): string | null {
  return normalizeSubject(subject) === normalizeSubject(before) ? null : titleOf(subject);
}

/** What changed under the eyes of somebody who was looking at draft `seen`. */
function changeNotice(draft: DraftView | null, seen: number | null): string | null {
  if (seen === null || draft === null || draft.id === seen) return null;
  return 'The draft you were reading is out of date: something new came in since. What you typed is kept.';
}

/**
 * The model of a conversation's page.
 *
 * @param shop what is the same for every conversation.
 * @param files what its replies carry.
 * @param seen the draft that the reader had before them, when the page looks again; else null.
 */
export function itemView(
  conversation: ConversationView,
  view: QueueView,
  seen: number | null,
  shop: ShopFacts,
  files: ReplyFiles,
) {
  const { id, subject, customer, mailbox, messages } = conversation;
  const draft = withFiles(conversation.draft, files.next);
  const { lastMessageId, reports } = conversation;
  const kind = kindOf(draft);
  const rules = leavingRules(shop.mailboxes, mailbox.name);
  const which = conversation.otherConversations + 1;
  const labels = draft === null ? null : labelsView(draft, shop.labels);
  const language = labels === null ? draft?.language : null;
  return {
    ref: `c${id}`,
    url: `/queue/${view}/c${id}`,
    view,
    title: titleOf(subject),
    customer,
    about: [
      ...(which > 1 ? [`${ordinal(which)} conversation`] : []),
      ...(language ? [languageName(language)] : []),
    ],
    labels,
    messages: messages.map((message, index) => ({
      ...messageView(message, customer.address, index < firstShown(messages)),
      ...messageHead(message, mailbox.address),
      subject: changedSubject(message, messages[index - 1]?.subject ?? subject),
      reports: reportsOn(reports, message.id),
      // Held back, or taken for a copy: a person may know better.
      canAnswer: message.state === 'blocked',
    })),
    otherReports: otherReports(reports, messages),
    canSplit: splittable(conversation).length > 0,
    regrouping: regroupingView(conversation.regrouping, id, view),
    draftId: draft?.id ?? null,
    // What the reader began with: a refresh of a refresh still knows.
    seen: seen ?? draft?.id ?? null,
    kind,
    // What a model has written so far of a draft that is on its way.
    growing: draft?.partial ?? '',
    changed: changeNotice(draft, seen),
    open:
      draft !== null && kind === 'open'
        ? openDraft(draft, conversation, shop, files.next, rules)
        : null,
    evidence:
      draft !== null && kind !== 'waiting' && kind !== 'answered'
        ? evidence(draft, mailbox.address, shop.sectionTitles)
        : null,
    answered:
      kind === 'answered'
        ? { draftId: draft?.id, at: draft?.answeredAt, current: draft?.messageId === lastMessageId }
        : null,
    outcome: outcomeView(conversation, files.decided, rules),
  };
}
