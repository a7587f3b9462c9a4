/** Pairs: decisions whose reply was sent, as training records. */

import { sql } from 'kysely';
import type { Origin } from '../domain/decision.ts';
import type { EnclosedFile } from '../domain/enclosure.ts';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

/**
 * Keeps the pair of a sent delivery, once.
 *
 * The record is copied from the draft and the decision in the database, so that it says what the
 * model saw and what the person sent, whatever the files say now.
 */
export async function keepPair(tx: Tx, deliveryId: number): Promise<void> {
  const kept = await sql<{ id: number }>`
    insert into pair (decision_id, responder_hash, system_sha256, user_turn, reply, origin,
      category, language, reasons, attachments)
    select decision.id, draft.responder_hash, responder.system_sha256,
      coalesce(draft.user_turn, message.new_text), decision.final_text, decision.origin,
      draft.category, draft.language, decision.reasons,
      (select coalesce(jsonb_agg(jsonb_build_object('filename', filename, 'contentType',
          content_type, 'size', size, 'sha256', sha256) order by enclosure.id), '[]')
        from enclosure where enclosure.decision_id = decision.id)
    from delivery
      join decision on decision.id = delivery.decision_id
      join draft on draft.id = decision.draft_id
      join message on message.id = draft.message_id
      left join responder on responder.hash = draft.responder_hash
    where delivery.id = ${deliveryId} and delivery.state = 'sent' and decision.undone_at is null
    on conflict (decision_id) do nothing
    returning id`.execute(tx);
  for (const { id } of kept.rows) await announce(tx, { kind: 'pair', pairId: id });
}

export interface PairRecord {
  id: number;
  system: string | null;
  userTurn: string;
  reply: string;
  origin: Origin;
  /** What was sent with the reply: named by name, type, size and hash; absent where none can be. */
  attachments?: EnclosedFile[];
}

const pageSize = 500;

/** Every pair, oldest first, read a page at a time. */
export async function* allPairs(db: Db): AsyncGenerator<PairRecord> {
  for (let after = 0; ; ) {
    const page = await db
      .selectFrom('pair')
      .leftJoin('content', 'content.sha256', 'pair.system_sha256')
      .select([
        'pair.id',
        'content.body as system',
        'pair.user_turn as userTurn',
        'pair.reply',
        'pair.origin',
        'pair.attachments',
      ])
      .where('pair.id', '>', after)
      .orderBy('pair.id')
      .limit(pageSize)
      .execute();
    yield* page;
    if (page.length < pageSize) return;
    after = page.at(-1)?.id ?? after;
  }
}
