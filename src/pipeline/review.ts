/** Review: what a person decides on a draft, bound to exactly what that person was shown. */

import { randomUUID } from 'node:crypto';
import { approvalOf, normalizeReply, type Reason } from '../domain/decision.ts';
import type { Enclosure } from '../domain/enclosure.ts';
import { ReplywrightError } from '../domain/errors.ts';
import type { CheckResult } from '../domain/responder.ts';
import { possibleRecipients } from '../mail/copies.ts';
import { newMessageId } from '../mail/message-id.ts';
import { wellFormed } from '../mail/text-hygiene.ts';
import { attachmentCheck, attachmentWords } from '../responder/checks/attachments.ts';
import { moveDraft } from '../storage/compare-and-set.ts';
import { setLastMessage } from '../storage/conversations.ts';
import { lockDecision, markUndone, recordDecision } from '../storage/decisions.ts';
import { holdDelivery, type Plan } from '../storage/deliveries.ts';
import {
  createDraft,
  isDecidedLater,
  lockConversationOfDraft,
  staleOpenDraft,
} from '../storage/drafts.ts';
import { enclosureSetHash, looseEnclosures, settleEnclosures } from '../storage/enclosures.ts';
import { sha256 } from '../storage/hash.ts';
import type { Jobs } from '../storage/jobs.ts';
import { loadForReply } from '../storage/messages.ts';
import type { Db } from '../storage/tables.ts';
import { type Decidable, lockDecidable } from './decidable.ts';
import {
  afterUndo,
  askToDeliver,
  cancelUnsent,
  type LeavingChoice,
  type LeavingOf,
  leavingRules,
  planOf,
} from './schedule.ts';

export interface ReviewParts {
  db: Db;
  jobs: Jobs;
  /** How long an approved reply is held before it is sent, in seconds. */
  undoSeconds: number;
  /** Every address that mail of ours comes from. */
  ownAddresses: readonly string[];
  mailboxes: LeavingOf;
}

/** Longer than any reply a person writes, shorter than what a mail server minds. */
const longestReply = 100_000;

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

export interface Approval {
  draftId: number;
  accountId: number;
  /** The reply to send. */
  text: string;
  /** The conversation's last message as it was shown. */
  lastMessageId: number;
  /** SHA-256 (hex) of the draft's text as it was shown; of the empty text where there was none. */
  shownSha256: string;
  /** The attached files as they were shown, named by `enclosureSetHash`. */
  enclosuresSha256: string;
  /** The person means to send a reply that speaks of an attachment without one. */
  withoutFile: boolean;
  /** The person has seen the failed checks and approves all the same. */
  override: boolean;
  /** Addresses among those of the mail answered that get a copy of the reply. */
  copies: readonly string[];
  /** When it leaves; null leaves that to the mailbox's rule. */
  leaving: LeavingChoice | null;
  reasons: Reason[];
  note: string | null;
}

function checkShown(draft: Decidable, enclosures: readonly Enclosure[], approval: Approval): void {
  if (approval.lastMessageId !== draft.messageId) throw new ReplywrightError('draft_stale');
  if (approval.shownSha256 !== sha256(draft.reply ?? ''))
    throw new ReplywrightError('draft_text_changed');
  if (approval.enclosuresSha256 !== enclosureSetHash(enclosures))
    throw new ReplywrightError('attachments_changed');
}

/**
 * The failed checks that the final text still falls under: those whose words stand in it unchanged,
 * and those that concern the reply as a whole. What it says of attachments is looked at anew.
 */
function standingChecks(draft: Decidable, finalText: string): CheckResult[] {
  const drafted = draft.reply ?? '';
  return draft.failedChecks.filter(
    ({ check, spans }) =>
      check !== attachmentCheck.name &&
      (spans.length === 0 ||
        spans.some(({ start, end }) => finalText.includes(drafted.slice(start, end).trim()))),
  );
}

