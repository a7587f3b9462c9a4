/** Batch results: a batch is looked after until it ends, and each answer becomes a draft like any other. */

import type { BatchDrafting } from '../domain/batch.ts';
import { asReplywrightError } from '../domain/errors.ts';
import type { FactSheet } from '../domain/facts.ts';
import { readInput } from '../domain/written-input.ts';
import {
  type BatchItem,
  batchItems,
  endBatch,
  knownBatches,
  type OpenBatch,
  openBatch,
  passBatchOn,
} from '../storage/batches.ts';
import { moveDraft } from '../storage/compare-and-set.ts';
import { type Drafter, finishDrafting } from '../storage/drafts.ts';
import { keepCalls } from '../storage/model-calls.ts';
import { keptResponder } from '../storage/responders.ts';
import { settleSpending } from '../storage/spending.ts';
import type { Tx } from '../storage/tables.ts';
import type { DraftParts } from './draft.ts';

const firstPauseMs = 60_000;
const longestPauseMs = 600_000;
/** A batch ends within a day; what is still open after two has been lost. */
const lostMs = 48 * 3_600_000;
/** How much the endpoint's clock may go before ours. */
const clockMs = 300_000;

/** Puts a draft back to be made by itself, unless it has gone its way meanwhile. */
async function putBack(tx: Tx, { jobs }: DraftParts, item: BatchItem): Promise<void> {
  try {
    await moveDraft(tx, item.draftId, 'drafting', 'queued', {}, item.attempt);
    await jobs.send(tx, 'draft', { draftId: item.draftId, failures: 0 });
  } catch (error) {
    if (asReplywrightError(error).code !== 'state_changed') throw error;
  }
}

/**
 * Ends a batch: what it has not drafted is drafted one by one.
 *
 * @param costUsd what each mail cost that has no answer; null when nobody knows.
 */
export async function abandonBatch(
  parts: DraftParts,
  batchId: number,
  look: number,
  costUsd: number | null,
): Promise<void> {
  const items = await batchItems(parts.db, batchId);
  await parts.db.transaction().execute(async (tx) => {
    if (!(await endBatch(tx, batchId, look))) return;
    for (const item of items) {
      if (item.spendId !== null) await settleSpending(tx, item.spendId, costUsd);
      await putBack(tx, parts, item);
    }
  });
}

/** Keeps one answer; what it cost is kept also when the draft has gone its way without it. */
async function keepAnswer(
  parts: DraftParts,
  drafter: Drafter,
  item: BatchItem,
  { draft, costUsd }: ReturnType<BatchDrafting['finish']>,
  facts: FactSheet,
): Promise<void> {
  const { spendId, draftId, attempt } = item;
  await parts.db.transaction().execute(async (tx) => {
    if (spendId !== null) await settleSpending(tx, spendId, costUsd);
    if (draft === null) return;
    try {
      await finishDrafting(tx, draftId, attempt, drafter, { ...draft, facts });
    } catch (error) {
      if (asReplywrightError(error).code !== 'state_changed') throw error;
      await keepCalls(tx, { of: { draftId }, attempt, by: drafter.identity }, draft.calls);
      parts.log.info('batch_answer_dropped', { draftId });
    }
  });
}

/** What an answer cost that could not be kept is counted at its worst. */
async function settleAtWorst({ db }: DraftParts, { spendId }: BatchItem): Promise<void> {
  if (spendId !== null) await db.transaction().execute((tx) => settleSpending(tx, spendId, null));
}

