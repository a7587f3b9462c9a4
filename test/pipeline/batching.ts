/** A backlog, and the jobs of its batches run as a worker would. */

import { lookAfterBatch } from '../../src/pipeline/batch-results.ts';
import type { DraftParts } from '../../src/pipeline/draft.ts';
import { draftRow, takeJobs } from '../support/parts.ts';
import { queued } from './drafting.ts';
import type { openModelled } from './modelled.ts';

type Shop = Awaited<ReturnType<typeof openModelled>>;

/** What a responder has whose endpoint takes batches. */
export const anthropic = { model: { kind: 'anthropic' as const }, budget: { perDayUsd: 100 } };

/** So many drafts that wait, oldest first. */
export async function backlogOf({ house }: Shop, size: number) {
  const drafts = [];
  for (let each = 0; each < size; each += 1) drafts.push((await queued(house)).draft);
  return drafts;
}

/** Runs the jobs of batches, whatever time they wait for; at most `most` after each other. */
export async function lookAfter({ house }: Shop, parts: DraftParts, most: number): Promise<void> {
  for (let looks = 0; looks < most; looks += 1) {
    const jobs = await takeJobs(house.db, 'batch');
    for (const { data } of jobs) await lookAfterBatch(parts, data, new AbortController().signal);
  }
}

export function statesOf({ house }: Shop, drafts: { id: number }[]) {
  return Promise.all(drafts.map(async ({ id }) => (await draftRow(house, id)).state));
}

/** What one test leaves waiting must not be another's backlog. */
export async function forgetBacklog({ house: { db }, stub }: Shop): Promise<void> {
  stub.holdBatches(false);
  stub.reset();
  await takeJobs(db, 'draft');
  await takeJobs(db, 'batch');
  await db
    .updateTable('draft')
    .set({ state: 'stale' })
    .where('state', 'in', ['queued', 'drafting'])
    .execute();
}