/**
 * True when the text speaks of an attachment and there is none.
 *
 * @throws ReplywrightError `attachment_missing` unless the person said to send it all the same: in
 *   the editor, or with the failed checks that were shown.
 */
function lacksFile(
  draft: Decidable,
  enclosures: readonly Enclosure[],
  finalText: string,
  approval: Approval,
): boolean {
  if (enclosures.length > 0 || attachmentWords(finalText).length === 0) return false;
  const shown = draft.failedChecks.some(({ check }) => check === attachmentCheck.name);
  if (!approval.withoutFile && !(shown && approval.override))
    throw new ReplywrightError('attachment_missing');
  return true;
}

function checkReply(text: string): void {
  // White space and characters that only format others, such as a zero-width space.
  if (/^[\s\p{Cf}]*$/u.test(text)) throw new ReplywrightError('reply_empty');
  if (text.length > longestReply)
    throw new ReplywrightError('reply_too_long', { limit: longestReply });
}

/** Where a reply goes, by the mail it answers alone; a person chooses only among whom that names. */
function recipientsOf(
  message: Awaited<ReturnType<typeof loadForReply>>,
  chosen: readonly string[],
  ownAddresses: readonly string[],
) {
  const mail = { ...message, ...message.recipients };
  const { to: recipient, copies: possible } = possibleRecipients(mail, ownAddresses);
  if (recipient === null) throw new ReplywrightError('no_recipient');
  const copies = possible.filter(({ address }) => chosen.includes(address.address));
  if (copies.length < new Set(chosen).size)
    throw new ReplywrightError('input_invalid', {
      detail: 'A copy goes only to whom the mail names',
    });
  return { recipient, copies: copies.map(({ address }) => address) };
}

/**
 * Approves a reply. It is held for the undo window and then delivered to the address that code
 * found in the customer's mail.
 *
 * @throws ReplywrightError `not_found`, `state_changed`, `draft_stale`, `draft_text_changed`,
 *   `attachments_changed`, `attachment_missing`, `draft_checks_failed`, `reply_empty`,
 *   `reply_too_long`, `no_recipient`, `input_invalid`.
 */
export async function approve(
  parts: ReviewParts,
  approval: Approval,
): Promise<{ decisionId: number; deliveryId: number; holdUntil: Date; plan: Plan }> {
  const finalText = normalizeReply(wellFormed(approval.text, approval.text.length));
  checkReply(finalText);
  return await parts.db.transaction().execute(async (tx) => {
    const draft = await lockDecidable(tx, approval.draftId);
    const enclosures = await looseEnclosures(tx, draft.conversationId);
    checkShown(draft, enclosures, approval);
    const { verdict, origin } = approvalOf(draft.reply, finalText);
    const flawed = standingChecks(draft, finalText).length > 0;
    if (flawed && !approval.override) throw new ReplywrightError('draft_checks_failed');
    const fileless = lacksFile(draft, enclosures, finalText, approval);
    const message = await loadForReply(tx, draft.messageId);
    const { recipient, copies } = recipientsOf(message, approval.copies, parts.ownAddresses);
    const rules = leavingRules(parts.mailboxes, draft.mailboxName);
    const plan = planOf(approval.leaving, rules, afterUndo(parts.undoSeconds));
    const { conversationId, mailboxId, messageId } = draft;
    const decisionId = await recordDecision(tx, {
      draftId: draft.id,
      accountId: approval.accountId,
      verdict,
      draftState: draft.state,
      finalText,
      origin,
      reasons: approval.reasons,
      note: approval.note,
      override: flawed || fileless,
      redraft: false,
    });
    await settleEnclosures(tx, conversationId, decisionId);
    await moveDraft(tx, draft.id, draft.state, 'approved');
    const { id: deliveryId, holdUntil } = await holdDelivery(tx, {
      decisionId,
      conversationId,
      mailboxId,
      messageId,
      headerMessageId: newMessageId(domainOf(message.mailboxAddress), randomUUID()),
      recipient,
      copies,
      undoSeconds: parts.undoSeconds,
      plan,
    });
    await askToDeliver(tx, parts.jobs, deliveryId, holdUntil);
    return { decisionId, deliveryId, holdUntil, plan };
  });
}

