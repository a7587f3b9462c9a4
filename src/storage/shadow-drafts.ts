/**
 * Shadow drafts: what another responder would have written. They live beside the drafts, in a table
 * that no decision, delivery or pair refers to, so that none can be approved, sent or learned from.
 */

import type { DraftInput, DraftResult } from '../domain/responder.ts';
import type { ShadowState } from '../domain/states.ts';
import { readInput, writeInput } from '../domain/written-input.ts';
import { moveShadow } from './compare-and-set.ts';
import { type Drafter, resultColumns } from './drafts.ts';
import type { Jobs } from './jobs.ts';
import { keepCalls } from './model-calls.ts';
import { keepResponder } from './responders.ts';
import type { Db, Tx } from './tables.ts';

/** Asks for a shadow draft from the same input as the draft; once for each draft. */
export async function askForShadow(
  tx: Tx,
  jobs: Jobs,
  draftId: number,
  responder: string,
  input: DraftInput,
): Promise<void> {
  const row = await tx
    .insertInto('shadow_draft')
    .values({ draft_id: draftId, responder, state: 'queued', input: writeInput(input) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) await jobs.send(tx, 'shadow', { shadowId: row.id });
}

export interface BegunShadow {
  /** The name of the responder that is to draft. */
  responder: string;
  input: DraftInput;
  attempt: number;
}

/**
 * Begins a shadow draft, or begins again what a process that died had begun.
 *
 * @returns null when it no longer wants drafting.
 */
export async function beginShadow(tx: Tx, id: number): Promise<BegunShadow | null> {
  const row = await tx
    .updateTable('shadow_draft')
    .set((old) => ({
      state: 'drafting' as const,
      attempt: old('attempt', '+', 1),
      changed_at: new Date(),
    }))
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'drafting'])
    .returning(['responder', 'input', 'attempt'])
    .executeTakeFirst();
  if (row === undefined || row.input === null) return null;
  return { responder: row.responder, attempt: row.attempt, input: readInput(row.input) };
}

/** Finishes the shadow draft that was begun as `attempt`, with its calls. */
export async function finishShadow(
  tx: Tx,
  id: number,
  attempt: number,
  { identity }: Drafter,
  result: DraftResult,
): Promise<void> {
  const by = result.draftedBy ?? identity;
  await keepResponder(tx, by);
  const patch = {
    ...resultColumns(result),
    responder_hash: by.hash,
    fields: JSON.stringify(result.fields),
    // The draft that it shadows is made of the same; one copy of a mail is enough.
    input: null,
    error_code: null,
    error_text: null,
  };
  await moveShadow(tx, id, 'drafting', 'drafted', patch, attempt);
  await keepCalls(tx, { of: { shadowDraftId: id }, attempt, by }, result.calls);
}

export interface ShadowView {
  id: number;
  /** Its name in the settings. */
  responder: string;
  state: ShadowState;
  costUsd: number | null;
}

/** What another responder made beside a draft; null when nothing was asked for. */
export async function shadowOf(db: Db, draftId: number): Promise<ShadowView | null> {
  const row = await db
    .selectFrom('shadow_draft')
    .select(['id', 'responder', 'state', 'cost_usd as costUsd'])
    .where('draft_id', '=', draftId)
    .executeTakeFirst();
  return row ?? null;
}
