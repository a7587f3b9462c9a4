/** Triage: a stored message is parsed, judged answerable or not, threaded, and a draft asked for. */

import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { Answerability } from '../domain/message.ts';
import { normalizeSubject } from '../mail/threading.ts';
import { moveMessage } from '../storage/compare-and-set.ts';
import {
  addParticipants,
  createConversation,
  type LockedConversation,
  lockConversation,
  setLastMessage,
  standingConversation,
} from '../storage/conversations.ts';
import { createDraft, staleOpenDraft } from '../storage/drafts.ts';
import type { Jobs } from '../storage/jobs.ts';
import { lockFiling } from '../storage/mailboxes.ts';
import { loadForTriage, parsedColumns } from '../storage/messages.ts';
import { undecidedAmong } from '../storage/regroup.ts';
import type { Tx } from '../storage/tables.ts';
import { type HeldBack, heldBack, roomFor } from './caps.ts';
import { adoptEarlierReplies, fileSent } from './elsewhere.ts';
import {
  broughtIn,
  domainsOf,
  type ReadMail,
  readStored,
  type TriageParts,
  trustColumns,
  type Waiting,
} from './filing.ts';
import { fileOfNewcomers } from './newcomers.ts';
import { quarantineFor } from './quarantine.ts';
import { connect } from './regroup.ts';
import { noteReports, reportedReply } from './reported.ts';
import { overtake } from './schedule.ts';
import { type FiledMail, findPlace, type Place, writerOf } from './thread.ts';

/** The conversation that a found one has become, locked; null for none. */
async function lockFound(tx: Tx, jobs: Jobs, place: Place): Promise<LockedConversation | null> {
  const { conversationId, connects } = place;
  if (conversationId === null) return null;
  const found =
    connects.length === 0 ? conversationId : await connect(tx, jobs, conversationId, connects);
  return await lockConversation(tx, () => standingConversation(tx, found));
}

/**
 * The mail that a conversation is to have answered now that another is filed in it: the newest that
 * waits. Mail is not always filed in the order in which it came, and who has written again wants an
 * answer to that.
 */
async function mailToAnswer(
  tx: Tx,
  lastMessageId: number | null,
  messageId: number,
): Promise<number> {
  if (lastMessageId === null || lastMessageId < messageId) return messageId;
  const [newer] = await undecidedAmong(tx, [lastMessageId]);
  return newer ?? messageId;
}

/** Puts a message where it belongs and asks for its draft, in place of any draft that is open. */
async function answerIn(
  tx: Tx,
  parts: { jobs: Jobs; ownAddresses: readonly string[] },
  filed: FiledMail,
  place: Place,
  move: (conversationId: number) => Promise<number>,
): Promise<number> {
  const { mail, mailboxId, writerAddress } = filed;
  const customer = { name: mail.from?.name ?? '', address: writerAddress };
  const found = await lockFound(tx, parts.jobs, place);
  const conversationId =
    found?.id ??
    (await createConversation(
      tx,
      mailboxId,
      customer,
      mail.subject,
      normalizeSubject(mail.subject),
    ));
  const messageId = await move(conversationId);
  await addParticipants(tx, conversationId, broughtIn(filed, parts.ownAddresses));
  const answered = await mailToAnswer(tx, found?.lastMessageId ?? null, messageId);
  await staleOpenDraft(tx, conversationId);
  await setLastMessage(tx, conversationId, answered);
  await overtake(tx, parts.jobs, conversationId, messageId);
  const draftId = await createDraft(tx, conversationId, answered);
  await parts.jobs.send(tx, 'draft', { draftId, failures: 0 });
  return conversationId;
}

const copied =
  'The same mail came before, to another address or by another way. That one is answered.';

/** What a mail is filed as that gets no draft. */
interface Filed {
  state: Exclude<Answerability['state'], 'answerable'>;
  reason: string | null;
  /** The one it belongs to; null for none. */
  conversationId: number | null;
}

/** The state of a mail that gets no draft. */
function unanswered(state: Answerability['state']): Filed['state'] {
  return state === 'answerable' ? 'blocked' : state;
}

/** Files a mail that nobody answers: it joins the conversation it belongs to, but never starts one. */
async function fileAway(tx: Tx, parts: TriageParts, read: ReadMail, filed: Filed): Promise<void> {
  const { conversationId, ...asked } = filed;
  const { receivedAt } = read;
  const room = await roomFor(tx, conversationId, { ...asked, receivedAt }, parts.limits);
  await moveMessage(tx, read.id, 'stored', filed.state, {
    ...{ ...parsedColumns(read.mail), ...trustColumns(read) },
    ...{ state_reason: room.reason, conversation_id: room.conversationId },
  });
}

