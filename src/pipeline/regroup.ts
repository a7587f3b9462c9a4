/**
 * Regroup: conversations are merged and split, by a person or because a late mail connects them.
 *
 * The program merges only conversations of one customer. A person may merge those of two addresses,
 * having said that both are one person's. What was decided or sent stays with the message that it
 * answers; open drafts, made from another history, give way to new ones.
 */

import { ReplywrightError } from '../domain/errors.ts';
import { normalizeSubject } from '../mail/threading.ts';
import { addParticipants, createConversation, setLastMessage } from '../storage/conversations.ts';
import { createDraft, staleOpenDraft } from '../storage/drafts.ts';
import type { Jobs } from '../storage/jobs.ts';
import {
  inboundOf,
  lockConversations,
  lockRegrouping,
  markMerged,
  markRegroupingUndone,
  moveMessages,
  moveTheRest,
  type Regroupable,
  recordRegrouping,
  setParticipants,
  undecidedAmong,
  unmarkMerged,
} from '../storage/regroup.ts';
import type { Db, Tx } from '../storage/tables.ts';
import { overtake } from './schedule.ts';

export interface RegroupParts {
  db: Db;
  jobs: Jobs;
}

function changed(): ReplywrightError {
  const [expected, actual] = ['as it was shown', 'regrouped or continued meanwhile'];
  return new ReplywrightError('state_changed', { what: 'conversation', expected, actual });
}

function checkShown(conversation: Regroupable, lastMessageId: number): void {
  if (conversation.mergedInto !== null || conversation.lastMessageId !== lastMessageId)
    throw changed();
}

async function answerableOf(tx: Tx, conversationId: number): Promise<number[]> {
  const inbound = await inboundOf(tx, conversationId);
  return inbound.filter(({ state }) => state === 'answerable').map(({ id }) => id);
}

/**
 * Gives a conversation its last message and, where nobody has decided on an answer to it, a new
 * draft. A message that still waits goes before a newer one that is answered; so does one whose
 * planned reply is being stopped, and gets its own draft back from that.
 *
 * @param candidates messages of the conversation that were last ones before.
 * @param stopped messages whose planned reply is being stopped.
 */
async function renew(
  tx: Tx,
  jobs: Jobs,
  conversationId: number,
  candidates: readonly (number | null)[],
  stopped: readonly number[] = [],
): Promise<void> {
  const answerable = await answerableOf(tx, conversationId);
  const newest = answerable.at(-1);
  if (newest === undefined) throw changed();
  const last = [newest, ...answerable.filter((id) => candidates.includes(id))];
  const undecided = await undecidedAmong(tx, last);
  const waiting = [...undecided, ...stopped].sort((a, b) => a - b).at(-1);
  await setLastMessage(tx, conversationId, waiting ?? newest);
  if (waiting === undefined || stopped.includes(waiting)) return;
  const draftId = await createDraft(tx, conversationId, waiting);
  await jobs.send(tx, 'draft', { draftId, failures: 0 });
}

/**
 * Stops what is planned in that of two conversations whose newest mail is the older one: the other
 * brings a mail that whoever approved it did not know, as if it came now.
 *
 * @returns the mails that the stopped replies answer.
 */
async function overtakeOlder(tx: Tx, jobs: Jobs, ids: readonly number[]): Promise<number[]> {
  const ends: { id: number; newest: number }[] = [];
  for (const id of ids) ends.push({ id, newest: (await answerableOf(tx, id)).at(-1) ?? 0 });
  const [older, newer] = ends.sort((a, b) => a.newest - b.newest);
  if (older === undefined || newer === undefined) return [];
  return await overtake(tx, jobs, older.id, newer.newest);
}

/**
 * Moves all of `from` into `into`; both are locked and stand for themselves.
 *
 * @returns the messages that were moved.
 */
async function moveAll(
  tx: Tx,
  jobs: Jobs,
  [from, into]: readonly [Regroupable, Regroupable],
): Promise<number[]> {
  for (const { id } of [from, into]) await staleOpenDraft(tx, id);
  const stopped = await overtakeOlder(tx, jobs, [from.id, into.id]);
  const messageIds = (await inboundOf(tx, from.id)).map(({ id }) => id);
  await moveMessages(tx, messageIds, into.id);
  await moveTheRest(tx, from.id, into.id);
  await markMerged(tx, from.id, into.id);
  await renew(tx, jobs, into.id, [from.lastMessageId, into.lastMessageId], stopped);
  return messageIds;
}

/** Merges two conversations, which are locked, and records it. */
async function mergeLocked(
  tx: Tx,
  jobs: Jobs,
  [from, into]: readonly [Regroupable, Regroupable],
  accountId: number | null,
): Promise<number> {
  const messageIds = await moveAll(tx, jobs, [from, into]);
  // Another address that was merged by hand may go on writing here.
  const others = [from.customer.address, ...from.participants].filter(
    (address) => address !== into.customer.address,
  );
  await addParticipants(tx, into.id, others);
  return await recordRegrouping(tx, {
    kind: 'merge',
    fromId: from.id,
    intoId: into.id,
    messageIds,
    intoParticipants: into.participants,
    accountId,
  });
}

/** Puts two conversations in the order of a merge: the later one goes into the one that began first. */
function inOrder(one: Regroupable, other: Regroupable): [Regroupable, Regroupable] {
  return one.id > other.id ? [one, other] : [other, one];
}

/**
 * Merges into one the conversations that a mail has shown to be one. Those of another customer than
 * the first are left alone.
 *
 * @returns the conversation that holds the messages of `id` then.
 */