export interface Rejection {
  draftId: number;
  accountId: number;
  reasons: Reason[];
  note: string | null;
  /** Ask for another draft; otherwise no reply is needed. */
  redraft: boolean;
}

/**
 * Rejects a draft, and asks for another one on wish.
 *
 * @throws ReplywrightError `not_found`, `state_changed`, `draft_stale`.
 */
export async function reject(
  parts: ReviewParts,
  rejection: Rejection,
): Promise<{ decisionId: number }> {
  return await parts.db.transaction().execute(async (tx) => {
    const draft = await lockDecidable(tx, rejection.draftId);
    const decisionId = await recordDecision(tx, {
      draftId: draft.id,
      accountId: rejection.accountId,
      verdict: 'rejected',
      draftState: draft.state,
      finalText: null,
      origin: null,
      reasons: rejection.reasons,
      note: rejection.note,
      override: false,
      redraft: rejection.redraft,
    });
    await moveDraft(tx, draft.id, draft.state, 'rejected');
    // The next draft of a mail takes its files over; what is closed must not surprise a later reply.
    if (!rejection.redraft) await settleEnclosures(tx, draft.conversationId, decisionId);
    if (rejection.redraft) {
      const draftId = await createDraft(tx, draft.conversationId, draft.messageId);
      await parts.jobs.send(tx, 'draft', { draftId, failures: 0 });
    }
    return { decisionId };
  });
}

/**
 * Takes a decision back. An approval can be undone while its reply is held, or waits for a mail
 * server that has certainly taken none of it; a rejection until the draft that came of it is decided.
 *
 * @throws ReplywrightError `not_found`, `undo_too_late`.
 */
export async function undo(
  parts: ReviewParts,
  { decisionId, accountId }: { decisionId: number; accountId: number },
): Promise<{ conversationId: number }> {
  return await parts.db.transaction().execute(async (tx) => {
    const found = await lockDecision(tx, decisionId);
    if (found === null)
      throw new ReplywrightError('not_found', { what: 'decision', id: decisionId });
    const { draftId, deliveryId } = found;
    const locked = await lockConversationOfDraft(tx, draftId);
    const { id: conversationId, lastMessageId } = locked;
    if (found.undoneAt !== null) return { conversationId };
    // A merge may have put an older mail that waits before it: then this one waits before that.
    const comesLast = lastMessageId === null || found.messageId > lastMessageId;
    const outdated = !comesLast && lastMessageId !== found.messageId;
    if (!outdated && (await isDecidedLater(tx, conversationId, draftId)))
      throw new ReplywrightError('undo_too_late', { state: 'decided on a later draft' });
    if (deliveryId !== null) await cancelUnsent(tx, deliveryId);
    await markUndone(tx, decisionId, accountId);
    const standing = found.verdict === 'rejected' ? 'rejected' : 'approved';
    // The draft that replaced it gives way, unless it answers a newer message.
    if (!outdated) await staleOpenDraft(tx, conversationId);
    if (comesLast) await setLastMessage(tx, conversationId, found.messageId);
    await moveDraft(tx, draftId, standing, outdated ? 'stale' : found.draftState);
    return { conversationId };
  });
}

/**
 * Tries again to draft what failed.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function requestRedraft(
  parts: ReviewParts,
  { draftId }: { draftId: number },
): Promise<void> {
  await parts.db.transaction().execute(async (tx) => {
    await moveDraft(tx, draftId, 'failed', 'queued', { error_code: null, error_text: null });
    await parts.jobs.send(tx, 'draft', { draftId, failures: 0 });
  });
}
