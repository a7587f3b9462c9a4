/**
 * Schedule: a person chooses when an approved reply leaves. Until then it is held, can be planned
 * anew or taken back, and gives way to a newer mail of its customer.
 */

import type { Leaving, LeavingRules } from '../domain/business-hours.ts';
import { nextWithin } from '../domain/business-hours.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { localTimeZone, momentOf } from '../domain/zoned-time.ts';
import { moveDelivery, moveDraft } from '../storage/compare-and-set.ts';
import { lockConversation } from '../storage/conversations.ts';
import { lockDecision, markUndone } from '../storage/decisions.ts';
import {
  conversationOfDelivery,
  decisionOfDelivery,
  lockDelivery,
  markOvertaken,
  nextTicket,
  type Plan,
  planAnew,
} from '../storage/deliveries.ts';
import { lockConversationOfDraft } from '../storage/drafts.ts';
import type { Jobs } from '../storage/jobs.ts';
import type { Db, Tx } from '../storage/tables.ts';

/** By mailbox name: when its replies leave. */
export type LeavingOf = ReadonlyMap<string, { leaving: LeavingRules }>;

export interface ScheduleParts {
  db: Db;
  jobs: Jobs;
  /** How long an approved reply is held before it is sent, in seconds. */
  undoSeconds: number;
  mailboxes: LeavingOf;
}

/** When a reply is to leave, as somebody chose it. */
export interface LeavingChoice {
  leaves: Leaving;
  /** For `at_time`: the local time, `2026-11-23T09:00`, in the mailbox's zone. */
  at: string | null;
}

/** Who plans for later than that has chosen the wrong year. */
const longestDays = 366;

/** The rules of a mailbox; of one that is gone from the settings, what needs none. */
export function leavingRules(mailboxes: LeavingOf, name: string): LeavingRules {
  const none = { timeZone: localTimeZone(), hours: null, approved: 'at_once' } as const;
  return mailboxes.get(name)?.leaving ?? none;
}

function refuse(detail: string): never {
  throw new ReplywrightError('input_invalid', { detail });
}

/**
 * What a choice means.
 *
 * @param choice null leaves it to the rules.
 * @param now the first moment at which it can leave.
 * @throws ReplywrightError `input_invalid` for a time that is none, past or too far away, and for
 *   business hours that nobody has set.
 */
export function planOf(choice: LeavingChoice | null, rules: LeavingRules, now: Date): Plan {
  const { timeZone, hours, approved } = rules;
  const leaves = choice?.leaves ?? approved;
  if (leaves === 'at_once') return { leaves, at: null, timeZone: null };
  if (leaves === 'business_hours') {
    if (hours === null) return refuse('This mailbox has no business hours in the settings');
    return { leaves, at: nextWithin(now, hours, timeZone), timeZone };
  }
  const at = momentOf(choice?.at ?? '', timeZone);
  if (at === null) return refuse('Choose a day and a time');
  if (at < now) return refuse(`That time is past in ${timeZone}`);
  if (at.getTime() - now.getTime() > longestDays * 86_400_000)
    return refuse('Choose a time within a year');
  return { leaves, at, timeZone };
}

/**
 * Sends the job that goes on with a delivery, in place of any that was sent before: two at the same
 * time would take each other's attempt for one that died.
 */
export async function askToDeliver(
  tx: Tx,
  jobs: Jobs,
  deliveryId: number,
  after?: Date,
): Promise<void> {
  const ticket = await nextTicket(tx, deliveryId);
  await jobs.send(tx, 'deliver', { deliveryId, ticket }, after);
}

/** The first moment at which what is decided now can leave. */
export function afterUndo(undoSeconds: number): Date {
  return new Date(Date.now() + undoSeconds * 1_000);
}

/**
 * Plans a held reply anew; whoever has it sent now can still take it back for the undo window.
 *
 * @throws ReplywrightError `not_found`, `state_changed`, `draft_stale`, `input_invalid`.
 */