export async function connect(
  tx: Tx,
  jobs: Jobs,
  id: number,
  others: readonly number[],
): Promise<number> {
  const [first, ...rest] = await lockConversations(tx, [id, ...others]);
  if (first === undefined || first.mergedInto !== null) return id;
  const same = rest.filter(
    ({ customer, mergedInto }) =>
      mergedInto === null && customer.address === first.customer.address,
  );
  let standing = first;
  for (const other of same) {
    const [from, into] = inOrder(standing, other);
    await mergeLocked(tx, jobs, [from, into], null);
    const [grown] = await lockConversations(tx, [into.id]);
    standing = grown ?? into;
  }
  return standing.id;
}

export interface Merge {
  /** The two conversations, each with its last message as it was shown. */
  conversations: readonly [Shown, Shown];
  accountId: number;
  /** The person has said that the addresses of both are one customer's. */
  oneCustomer: boolean;
}

export interface Shown {
  id: number;
  lastMessageId: number;
}

/**
 * Merges two conversations into the one that began first.
 *
 * @throws ReplywrightError `not_found`, `state_changed`, `customers_differ`.
 */
export async function merge(
  { db, jobs }: RegroupParts,
  { conversations: [one, other], accountId, oneCustomer }: Merge,
): Promise<{ regroupingId: number; conversationId: number }> {
  return await db.transaction().execute(async (tx) => {
    const [left, right] = await lockConversations(tx, [one.id, other.id]);
    if (left === undefined || right === undefined || left.id === right.id) throw changed();
    checkShown(left, one.lastMessageId);
    checkShown(right, other.lastMessageId);
    const [first, second] = [left.customer.address, right.customer.address];
    if (first !== second && !oneCustomer)
      throw new ReplywrightError('customers_differ', { first, second });
    const [from, into] = inOrder(left, right);
    const regroupingId = await mergeLocked(tx, jobs, [from, into], accountId);
    return { regroupingId, conversationId: into.id };
  });
}

/**
 * Splits a message and those after it off into a conversation of their own, which belongs to the
 * writer of that message.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function split(
  { db, jobs }: RegroupParts,
  { shown, messageId, accountId }: { shown: Shown; messageId: number; accountId: number },
): Promise<{ regroupingId: number; conversationId: number }> {
  return await db.transaction().execute(async (tx) => {
    const [from] = await lockConversations(tx, [shown.id]);
    if (from === undefined) throw changed();
    checkShown(from, shown.lastMessageId);
    const answerable = await answerableOf(tx, from.id);
    const moving = await inboundOf(tx, from.id, messageId);
    const [first] = moving;
    // Both conversations need a mail to answer.
    if (first?.id !== messageId || first.state !== 'answerable' || answerable[0] === messageId)
      throw changed();
    await staleOpenDraft(tx, from.id);
    const address = first.fromAddress?.toLowerCase() ?? from.customer.address;
    const customer = { name: first.fromName, address };
    const subject = normalizeSubject(first.subject);
    const intoId = await createConversation(tx, from.mailboxId, customer, first.subject, subject);
    const messageIds = moving.map(({ id }) => id);
    await moveMessages(tx, messageIds, intoId);
    await setParticipants(tx, intoId, from.participants);
    await renew(tx, jobs, intoId, [from.lastMessageId]);
    await renew(tx, jobs, from.id, [from.lastMessageId]);
    const regrouping = { fromId: from.id, intoId, messageIds, accountId, intoParticipants: [] };
    const regroupingId = await recordRegrouping(tx, { kind: 'split', ...regrouping });
    return { regroupingId, conversationId: intoId };
  });
}

/** Moves what a merge moved back, as far as it is still there. */
async function unmerge(
  tx: Tx,
  jobs: Jobs,
  [from, into]: readonly [Regroupable, Regroupable],
  { messageIds, intoParticipants }: { messageIds: number[]; intoParticipants: string[] },
): Promise<void> {
  if (from.mergedInto !== into.id || into.mergedInto !== null) throw changed();
  const there = await inboundOf(tx, into.id);
  const moving = there.filter(({ id }) => messageIds.includes(id));
  const staying = there.filter(({ id }) => !messageIds.includes(id));
  const keepsOne = (messages: typeof there) => messages.some(({ state }) => state === 'answerable');
  if (!keepsOne(moving) || !keepsOne(staying)) throw changed();
  await staleOpenDraft(tx, into.id);
  await unmarkMerged(tx, from.id);
  await moveMessages(
    tx,
    moving.map(({ id }) => id),
    from.id,
  );
  await setParticipants(tx, into.id, intoParticipants);
  await renew(tx, jobs, from.id, [into.lastMessageId]);
  await renew(tx, jobs, into.id, [into.lastMessageId]);
}

/**
 * Takes a merge or a split back, whatever was written or sent in between; it is refused when the
 * conversations were regrouped again.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function undoRegrouping(
  { db, jobs }: RegroupParts,
  { regroupingId, accountId }: { regroupingId: number; accountId: number },
): Promise<{ conversationId: number }> {
  return await db.transaction().execute(async (tx) => {
    const found = await lockRegrouping(tx, regroupingId);
    if (found === null)
      throw new ReplywrightError('not_found', { what: 'regrouping', id: regroupingId });
    if (found.undoneAt !== null) return { conversationId: found.fromId };
    const [from, into] = await lockConversations(tx, [found.fromId, found.intoId]);
    if (from === undefined || into === undefined) throw changed();
    await markRegroupingUndone(tx, found.id, accountId);
    if (found.kind === 'merge') {
      await unmerge(tx, jobs, [from, into], found);
      return { conversationId: from.id };
    }
    if (from.mergedInto !== null || into.mergedInto !== null) throw changed();
    await moveAll(tx, jobs, [into, from]);
    return { conversationId: from.id };
  });
}
