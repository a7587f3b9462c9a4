/** Approved replies that were sent, with the mails they answer: what the example pool is filled from. */

import type { Citation } from '../domain/responder.ts';
import type { Db } from './tables.ts';

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
    ])
    .where('decision.undone_at', 'is', null);
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