export async function reschedule(
  { db, jobs, undoSeconds, mailboxes }: ScheduleParts,
  { deliveryId, choice }: { deliveryId: number; choice: LeavingChoice },
): Promise<Plan & { conversationId: number; decisionId: number; holdUntil: Date }> {
  return await db.transaction().execute(async (tx) => {
    const found = async () => {
      const id = await conversationOfDelivery(tx, deliveryId);
      if (id !== null) return id;
      throw new ReplywrightError('not_found', { what: 'delivery', id: deliveryId });
    };
    const { id: conversationId } = await lockConversation(tx, found);
    const delivery = await lockDelivery(tx, deliveryId);
    if (delivery?.state !== 'held') {
      const actual = delivery?.state ?? 'gone';
      throw new ReplywrightError('state_changed', { what: 'delivery', expected: 'held', actual });
    }
    if (delivery.overtakenBy !== null) throw new ReplywrightError('draft_stale');
    const rules = leavingRules(mailboxes, delivery.mailboxName);
    const plan = planOf(choice, rules, afterUndo(undoSeconds));
    const { holdUntil } = await planAnew(tx, deliveryId, plan, undoSeconds);
    await askToDeliver(tx, jobs, deliveryId, holdUntil);
    return { ...plan, conversationId, decisionId: delivery.decisionId, holdUntil };
  });
}

/**
 * Tries now what waits for its next attempt.
 *
 * @throws ReplywrightError `not_found`, `state_changed` when it waits for none.
 */
export async function tryNow(
  { db, jobs }: Pick<ScheduleParts, 'db' | 'jobs'>,
  { deliveryId }: { deliveryId: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const delivery = await lockDelivery(tx, deliveryId);
    if (delivery === null)
      throw new ReplywrightError('not_found', { what: 'delivery', id: deliveryId });
    const actual = delivery.state;
    const expected = 'waiting to be tried again';
    if (actual !== 'queued')
      throw new ReplywrightError('state_changed', { what: 'delivery', expected, actual });
    await askToDeliver(tx, jobs, deliveryId);
  });
}

/** Why a reply, which is locked, can no longer be stopped; null when nobody can have got it. */
function tooLate(delivery: Awaited<ReturnType<typeof lockDelivery>>): string | null {
  if (delivery === null) return 'gone';
  const { state, perhapsTaken, notTaken } = delivery;
  if (state === 'held') return null;
  if (state !== 'queued') return state;
  if (notTaken.length > 0) return 'with some of its recipients already';
  return perhapsTaken ? 'perhaps with the customer already' : null;
}

/**
 * Cancels a reply that waits for its moment, or for a mail server that never took it.
 *
 * @throws ReplywrightError `undo_too_late`.
 */
export async function cancelUnsent(tx: Tx, deliveryId: number): Promise<void> {
  const delivery = await lockDelivery(tx, deliveryId);
  const state = tooLate(delivery);
  if (delivery === null || state !== null)
    throw new ReplywrightError('undo_too_late', { state: state ?? 'gone' });
  await moveDelivery(tx, deliveryId, delivery.state, 'cancelled', { answer: null });
}

/**
 * Stops what waits for its moment in a conversation in which the customer has written again: it was
 * approved by somebody who did not know that mail. The conversation is locked.
 *
 * @returns the mails that the stopped replies answer.
 */
export async function overtake(
  tx: Tx,
  jobs: Jobs,
  conversationId: number,
  messageId: number,
): Promise<number[]> {
  const stopped = await markOvertaken(tx, conversationId, messageId);
  // Its decision is locked before its conversation, so the rest is done by a job; it cannot leave
  // any more from here on.
  for (const { id } of stopped) await askToDeliver(tx, jobs, id);
  return stopped.map((each) => each.messageId);
}

const overtaken =
  'The customer wrote again while the reply that was approved here waited for its time, so it was stopped.';

/** Takes back a reply that was overtaken; its text stands with the draft for the newer mail. */
export async function stopOvertaken({ db }: { db: Db }, deliveryId: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const decisionId = await decisionOfDelivery(tx, deliveryId);
    // In the order of `undo`: first the decision, then its conversation, then the delivery.
    const found = await lockDecision(tx, decisionId);
    if (found === null) return;
    const { draftId, messageId } = found;
    const { lastMessageId } = await lockConversationOfDraft(tx, draftId);
    const delivery = await lockDelivery(tx, deliveryId);
    if (delivery?.state !== 'held' || delivery.overtakenBy === null) return;
    await moveDelivery(tx, deliveryId, 'held', 'cancelled', { answer: null });
    await markUndone(tx, decisionId, null);
    if (lastMessageId !== messageId) return await moveDraft(tx, draftId, 'approved', 'stale');
    // The newer mail was split off: the older one waits again.
    const patch = { needs_person_reason: overtaken };
    await moveDraft(tx, draftId, 'approved', 'needs_person', patch);
  });
}
