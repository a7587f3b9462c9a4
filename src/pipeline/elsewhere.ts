/**
 * Elsewhere: what a colleague sent from another mail program joins its conversation, and what we
 * had drafted or approved in answer to the same mail is not sent as well.
 */

import { normalizeReply } from '../domain/decision.ts';
import { ReplywrightError } from '../domain/errors.ts';
import type { ParsedMail } from '../domain/message.ts';
import { type Reach, reachedWords } from '../domain/reached.ts';
import type { Log } from '../log.ts';
import { answerability } from '../mail/automated.ts';
import { withClosing } from '../mail/quoted-text.ts';
import { normalizeSubject, referencedIds } from '../mail/threading.ts';
import { moveDelivery, moveDraft, moveMessage } from '../storage/compare-and-set.ts';
import {
  conversationOfMessage,
  lockConversation,
  standingConversation,
  touchConversation,
} from '../storage/conversations.ts';
import { markUndone } from '../storage/decisions.ts';
import { conversationOfDelivery, lockDelivery } from '../storage/deliveries.ts';
import { createDraft, loadDraft } from '../storage/drafts.ts';
import type { Jobs } from '../storage/jobs.ts';
import { lockFiling } from '../storage/mailboxes.ts';
import { parsedColumns } from '../storage/messages.ts';
import {
  type Answered,
  adoptReplies,
  findAnswered,
  lockUnsent,
  openDraftFor,
} from '../storage/replies.ts';
import { findOwnDelivery } from '../storage/sent-folder.ts';
import type { Db, Tx } from '../storage/tables.ts';
import { offerReplies } from './candidates.ts';
import { askForLookAtCopy } from './look-in-sent.ts';
import { adoptEarlierReports } from './reported.ts';
import { writerOf } from './thread.ts';

interface SentParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  learnFromSent: boolean;
}

/** Why a reply was stopped; a copy of it may have been taken before. */
function stoppedWords(delivery: Reach): string {
  return `A colleague has answered this mail from another mail program, so the reply that was approved here was stopped. ${reachedWords(delivery)} Send it only if the customer should get both.`;
}

/** Everybody that a mail of ours went to, in lower case. */
export function recipientsOf(mail: ParsedMail): string[] {
  return [...mail.to, ...mail.cc].map(({ address }) => address.toLowerCase());
}

/** What a mail of ours tells about the mail that it answers. */
function replyOf(mailboxId: number, mail: ParsedMail, at: Date) {
  return {
    mailboxId,
    headerMessageId: mail.messageId,
    referenced: referencedIds(mail),
    recipients: recipientsOf(mail),
    normalizedSubject: normalizeSubject(mail.subject),
    at,
  };
}

/**
 * Locks the conversation that holds what was answered by now: it may be merged or split meanwhile.
 * What was approved in answer to the same mails is locked before it, as an undo does.
 */
async function lockAnswered(tx: Tx, { conversationId, messageIds }: Answered) {
  const [messageId] = messageIds;
  if (messageId === undefined)
    return await lockConversation(tx, () => standingConversation(tx, conversationId));
  await lockUnsent(tx, messageIds);
  return await lockConversation(
    tx,
    async () => (await conversationOfMessage(tx, messageId)) ?? conversationId,
  );
}

/**
 * Draws the consequences of a colleague's reply: an open draft is answered, and what was approved
 * but not yet given to a server is stopped. The person who approved that finds it in the queue
 * again: never two answers without somebody wanting it.
 */
async function closeAnswered(tx: Tx, answered: Answered, replyId: number): Promise<void> {
  const { messageIds } = answered;
  if (messageIds.length === 0) return;
  const { id: conversationId, lastMessageId } = await lockAnswered(tx, answered);
  const open = await openDraftFor(tx, conversationId, messageIds);
  if (open !== null) await moveDraft(tx, open.id, open.state, 'answered', { answered_by: replyId });
  for (const unsent of await lockUnsent(tx, messageIds)) {
    const { id, messageId, decisionId, draftId } = unsent;
    const delivery = await lockDelivery(tx, id);
    if (delivery?.state !== 'held' && delivery?.state !== 'queued') continue;
    await moveDelivery(tx, id, delivery.state, 'cancelled', { answer: null });
    await markUndone(tx, decisionId, null);
    const patch = { needs_person_reason: stoppedWords(delivery) };
    if (lastMessageId === messageId)
      await moveDraft(tx, draftId, 'approved', 'needs_person', patch);
    else await moveDraft(tx, draftId, 'approved', 'stale');
  }
}

async function offerIfWanted(
  tx: Tx,
  parts: Pick<SentParts, 'learnFromSent'>,
  { messageIds }: Answered,
  replyId: number,
): Promise<void> {
  const [messageId] = messageIds;
  if (parts.learnFromSent && messageId !== undefined)
    await offerReplies(tx, [{ messageId, replyId }], 'sent_folder');
}

