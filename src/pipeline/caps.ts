/** Caps: machines that answer each other make neither drafts nor conversations without an end. */

import { automaticWithinDay, draftedWithinHour, heldBackThatHour } from '../storage/mail-counts.ts';
import type { Tx } from '../storage/tables.ts';
import type { Limits, ReadMail } from './filing.ts';
import { type FiledMail, writerOf } from './thread.ts';

/** A mail that gets no draft because its sender wrote too many. */
export interface HeldBack {
  reason: string;
  /** True for the sender's first such mail in that hour of the clock. */
  first: boolean;
}

/**
 * Whether a sender's mails are more than anybody writes in an hour. The caller holds the filing lock
 * of the writer. Times are those at which the mails were received, so that a backlog which is taken
 * in at once is judged as if it had come day by day.
 *
 * @returns null for a mail that is drafted.
 */
export async function heldBack(
  tx: Tx,
  { writerAddress, receivedAt: at }: Pick<FiledMail, 'writerAddress' | 'receivedAt'>,
  { draftsPerSenderPerHour: limit }: Limits,
): Promise<HeldBack | null> {
  const { base } = writerOf(writerAddress);
  if ((await draftedWithinHour(tx, { base, at, limit })) < limit) return null;
  const reason = `More than ${limit} mails came from this sender within an hour, so that no draft was made for this one. A program may be answering.`;
  const first = !(await heldBackThatHour(tx, { base, at, reason }));
  return { reason, first };
}

/**
 * Where an automatic mail is filed that belongs to a conversation: there, or beside it when the
 * conversation got too many within a day.
 */
export async function roomFor(
  tx: Tx,
  conversationId: number | null,
  { state, reason, receivedAt: at }: Pick<ReadMail, 'state' | 'reason' | 'receivedAt'>,
  { automaticPerConversationPerDay: limit }: Limits,
): Promise<{ conversationId: number | null; reason: string | null }> {
  if (conversationId === null || state !== 'automated') return { conversationId, reason };
  const full = (await automaticWithinDay(tx, { conversationId, at, limit })) >= limit;
  if (!full) return { conversationId, reason };
  const why = `Its conversation got ${limit} automatic mails within a day, so that it is filed beside it.`;
  return { conversationId: null, reason: `${reason} ${why}` };
}
