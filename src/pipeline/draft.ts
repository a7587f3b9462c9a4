/** Draft: the responder answers one conversation at its last message, and the draft is kept. */

import { toldAttachments } from '../domain/attachment-words.ts';
import { asAttachments } from '../domain/enclosure.ts';
import { asReplywrightError, explain, ReplywrightError } from '../domain/errors.ts';
import type { FactSheet } from '../domain/facts.ts';
import type { Labels } from '../domain/labels.ts';
import type { ConversationTurn, DraftInput, ModelCall } from '../domain/responder.ts';
import { withClosing } from '../mail/quoted-text.ts';
import type { MailInQuestion } from '../responder/context/gather.ts';
import { moveDraft, unlessChanged } from '../storage/compare-and-set.ts';
import { loadConversationHead } from '../storage/conversations.ts';
import { rejectionsOf } from '../storage/decisions.ts';
import { pendingReplies } from '../storage/deliveries.ts';
import { type BegunDraft, beginDrafting, type Drafter, finishDrafting } from '../storage/drafts.ts';
import { enclosuresOf } from '../storage/enclosures.ts';
import type { Jobs } from '../storage/jobs.ts';
import { labelRunning } from '../storage/labels.ts';
import { type MessageView, turnsUpTo } from '../storage/messages.ts';
import { keepCalls } from '../storage/model-calls.ts';
import { askForShadow } from '../storage/shadow-drafts.ts';
import type { Db } from '../storage/tables.ts';
import { type ChoosingParts, chooseResponder, chooseShadow } from './choose-responder.ts';
import { type Growing, growing } from './growing.ts';
import { labelledMails } from './labels.ts';
import { insist, retryDelayMs } from './retry.ts';
import { type SpendingParts, spendGuard } from './spending.ts';

/** How the shop presents itself in one mailbox. */
export interface MailboxIdentity {
  address: string;
  displayName: string;
  signature: string;
  /** ISO 639-1; of replies where that of the mail cannot be told. Null leaves it to the responder. */
  language?: string | null;
}

export interface DraftParts extends ChoosingParts, SpendingParts {
  jobs: Jobs;
  /**
   * What the shop's systems say that this mail's sender may be told.
   *
   * @throws what aborted `signal`.
   */
  factsFor(mail: MailInQuestion, signal: AbortSignal): Promise<FactSheet>;
  shopName: string;
  /** By mailbox name. */
  identities: ReadonlyMap<string, MailboxIdentity>;
  /** Drafts that wait beyond so many newer ones are ordered in batches; null or absent: none. */
  batchBeyond?: number | null;
}

/** After this many failures in a row (about a day) a person is asked to look. */
const mostFailures = 150;

/** How much of a long conversation the model is shown; what came before stays in the desk. */
const mostTurns = 20;

/** The files of a mail, and what is missing of it: who drafts must not take a header for all. */
function attachmentsOf({ attachments, cut }: MessageView): string[] {
  const files = toldAttachments(attachments);
  return cut === null ? files : [...files, 'the rest of this mail, which was too large to be read'];
}

function turnOf(message: MessageView): ConversationTurn {
  return {
    direction: message.direction,
    from: { name: message.fromName, address: message.fromAddress ?? '' },
    date: message.at,
    text: withClosing(message.newText, message.text),
    attachments: attachmentsOf(message),
  };
}

/**
 * The conversation with the mail to answer last. Replies that are approved and not yet sent stand
 * before it, or the next one would say the same again.
 */
function turnsOf(
  messages: MessageView[],
  pending: { text: string; at: Date; attachments: string[] }[],
  from: MailboxIdentity,
): ConversationTurn[] {
  const ours = pending.map(
    ({ text, at, attachments }): ConversationTurn => ({
      direction: 'outbound',
      from: { name: from.displayName, address: from.address },
      date: at,
      text,
      attachments,
    }),
  );
  return [...messages.slice(0, -1).map(turnOf), ...ours, ...messages.slice(-1).map(turnOf)];
}

/** Approved replies that are on their way, with what they carry. */
async function pendingWithFiles(db: Db, conversationId: number) {
  const replies = await pendingReplies(db, conversationId);
  return await Promise.all(
    replies.map(async (reply) => {
      const files = await enclosuresOf(db, reply.decisionId);
      return { ...reply, attachments: toldAttachments(asAttachments(files)) };
    }),
  );
}

/** What decides which facts are told: the mail to answer and its sender, whoever else wrote before. */
function mailInQuestion(messages: readonly MessageView[], subject: string): MailInQuestion {
  const mail = messages.at(-1);
  return {
    texts: [mail?.newText ?? '', subject, ...messages.toReversed().map(({ text }) => text)],
    sender: mail?.fromAddress ?? '',
    trust: { result: mail?.senderTrust ?? 'none', domain: mail?.senderTrustDomain ?? null },
    replyTo: mail?.replyTo?.address ?? null,
  };
}

/**
 * Everything that a draft is made from.
 *
 * @throws ReplywrightError `mailbox_unconfigured`; what aborted `signal`.
 */
