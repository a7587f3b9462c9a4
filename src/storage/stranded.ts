/** Stranded rows: work that is due, but whose job must have been lost, since nothing moves. */

import { sql } from 'kysely';
import type { Jobs } from './jobs.ts';
import type { Tables, Tx } from './tables.ts';

/** Longer than any pause between two tries of one job. */
const stillHours = 2;

/** As many of a kind as one look takes up; the next look takes the others. */
const most = 1_000;

/** Marks the rows of a table that stand still in one of `states`, and returns their ids. */
async function takeStill(
  tx: Tx,
  table: keyof Pick<Tables, 'message' | 'draft' | 'delivery'>,
  states: readonly string[],
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update ${sql.table(table)} set changed_at = now() where id in (
      select id from ${sql.table(table)}
      where state = any(${states}::text[])
        and changed_at < now() - make_interval(hours => ${stillHours})
      limit ${most} for update skip locked)
    returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Sends a new job for every row that waits for one and has not moved for hours. A job is only lost
 * when the queue gave up on it or was emptied; one too many does no harm, because the row's state
 * decides what is done.
 *
 * @returns how many rows were found.
 */
export async function reviveStranded(tx: Tx, jobs: Jobs): Promise<number> {
  const messages = await takeStill(tx, 'message', ['stored']);
  for (const messageId of messages) await jobs.send(tx, 'triage', { messageId });
  const drafts = await takeStill(tx, 'draft', ['queued', 'drafting']);
  for (const draftId of drafts) await jobs.send(tx, 'draft', { draftId, failures: 0 });
  const deliveries = await takeStill(tx, 'delivery', ['held', 'queued', 'sending']);
  for (const deliveryId of deliveries) await jobs.send(tx, 'deliver', { deliveryId });
  return messages.length + drafts.length + deliveries.length;
}
