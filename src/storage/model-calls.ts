/** The calls to models: what was asked and answered for each draft, byte for byte. */

import type { ModelCall, ResponderIdentity } from '../domain/responder.ts';
import { contentsOf, keepContent } from './contents.ts';
import { sha256 } from './hash.ts';
import { type Piece, putTogether, takeApart } from './request-pieces.ts';
import { keepResponder } from './responders.ts';
import type { Db, Tx } from './tables.ts';

/** What calls were made for: one attempt at a draft, or at a shadow draft. */
export interface CallsOf {
  of: { draftId: number } | { shadowDraftId: number };
  attempt: number;
  /** The responder that made them. */
  by: ResponderIdentity;
}

function ownerOf(of: CallsOf['of']) {
  return 'draftId' in of
    ? { draft_id: of.draftId, shadow_draft_id: null }
    : { draft_id: null, shadow_draft_id: of.shadowDraftId };
}

/**
 * The request in pieces. Where they would not give back the very same bytes, it is kept whole.
 */
async function keepRequest(tx: Tx, request: string): Promise<string> {
  const { pieces, contents } = takeApart(request);
  const kept = new Map(contents.map((body) => [sha256(body), body]));
  if (sha256(putTogether(pieces, kept) ?? '') !== sha256(request)) return JSON.stringify([request]);
  for (const body of contents) await keepContent(tx, body);
  return JSON.stringify(pieces);
}

/**
 * Keeps the calls of one attempt, in their order. Those that are kept already stay as they are.
 *
 * @param after the number of the call before them.
 */
export async function keepCalls(
  tx: Tx,
  { of, attempt, by }: CallsOf,
  calls: readonly ModelCall[],
  after = 0,
): Promise<void> {
  if (calls.length > 0) await keepResponder(tx, by);
  for (const [index, call] of calls.entries())
    await tx
      .insertInto('model_call')
      .values({
        ...ownerOf(of),
        attempt,
        number: after + index + 1,
        purpose: call.purpose,
        responder_hash: by.hash,
        request: await keepRequest(tx, call.request),
        request_sha256: sha256(call.request),
        answer: JSON.stringify(call.answer),
        stop_reason: call.stopReason,
        input_tokens: call.usage.inputTokens,
        cache_write_tokens: call.usage.cacheWriteTokens,
        cache_read_tokens: call.usage.cacheReadTokens,
        output_tokens: call.usage.outputTokens,
        cost_usd: call.costUsd,
        latency_ms: Math.round(call.latencyMs),
        request_id: call.requestId,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

/** Keeps calls that were made for a draft after it was there, behind those that made it. */
export async function addCalls(
  tx: Tx,
  { draftId, by }: { draftId: number; by: ResponderIdentity },
  calls: readonly ModelCall[],
): Promise<void> {
  // Locked, so that no two take the same numbers.
  const { attempt } = await tx
    .selectFrom('draft')
    .select('attempt')
    .where('id', '=', draftId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const last = await tx
    .selectFrom('model_call')
    .select('number')
    .where('draft_id', '=', draftId)
    .where('attempt', '=', attempt)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  await keepCalls(tx, { of: { draftId }, attempt, by }, calls, last?.number ?? 0);
}

export interface KeptCall extends ModelCall {
  /** The attempt that it was made in; calls of one attempt follow each other. */
  attempt: number;
  responderHash: string;
  /** False when what is kept no longer gives the bytes that were sent: the database was changed. */
  exact: boolean;
  at: Date;
}

/** The calls for a draft or a shadow draft, of all its attempts, in the order they were made. */
export async function callsFor(db: Db, of: CallsOf['of']): Promise<KeptCall[]> {
  const made = db.selectFrom('model_call').selectAll();
  const rows = await ('draftId' in of
    ? made.where('draft_id', '=', of.draftId)
    : made.where('shadow_draft_id', '=', of.shadowDraftId)
  )
    .orderBy('attempt')
    .orderBy('number')
    .execute();
  const taken = rows.map(({ request }) => JSON.parse(request) as Piece[]);
  const named = taken.flat().flatMap((piece) => (typeof piece === 'string' ? [] : [piece.sha256]));
  const contents = await contentsOf(db, named);
  return rows.map((row, index) => {
    const request = putTogether(taken[index] ?? [], contents) ?? '';
    return {
      attempt: row.attempt,
      responderHash: row.responder_hash,
      purpose: row.purpose,
      request,
      exact: sha256(request) === row.request_sha256,
      answer: JSON.parse(row.answer) as string,
      stopReason: row.stop_reason,
      usage: {
        inputTokens: row.input_tokens,
        cacheWriteTokens: row.cache_write_tokens,
        cacheReadTokens: row.cache_read_tokens,
        outputTokens: row.output_tokens,
      },
      costUsd: row.cost_usd,
      latencyMs: row.latency_ms,
      requestId: row.request_id,
      at: row.at,
    };
  });
}
