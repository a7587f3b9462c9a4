/** Batches: which drafts one order holds, what is known of it, and who goes on with it. */

import { sql } from 'kysely';
import type { Drafter } from './drafts.ts';
import { keepResponder } from './responders.ts';
import type { Db, Tx } from './tables.ts';

export interface WaitingDraft {
  draftId: number;
  conversationId: number;
  messageId: number;
  /** Of the conversation. */
  mailbox: string;
}

/** Drafts that wait while `newest` newer ones do, at most `limit` of them. */
export async function waitingBeyond(
  db: Db,
  newest: number,
  limit: number,
): Promise<WaitingDraft[]> {
  return await db
    .selectFrom('draft')
    .innerJoin('conversation', 'conversation.id', 'draft.conversation_id')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select([
      'draft.id as draftId',
      'draft.conversation_id as conversationId',
      'draft.message_id as messageId',
      'mailbox.name as mailbox',
    ])
    .where('draft.state', '=', 'queued')
    .orderBy('draft.created_at', 'desc')
    .orderBy('draft.id', 'desc')
    .offset(newest)
    .limit(limit)
    .execute();
}

/**
 * @param by what made its requests; the settings may say something else when the answers come.
 * @param mark begins the custom ids of its requests.
 */
export async function createBatch(tx: Tx, by: Drafter, mark: string): Promise<number> {
  await keepResponder(tx, by.identity);
  const { id } = await tx
    .insertInto('batch')
    .values({ responder: by.name, responder_hash: by.identity.hash, mark })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export interface BatchItem {
  draftId: number;
  attempt: number;
  request: string;
  userTurn: string;
  /** JSON; null once it is made or given up. */
  input: string | null;
  /** Null where nothing limits what is spent. */
  spendId: number | null;
}

export async function addBatchItem(tx: Tx, batchId: number, item: BatchItem): Promise<void> {
  await tx
    .insertInto('batch_item')
    .values({
      batch_id: batchId,
      draft_id: item.draftId,
      attempt: item.attempt,
      request: item.request,
      user_turn: item.userTurn,
      input: item.input,
      spend_id: item.spendId,
    })
    .execute();
}

export interface OpenBatch {
  id: number;
  endpointId: string | null;
  mark: string;
  /** Its name in the settings. */
  responder: string;
  /** Of what made its requests. */
  responderHash: string;
  createdAt: Date;
}

/** A batch that waits for exactly this look; null when it has ended or another look goes on with it. */
export async function openBatch(db: Db, id: number, look: number): Promise<OpenBatch | null> {
  const row = await db
    .selectFrom('batch')
    .select(['id', 'endpoint_id as endpointId', 'mark', 'responder'])
    .select(['responder_hash as responderHash', 'created_at as createdAt'])
    .where('id', '=', id)
    .where('looks', '=', look)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Passes a batch from one look to the next; with `endpointId` it is known to have been taken.
 *
 * @returns false when another look has it already.
 */
export async function passBatchOn(
  tx: Tx,
  id: number,
  look: number,
  endpointId: string | null = null,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('batch')
    .set({ looks: look + 1, ...(endpointId === null ? {} : { endpoint_id: endpointId }) })
    .where('id', '=', id)
    .where('looks', '=', look)
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Ends a batch. @returns false when another look has it. */
export async function endBatch(tx: Tx, id: number, look: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('batch')
    .set({ looks: look + 1, ended_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('looks', '=', look)
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  await tx.updateTable('batch_item').set({ input: null }).where('batch_id', '=', id).execute();
  return true;
}

/** The mails of a batch. */
export async function batchItems(db: Db, id: number): Promise<BatchItem[]> {
  return await db
    .selectFrom('batch_item')
    .select([
      ...(['draft_id as draftId', 'attempt', 'request', 'user_turn as userTurn'] as const),
      ...(['input', 'spend_id as spendId'] as const),
    ])
    .where('batch_id', '=', id)
    .orderBy('draft_id')
    .execute();
}

/** Which of these ids of an endpoint belong to batches that we know. */
export async function knownBatches(db: Db, endpointIds: readonly string[]): Promise<Set<string>> {
  if (endpointIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('batch')
    .select('endpoint_id')
    .where('endpoint_id', 'in', endpointIds)
    .execute();
  return new Set(rows.flatMap(({ endpoint_id }) => endpoint_id ?? []));
}