export async function inputFor(
  parts: DraftParts,
  draft: Pick<BegunDraft, 'conversationId' | 'messageId'>,
  signal: AbortSignal,
): Promise<DraftInput> {
  const [head, messages, pending, rejected] = await Promise.all([
    loadConversationHead(parts.db, draft.conversationId),
    turnsUpTo(parts.db, draft.conversationId, draft.messageId, mostTurns),
    pendingWithFiles(parts.db, draft.conversationId),
    rejectionsOf(parts.db, draft.messageId),
  ]);
  const identity = parts.identities.get(head.mailboxName);
  if (identity === undefined)
    throw new ReplywrightError('mailbox_unconfigured', { name: head.mailboxName });
  // The mail to answer stands last; its subject may be another than the conversation's.
  const subject = messages.at(-1)?.subject || head.subject;
  return {
    mailbox: {
      name: head.mailboxName,
      address: identity.address,
      shopName: parts.shopName,
      signature: identity.signature,
      language: identity.language ?? null,
    },
    now: new Date(),
    customer: head.customer,
    senderTrust: messages.at(-1)?.senderTrust ?? 'none',
    facts: await parts.factsFor(mailInQuestion(messages, subject), signal),
    subject,
    turns: turnsOf(messages, pending, identity),
    rejected,
    labelled: await labelledMails(parts.db, head.mailboxId, head.customer.address),
  };
}

/** Puts a failed attempt back to be tried again, or before a person when that is no use. */
async function giveUp(
  parts: DraftParts,
  draftId: number,
  { attempt }: BegunDraft,
  failures: number,
  error: ReplywrightError,
): Promise<void> {
  const trouble = { error_code: error.code, error_text: explain(error) };
  await parts.db.transaction().execute(async (tx) => {
    if (error.code === 'model_refused') {
      const patch = { needs_person_reason: explain(error) };
      await moveDraft(tx, draftId, 'drafting', 'needs_person', patch, attempt);
    } else if (error.transient && failures < mostFailures) {
      await moveDraft(tx, draftId, 'drafting', 'queued', trouble, attempt);
      const after = new Date(Date.now() + retryDelayMs(failures, error.retryAfterMs));
      const counted = error.waits ? failures : failures + 1;
      await parts.jobs.send(tx, 'draft', { draftId, failures: counted }, after);
    } else {
      await moveDraft(tx, draftId, 'drafting', 'failed', trouble, attempt);
    }
  });
}

/** One attempt at a draft, and what is known of it however it ends. */
interface Attempt {
  draftId: number;
  begun: BegunDraft;
  /** Null until one is chosen. */
  drafter: Drafter | null;
  calls: ModelCall[];
  /** What pages show meanwhile. */
  growing: Growing;
}

/** Keeps the calls of an attempt that gave no draft: they cost as much as those of one that did. */
async function keepFailed(
  { db, log }: DraftParts,
  { draftId, begun, drafter, calls }: Attempt,
): Promise<void> {
  if (drafter === null || calls.length === 0) return;
  const made = { of: { draftId }, attempt: begun.attempt, by: drafter.identity };
  try {
    await db.transaction().execute((tx) => keepCalls(tx, made, calls));
  } catch (error) {
    // A record less is bad, but a mail that waits for it would be worse.
    log.error('calls_not_kept', { draftId, error });
  }
}

/** Keeps how a first call sorts the mail, so that the queue is in order before the draft is made. */
async function noteLabels(
  { db, log }: DraftParts,
  { draftId, begun: { attempt } }: Attempt,
  labels: Labels,
): Promise<void> {
  try {
    await db.transaction().execute((tx) => labelRunning(tx, { draftId, attempt }, labels));
  } catch (error) {
    // The draft brings labels of its own.
    log.warn('labels_not_kept', { draftId, error });
  }
}

async function keepResult(parts: DraftParts, attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { draftId, begun } = attempt;
  const { conversationId } = begun;
  const input = await inputFor(parts, begun, signal);
  const name = await chooseResponder(parts, input.mailbox.name, conversationId);
  const responder = parts.responders.get(name);
  const drafter = { name, identity: responder.identity };
  attempt.drafter = drafter;
  const shadow = await chooseShadow(parts, input.mailbox.name, conversationId, name);
  const spending = spendGuard(parts, begun.messageId);
  const result = await responder.draft(input, signal, {
    onCall: (call) => attempt.calls.push(call),
    onText: (partial) => attempt.growing.onText(partial),
    onLabels: (labels) => void noteLabels(parts, attempt, labels),
    ...(spending && { spending }),
  });
  attempt.calls = [...result.calls];
  // The answer is paid for, and known nowhere else.
  await insist(() =>
    parts.db.transaction().execute(async (tx) => {
      await finishDrafting(tx, draftId, begun.attempt, drafter, { ...result, facts: input.facts });
      if (shadow !== null) await askForShadow(tx, parts.jobs, draftId, shadow, input);
    }),
  );
}

/**
 * Drafts one reply. Does nothing when the draft no longer wants it; a result that comes too late,
 * because the customer wrote again meanwhile, is dropped.
 *
 * @param signal aborts the model call; the draft is then queued again, and its job fails so that
 *   another worker takes it up.
 */
export async function draftReply(
  parts: DraftParts,
  { draftId, failures }: { draftId: number; failures: number },
  signal: AbortSignal,
): Promise<void> {
  const { db, log } = parts;
  const begun = await db.transaction().execute((tx) => beginDrafting(tx, draftId));
  if (begun === null) return;
  const shown = growing(parts, { draftId, attempt: begun.attempt });
  const attempt: Attempt = { draftId, begun, drafter: null, calls: [], growing: shown };
  try {
    await keepResult(parts, attempt, signal);
    log.info('draft_ready', { draftId });
  } catch (cause) {
    await keepFailed(parts, attempt);
    if (signal.aborted) {
      const putBack = db
        .transaction()
        .execute((tx) => moveDraft(tx, draftId, 'drafting', 'queued', {}, begun.attempt));
      await unlessChanged(putBack);
      throw cause;
    }
    const error = asReplywrightError(cause);
    if (error.code === 'state_changed') return;
    log.warn('draft_failed', { draftId, error });
    await unlessChanged(giveUp(parts, draftId, begun, failures, error));
  } finally {
    await shown.end();
  }
}
