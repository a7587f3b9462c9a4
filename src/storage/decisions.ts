/** Decisions: a person's verdict on a draft, once, and undone inside the undo window. */

import { sql } from 'kysely';
import type { Origin, Reason, Verdict } from '../domain/decision.ts';
import type { DecidableDraftState } from '../domain/states.ts';
import { releaseEnclosures } from './enclosures.ts';
import type { Db, Tx } from './tables.ts';

export interface NewDecision {
  draftId: number;
  accountId: number;
  verdict: Verdict;
  draftState: DecidableDraftState;
  finalText: string | null;
  origin: Origin | null;
  reasons: Reason[];
  note: string | null;
  override: boolean;
  redraft: boolean;
}

/** Records a decision. */
export async function recordDecision(tx: Tx, decision: NewDecision): Promise<number> {
  const { id } = await tx
    .insertInto('decision')
    .values({
      draft_id: decision.draftId,
      account_id: decision.accountId,
      verdict: decision.verdict,
      draft_state: decision.draftState,
      final_text: decision.finalText,
      origin: decision.origin,
      reasons: decision.reasons,
      note: decision.note,
      override: decision.override,
      redraft: decision.redraft,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** A decision with what undoing or following it needs; locked until the transaction ends. */
export async function lockDecision(tx: Tx, id: number) {
  const row = await tx
    .selectFrom('decision')
    .innerJoin('draft', 'draft.id', 'decision.draft_id')
    .leftJoin('delivery', 'delivery.decision_id', 'decision.id')
    .select([
      'decision.verdict',
      'decision.redraft',
      'decision.draft_state as draftState',
      'decision.decided_at as decidedAt',
      'decision.undone_at as undoneAt',
      'draft.id as draftId',
      'draft.state as stateOfDraft',
      'draft.conversation_id as conversationId',
      'draft.message_id as messageId',
      'delivery.id as deliveryId',
    ])
    .where('decision.id', '=', id)
    // Weaker than FOR UPDATE: the foreign-key checks of other transactions need not wait for us.
    .forNoKeyUpdate(['decision'])
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Marks a decision as undone, and by whom; by nobody where a colleague's own reply undid it. The
 * files of its reply belong to the next one again.
 */
export async function markUndone(tx: Tx, id: number, accountId: number | null): Promise<void> {
  await tx
    .updateTable('decision')
    .set({ undone_at: sql<Date>`now()`, undone_by: accountId })
    .where('id', '=', id)
    .where('undone_at', 'is', null)
    .execute();
  await releaseEnclosures(tx, id);
}

/** What the drafts that answered `messageId` were rejected for, oldest first. */
export async function rejectionsOf(db: Db, messageId: number) {
  const rows = await db
    .selectFrom('decision')
    .innerJoin('draft', 'draft.id', 'decision.draft_id')
    .select(['draft.reply', 'decision.reasons', 'decision.note'])
    .where('draft.message_id', '=', messageId)
    .where('decision.verdict', '=', 'rejected')
    .where('decision.undone_at', 'is', null)
    .orderBy('decision.id')
    .execute();
  return rows.map(({ reply, ...rest }) => ({ reply: reply ?? '', ...rest }));
}
