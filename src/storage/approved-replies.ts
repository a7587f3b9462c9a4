/** Approved replies that were sent, with the mails they answer: what the example pool is filled from. */

import type { Origin } from '../domain/decision.ts';
import type { Citation } from '../domain/responder.ts';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

export interface StoredReply {
  /** Id of the pair. */
  id: number;
  customer: { name: string; address: string };
  subject: string;
  mail: string;
  reply: string;
  category: string | null;
  language: string | null;
  citations: Citation[];
  origin: Origin;
}

/** Longest mail or reply that is read, in characters: more of it no request shows. */
const longest = 2000;

function replies(db: Db) {
  return db
    .selectFrom('pair')
    .innerJoin('decision', 'decision.id', 'pair.decision_id')
    .innerJoin('draft', 'draft.id', 'decision.draft_id')
    .innerJoin('message', 'message.id', 'draft.message_id')
    .innerJoin('conversation', 'conversation.id', 'draft.conversation_id')
    .select(({ fn, val }) => [
      'pair.id',
      'conversation.customer_name as name',
      'conversation.customer_address as address',
      'message.subject',
      fn<string>('left', ['message.new_text', val(longest)]).as('mail'),
      fn<string>('left', ['pair.reply', val(longest)]).as('reply'),
      'pair.category',
      'pair.language',
      'draft.citations',
      'pair.origin',
    ])
    .where('decision.undone_at', 'is', null)
    .where('pair.evaluation', '=', false);
}

/** The id of the oldest among the newest `count` pairs; 1 where there are fewer. */
export async function oldestOfNewest(db: Db, count: number): Promise<number> {
  const row = await db
    .selectFrom('pair')
    .select('id')
    .orderBy('id', 'desc')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? 1;
}

/** At most `limit` replies with ids above `after`, oldest first. */
export async function repliesAfter(db: Db, after: number, limit: number): Promise<StoredReply[]> {
  const rows = await replies(db)
    .where('pair.id', '>', after)
    .orderBy('pair.id')
    .limit(limit)
    .execute();
  return rows.map(({ name, address, ...row }) => ({ ...row, customer: { name, address } }));
}

/** One reply; null where it is not there or belongs to an evaluation set. */
export async function replyById(db: Db, id: number): Promise<StoredReply | null> {
  return (await repliesAfter(db, id - 1, 1)).find((reply) => reply.id === id) ?? null;
}

/** The approved reply that was made from a draft; null where none was sent. */
export async function replyOfDraft(db: Db, draftId: number): Promise<StoredReply | null> {
  const row = await replies(db).where('draft.id', '=', draftId).executeTakeFirst();
  if (row === undefined) return null;
  const { name, address, ...reply } = row;
  return { ...reply, customer: { name, address } };
}

/** Ids of the replies that belong to evaluation sets. */
export async function evaluationReplies(db: Db): Promise<number[]> {
  const rows = await db.selectFrom('pair').select('id').where('evaluation', '=', true).execute();
  return rows.map(({ id }) => id);
}

/**
 * Puts the reply that was made from a draft into the evaluation set, or takes it out.
 *
 * @returns the id of its pair; null where none was sent.
 */
export async function setEvaluation(
  tx: Tx,
  draftId: number,
  evaluation: boolean,
): Promise<number | null> {
  const row = await tx
    .updateTable('pair')
    .from('decision')
    .set({ evaluation })
    .whereRef('decision.id', '=', 'pair.decision_id')
    .where('decision.draft_id', '=', draftId)
    .where('decision.undone_at', 'is', null)
    .returning('pair.id')
    .executeTakeFirst();
  if (row === undefined) return null;
  await announce(tx, { kind: 'pair', pairId: row.id });
  return row.id;
}