async function collect(
  parts: DraftParts,
  batch: OpenBatch & { endpointId: string },
  look: number,
  batches: BatchDrafting,
  signal: AbortSignal,
): Promise<void> {
  const items = await batchItems(parts.db, batch.id);
  const byId = new Map(items.map((item) => [`${batch.mark}-${item.draftId}`, item]));
  const identity = await keptResponder(parts.db, batch.responderHash);
  const drafter = { name: batch.responder, identity };
  const latencyMs = Date.now() - batch.createdAt.getTime();
  for await (const { customId, message } of batches.answers(batch.endpointId, signal)) {
    const item = byId.get(customId);
    if (item === undefined || item.input === null || message === null) continue;
    const input = readInput(item.input);
    try {
      const answer = batches.finish(input, item, message, latencyMs);
      await keepAnswer(parts, drafter, item, answer, input.facts);
    } catch (cause) {
      // One answer that cannot be kept must not hold up the others: its draft is made by itself.
      const error = asReplywrightError(cause);
      if (error.transient) throw error;
      parts.log.error('batch_answer_not_kept', { draftId: item.draftId, error });
      await settleAtWorst(parts, item);
    }
  }
  // Whatever has an answer is settled and moved on by now; the rest cost nothing.
  await abandonBatch(parts, batch.id, look, 0);
  parts.log.info('batch_ended', { batchId: batch.id, drafts: items.length });
}

/**
 * Finds a batch that was handed in by a process that died before it heard the answer. The endpoint
 * lists batches without their custom ids; those of one that has ended stand with its answers.
 *
 * @returns its id; `later` while one that may be it is under way; null when there is none.
 */
async function findLost(
  parts: DraftParts,
  batch: OpenBatch,
  batches: BatchDrafting,
  signal: AbortSignal,
): Promise<string | 'later' | null> {
  const size = (await batchItems(parts.db, batch.id)).length;
  const from = new Date(batch.createdAt.getTime() - clockMs);
  const listed = (await batches.since(from, signal)).filter((each) => each.size === size);
  const known = await knownBatches(
    parts.db,
    listed.map(({ id }) => id),
  );
  const candidates = listed.filter(({ id }) => !known.has(id));
  for (const { id } of candidates.filter(({ ended }) => ended)) {
    for await (const { customId } of batches.answers(id, signal)) {
      if (customId.startsWith(`${batch.mark}-`)) return id;
      break;
    }
  }
  return candidates.some(({ ended }) => !ended) ? 'later' : null;
}

/** Goes on with a batch at its next look. */
async function lookLater(
  parts: DraftParts,
  batchId: number,
  look: number,
  endpointId: string | null,
): Promise<void> {
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(look, 10));
  await parts.db.transaction().execute(async (tx) => {
    if (!(await passBatchOn(tx, batchId, look, endpointId))) return;
    const after = new Date(Date.now() + pause);
    await parts.jobs.send(tx, 'batch', { batchId, look: look + 1 }, after);
  });
}

/** Asks the endpoint about a batch, and goes on with it. */
async function ask(
  parts: DraftParts,
  batch: OpenBatch,
  look: number,
  batches: BatchDrafting,
  signal: AbortSignal,
): Promise<void> {
  const { id, endpointId } = batch;
  if (endpointId === null) {
    const found = await findLost(parts, batch, batches, signal);
    if (found === null) return await abandonBatch(parts, id, look, 0);
    return await lookLater(parts, id, look, found === 'later' ? null : found);
  }
  if (!(await batches.hasEnded(endpointId, signal))) return await lookLater(parts, id, look, null);
  await collect(parts, { ...batch, endpointId }, look, batches, signal);
}

/**
 * Looks after one batch. Does nothing when another look goes on with it.
 *
 * @throws ReplywrightError when the endpoint cannot be asked just now; the job is tried again.
 */
export async function lookAfterBatch(
  parts: DraftParts,
  { batchId, look }: { batchId: number; look: number },
  signal: AbortSignal,
): Promise<void> {
  const batch = await openBatch(parts.db, batchId, look);
  if (batch === null) return;
  // Where nobody can ask for it any more, nobody knows what it cost.
  const abandon = () => abandonBatch(parts, batchId, look, null);
  const lost = Date.now() - batch.createdAt.getTime() > lostMs;
  if (lost || !parts.responders.has(batch.responder)) return await abandon();
  const { batches } = parts.responders.get(batch.responder);
  if (!batches) return await abandon();
  try {
    await ask(parts, batch, look, batches, signal);
  } catch (error) {
    // The endpoint does not know the batch, or not as a batch: asking again would not change that.
    if (asReplywrightError(error).code !== 'model_bad_request') throw error;
    parts.log.warn('batch_unknown_to_endpoint', { batchId, error });
    await abandon();
  }
}
