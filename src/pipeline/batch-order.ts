/** Batch order: the older drafts of a backlog are handed to the model's endpoint together. */

import { randomBytes } from 'node:crypto';
import type { BatchDrafting } from '../domain/batch.ts';
import { asReplywrightError } from '../domain/errors.ts';
import type { DraftInput, Responder } from '../domain/responder.ts';
import { writeInput } from '../domain/written-input.ts';
import {
  addBatchItem,
  createBatch,
  passBatchOn,
  type WaitingDraft,
  waitingBeyond,
} from '../storage/batches.ts';
import { beginDrafting, type Drafter } from '../storage/drafts.ts';
import { bookSpending } from '../storage/spending.ts';
import type { Tx } from '../storage/tables.ts';
import { abandonBatch } from './batch-results.ts';
import { chooseResponder } from './choose-responder.ts';
import { type DraftParts, inputFor } from './draft.ts';

/** As many mails as one order has; some megabytes of requests. */
const mostItems = 200;
/** Fewer are not worth a day's wait. */
const leastItems = 2;
const everyMs = 60_000;
/** When a batch that was taken is looked at first. */
const firstLookMs = 60_000;

/** A batch that was stored, and is to be handed in. */
interface Order {
  batchId: number;
  requests: { customId: string; request: string }[];
}

/** Takes one draft into a batch, unless it wants none any more or there is no money for it. */
async function takeIn(
  tx: Tx,
  parts: DraftParts,
  batchId: number,
  { draft, input, batches }: { draft: WaitingDraft; input: DraftInput; batches: BatchDrafting },
): Promise<string | null> {
  const { request, userTurn, worstUsd } = batches.prepare(input);
  let spendId: number | null = null;
  const limited = parts.budget.perDayUsd !== null || parts.budget.perMailUsd !== null;
  if (limited && worstUsd !== null) {
    const booked = await bookSpending(tx, draft.messageId, worstUsd, parts.budget);
    // It stays where it is: drafting it by itself will tell why it must wait.
    if ('over' in booked) return null;
    spendId = booked.id;
  }
  const begun = await beginDrafting(tx, draft.draftId);
  if (begun === null) return null;
  const { attempt } = begun;
  const { draftId } = draft;
  const item = { draftId, attempt, request, userTurn, input: writeInput(input), spendId };
  await addBatchItem(tx, batchId, item);
  return request;
}

/** Stores the order with all that is needed to take it up again, before anybody hears of it. */
async function storeOrder(
  parts: DraftParts,
  by: Drafter,
  drafts: readonly WaitingDraft[],
  batches: BatchDrafting,
  signal: AbortSignal,
): Promise<Order | null> {
  const inputs = await Promise.all(
    drafts.map(async (draft) => ({ draft, batches, input: await inputFor(parts, draft, signal) })),
  );
  const mark = `rw-${randomBytes(12).toString('hex')}`;
  return await parts.db.transaction().execute(async (tx) => {
    const batchId = await createBatch(tx, by, mark);
    const requests: Order['requests'] = [];
    for (const each of inputs) {
      const request = await takeIn(tx, parts, batchId, each);
      const customId = `${mark}-${each.draft.draftId}`;
      if (request !== null) requests.push({ customId, request });
    }
    // Not before the call below must have ended, one way or another.
    const after = new Date(Date.now() + batches.submitMs + firstLookMs);
    await parts.jobs.send(tx, 'batch', { batchId, look: 0 }, after);
    return { batchId, requests };
  });
}

async function handIn(
  parts: DraftParts,
  { batchId, requests }: Order,
  batches: BatchDrafting,
  signal: AbortSignal,
): Promise<void> {
  if (requests.length === 0) {
    await abandonBatch(parts, batchId, 0, 0);
    return;
  }
  try {
    const endpointId = await batches.submit(requests, signal);
    await parts.db.transaction().execute(async (tx) => {
      await passBatchOn(tx, batchId, 0, endpointId);
      const after = new Date(Date.now() + firstLookMs);
      await parts.jobs.send(tx, 'batch', { batchId, look: 1 }, after);
    });
    parts.log.info('batch_handed_in', { batchId, drafts: requests.length });
  } catch (cause) {
    const error = asReplywrightError(cause);
    parts.log.warn('batch_not_handed_in', { batchId, error });
    // Else it may have been taken all the same: the first look finds out.
    if (batches.isSafelyRefused(error)) await abandonBatch(parts, batchId, 0, 0);
  }
}

/** The responder of that name, where it drafts by batches. */
function batchResponder({ responders }: DraftParts, name: string): Responder | null {
  try {
    const responder = responders.get(name);
    return responder.batches && !responder.trouble?.() ? responder : null;
  } catch {
    // Drafting by itself tells of it; a batch would not mend it.
    return null;
  }
}

/** The drafts by the responder that each is for; those whose mailbox is gone wait for it. */
async function byResponder(parts: DraftParts, waiting: readonly WaitingDraft[]) {
  const chosen = await Promise.all(
    waiting.map(async (draft) => {
      const name = await chooseResponder(parts, draft.mailbox, draft.conversationId).catch(
        () => null,
      );
      return { draft, name };
    }),
  );
  return Map.groupBy(chosen, ({ name }) => name);
}

/**
 * Orders what waits beyond the newest drafts, one batch a responder.
 *
 * @param newest so many are left to be drafted one by one.
 */
export async function orderBatches(
  parts: DraftParts,
  newest: number,
  signal: AbortSignal,
): Promise<void> {
  const waiting = await waitingBeyond(parts.db, newest, mostItems);
  for (const [name, group] of await byResponder(parts, waiting)) {
    const responder = name === null ? null : batchResponder(parts, name);
    const batches = responder?.batches ?? null;
    if (name === null || responder === null || batches === null || group.length < leastItems)
      continue;
    const drafts = group.map(({ draft }) => draft);
    const order = await storeOrder(
      parts,
      { name, identity: responder.identity },
      drafts,
      batches,
      signal,
    );
    if (order !== null) await handIn(parts, order, batches, signal);
  }
}

/** Looks now and every minute whether there is a backlog, until `stopping` aborts. */
export function startOrdering(parts: DraftParts, stopping: AbortSignal): void {
  let busy = false;
  const look = async () => {
    const newest = parts.batchBeyond ?? null;
    if (newest === null || busy) return;
    busy = true;
    try {
      await orderBatches(parts, newest, stopping);
    } catch (error) {
      parts.log.warn('batches_not_ordered', { error });
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(look, everyMs);
  stopping.addEventListener('abort', () => clearInterval(timer));
  void look();
}
