/** Replies as far as they are written, while they are: what open pages show until the draft is there. */

import { sql } from 'kysely';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

/** One attempt at a draft. */
interface Attempt {
  draftId: number;
  attempt: number;
}

/** Keeps what an attempt has written so far and tells of it; nothing once the attempt is over. */
export async function keepPartial(
  tx: Tx,
  { draftId, attempt }: Attempt,
  text: string,
): Promise<void> {
  const { rows } = await sql<{ conversationId: number }>`
    with running as (
      select id, attempt, conversation_id from draft
      where id = ${draftId} and attempt = ${attempt} and state = 'drafting'
    ), kept as (
      insert into draft_partial (draft_id, attempt, text)
      select id, attempt, ${text.replaceAll('\0', '')}::text from running
      on conflict (draft_id) do update set attempt = excluded.attempt, text = excluded.text
    ) select conversation_id as "conversationId" from running`.execute(tx);
  const [running] = rows;
  if (running === undefined) return;
  const { conversationId } = running;
  await announce(tx, { kind: 'partial', draftId, conversationId });
}

/** Forgets what an attempt has written: its draft, or the next attempt, stands in its place. */
export async function dropPartial(db: Db, { draftId, attempt }: Attempt): Promise<void> {
  await db
    .deleteFrom('draft_partial')
    .where('draft_id', '=', draftId)
    .where('attempt', '<=', attempt)
    .execute();
}

/** What the running attempt at a draft has written; null where there is nothing, or it is over. */
export async function partialOf(db: Db, draftId: number): Promise<string | null> {
  const row = await db
    .selectFrom('draft_partial')
    .innerJoin('draft', (join) =>
      join
        .onRef('draft.id', '=', 'draft_partial.draft_id')
        .onRef('draft.attempt', '=', 'draft_partial.attempt'),
    )
    .select('draft_partial.text')
    .where('draft_id', '=', draftId)
    .where('draft.state', '=', 'drafting')
    .executeTakeFirst();
  return row?.text ?? null;
}