/**
 * Files a mail from the Sent folder: a copy of what we sent ourselves, a colleague's reply, or
 * something that answers nobody. That is kept, but starts no conversation: the conversation begins
 * when a customer writes.
 */
export async function fileSent(
  parts: SentParts,
  { id: messageId, mailboxId }: { id: number; mailboxId: number },
  mail: ParsedMail,
): Promise<void> {
  const at = mail.date ?? new Date();
  const verdict = answerability(mail, []);
  const automatic = verdict.state === 'automated';
  const state = await parts.db.transaction().execute(async (tx) => {
    const bases = recipientsOf(mail).map((address) => writerOf(address).base);
    await lockFiling(tx, bases);
    const columns = parsedColumns(mail);
    const reply = replyOf(mailboxId, mail, at);
    const texts = [mail.text, withClosing(mail.newText, mail.text)].map(normalizeReply);
    const own = await findOwnDelivery(tx, mailboxId, { ...reply, texts });
    if (own !== null) {
      const held = await lockConversation(
        tx,
        async () => (await conversationOfDelivery(tx, own.id)) ?? own.conversationId,
      );
      const patch = { ...columns, conversation_id: held.id };
      await moveMessage(tx, messageId, 'stored', 'copy', patch);
      // The same text may be a colleague's, who sent it once more; the Message-ID is ours alone.
      if (own.named && ['uncertain', 'queued', 'refused'].includes(own.state))
        await askForLookAtCopy(tx, parts, own.id);
      return 'copy';
    }
    const found = await findAnswered(tx, reply);
    const answered =
      found === null ? null : { ...found, conversationId: (await lockAnswered(tx, found)).id };
    const conversation_id = answered?.conversationId ?? null;
    const state_reason = automatic ? verdict.reason : null;
    const patch = { ...columns, conversation_id, state_reason };
    await moveMessage(tx, messageId, 'stored', 'elsewhere', patch);
    if (answered === null) return 'elsewhere';
    await touchConversation(tx, answered.conversationId);
    const { conversationId } = answered;
    const headerMessageId = mail.messageId;
    await adoptEarlierReports(tx, { id: messageId, mailboxId, conversationId, headerMessageId });
    // "We have got your mail" answers nothing.
    if (automatic) return 'elsewhere';
    await closeAnswered(tx, answered, messageId);
    await offerIfWanted(tx, parts, answered, messageId);
    return 'elsewhere';
  });
  parts.log.info('sent_mail_filed', { messageId, state });
}

/** A customer's mail that was filed just now. */
interface Filed {
  mailboxId: number;
  conversationId: number;
  messageId: number;
  mail: ParsedMail;
}

/** Takes in what colleagues sent to a customer before we read the customer's mail. */
export async function adoptEarlierReplies(
  tx: Tx,
  parts: Pick<SentParts, 'learnFromSent'>,
  { mailboxId, conversationId, messageId, mail }: Filed,
): Promise<void> {
  const replies = await adoptReplies(tx, {
    mailboxId,
    conversationId,
    headerMessageId: mail.messageId,
    referenced: referencedIds(mail),
    addresses: [mail.from, mail.replyTo].flatMap((each) => each?.address.toLowerCase() ?? []),
  });
  const [first] = replies;
  if (first === undefined) return;
  const answered = { conversationId, messageIds: [messageId] };
  await closeAnswered(tx, answered, first);
  await offerIfWanted(tx, parts, answered, first);
}

/**
 * A person wants to answer all the same: another draft is made, which knows what was answered.
 *
 * @throws ReplywrightError `not_found`, `state_changed`, `draft_stale`.
 */
export async function askForReplyAllTheSame(
  parts: { db: Db; jobs: Jobs },
  { draftId }: { draftId: number },
): Promise<{ conversationId: number }> {
  return await parts.db.transaction().execute(async (tx) => {
    const { id: conversationId, lastMessageId } = await lockConversation(
      tx,
      async () => (await loadDraft(tx, draftId)).conversationId,
    );
    const draft = await loadDraft(tx, draftId);
    if (draft.state !== 'answered')
      throw new ReplywrightError('state_changed', {
        what: 'draft',
        expected: 'answered from another mail program',
        actual: draft.state,
      });
    if (draft.messageId !== lastMessageId) throw new ReplywrightError('draft_stale');
    await moveDraft(tx, draftId, 'answered', 'stale');
    const next = await createDraft(tx, conversationId, draft.messageId);
    await parts.jobs.send(tx, 'draft', { draftId: next, failures: 0 });
    return { conversationId };
  });
}