/** Files a mail that somebody wrote. @returns what holds it back; null when nothing does */
async function fileWritten(
  tx: Tx,
  parts: TriageParts,
  read: ReadMail & { writerAddress: string },
): Promise<HeldBack | null> {
  const { id, mail, mailboxId, state, reason } = read;
  await lockFiling(tx, [writerOf(read.writerAddress).base]);
  const filed = { ...read, ownDomains: domainsOf(parts.ownAddresses) };
  const place = await findPlace(tx, filed, state === 'answerable');
  const belongsTo = () => lockFound(tx, parts.jobs, { ...place, connects: [] });
  if (state !== 'answerable' || place.copy) {
    const why = state === 'answerable' ? copied : reason;
    const conversationId = (await belongsTo())?.id ?? null;
    await fileAway(tx, parts, read, { state: unanswered(state), reason: why, conversationId });
    return null;
  }
  const held = await heldBack(tx, read, parts.limits);
  if (held !== null) {
    const conversationId = (await belongsTo())?.id ?? null;
    await fileAway(tx, parts, read, { state: 'blocked', reason: held.reason, conversationId });
    return held;
  }
  const conversationId = await answerIn(tx, parts, filed, place, async (conversation_id) => {
    const columns = { ...parsedColumns(mail), ...trustColumns(read), conversation_id };
    await moveMessage(tx, id, 'stored', state, { ...columns, state_reason: reason });
    return id;
  });
  await adoptEarlierReplies(tx, parts, { mailboxId, conversationId, messageId: id, mail });
  return null;
}

/** Files one mail: its state, its conversation, and the wish for a draft. */
async function file(parts: TriageParts, read: ReadMail): Promise<void> {
  const { id, mail, writerAddress, state, reason } = read;
  const held = await parts.db.transaction().execute(async (tx) => {
    const domains = domainsOf(parts.ownAddresses);
    const reported = state === 'answerable' ? null : await reportedReply(tx, mail, domains);
    if (reported === null && writerAddress !== null)
      return await fileWritten(tx, parts, { ...read, writerAddress });
    const conversationId = reported?.conversationId ?? null;
    await fileAway(tx, parts, read, { state: unanswered(state), reason, conversationId });
    if (reported !== null) await noteReports(tx, reported.about, id, mail);
    return null;
  });
  parts.log.info('mail_triaged', { messageId: id, state: held === null ? state : 'blocked' });
  // Once an hour and sender: whoever writes thousands of mails must not fill the log as well.
  if (held?.first) parts.log.warn('sender_held_back', { messageId: id });
}

/** Does something to each, whatever becomes of the others. @throws the first that failed */
async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<void>) {
  const failures: unknown[] = [];
  for (const item of items) {
    await work(item).catch((error: unknown) => {
      // With `state_changed` another worker was first.
      if (asReplywrightError(error).code !== 'state_changed') failures.push(error);
    });
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * Files stored messages, oldest first. Does nothing with those that are filed already.
 *
 * @param tries which try of them this is, from 1 on; see `quarantineFor`.
 * @throws what one of them failed of, once the others are filed.
 */
export async function triage(
  parts: TriageParts,
  messageIds: readonly number[],
  tries = 1,
): Promise<void> {
  const found = await loadForTriage(parts.db, messageIds);
  const waiting = found.filter(({ state }) => state === 'stored');
  const read: { message: Waiting; mail: ReadMail }[] = [];
  await forEach(waiting, async (message) => {
    try {
      const mail = await readStored(parts, message);
      if (message.direction === 'inbound') read.push({ message, mail });
      else await fileSent(parts, message, mail.mail);
    } catch (error) {
      await quarantineFor(parts, message.id, { error, tries });
    }
  });
  const mails = read.map(({ mail }) => mail);
  const others = new Set(
    await fileOfNewcomers(parts, mails).catch((error: unknown) => {
      // One by one it shows of which mail it failed.
      parts.log.info('mails_filed_one_by_one', { n: mails.length, error });
      return mails;
    }),
  );
  const left = read.filter(({ mail }) => others.has(mail));
  await forEach(left, ({ message, mail }) =>
    file(parts, mail).catch((error: unknown) => quarantineFor(parts, message.id, { error, tries })),
  );
}

/**
 * Treats a filed message as a person's: it gets its conversation and a draft.
 *
 * @throws ReplywrightError `not_found`, `state_changed`, `no_recipient`.
 */
export async function treatAsAnswerable(
  parts: Pick<TriageParts, 'db' | 'jobs' | 'ownAddresses' | 'senderRules'>,
  { messageId }: { messageId: number },
): Promise<{ conversationId: number }> {
  const [message] = await loadForTriage(parts.db, [messageId]);
  if (message === undefined)
    throw new ReplywrightError('not_found', { what: 'mail', id: messageId });
  const { state } = message;
  if (state !== 'automated' && state !== 'blocked') {
    const expected = 'automated or blocked';
    throw new ReplywrightError('state_changed', { what: 'mail', expected, actual: state });
  }
  // Read as it would be today: the settings may have changed since it was filed.
  const read = await readStored(parts, message);
  const { mail, mailboxId, receivedAt, writerAddress, trust } = read;
  if (writerAddress === null) throw new ReplywrightError('no_recipient');
  const ownDomains = domainsOf(parts.ownAddresses);
  const written = { mail, mailboxId, receivedAt, writerAddress, ownDomains, trust };
  return await parts.db.transaction().execute(async (tx) => {
    await lockFiling(tx, [writerOf(writerAddress).base]);
    const place = await findPlace(tx, written, true);
    const conversationId = await answerIn(tx, parts, written, place, async (conversation_id) => {
      const columns = { ...parsedColumns(mail), ...trustColumns(read), conversation_id };
      await moveMessage(tx, messageId, state, 'answerable', { ...columns, state_reason: null });
      return messageId;
    });
    // A colleague may have answered it long before; nobody has asked to learn from that.
    const filed = { mailboxId, conversationId, messageId, mail };
    await adoptEarlierReplies(tx, { learnFromSent: false }, filed);
    return { conversationId };
  });
}
