/** Stranded rows: work that is due, but whose job must have been lost, since nothing moves. */

import { type RawBuilder, sql } from 'kysely';
import type { JobName, Jobs } from './jobs.ts';
import type { Tables, Tx } from './tables.ts';

/** Longer than any pause between two tries of one job. */
const stillHours = 2;

/** As many of a kind as one look takes up; the next look takes the others. */
const most = 1_000;

interface Waiting {
  table: keyof Pick<Tables, 'message' | 'draft' | 'shadow_draft' | 'delivery'>;
  states: readonly string[];
  job: JobName;
  /** Whether a job of these data is about a row of that id. */
  names(data: RawBuilder<unknown>, id: RawBuilder<unknown>): RawBuilder<boolean>;
}

/** Marks the rows that stand still and have no job that could still run; returns their ids. */
async function takeStranded(tx: Tx, { table, states, job, names }: Waiting): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update ${sql.table(table)} set changed_at = now() where id in (
      select id from ${sql.table(table)}
      where state = any(${states}::text[])
        and changed_at < now() - make_interval(hours => ${stillHours})
        and not exists (
          select from pgboss.job where name = ${job} and pgboss.job.state < 'completed'
            and ${names(sql`pgboss.job.data`, sql`${sql.table(table)}.id`)})
      limit ${most} for update skip locked)
    returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** The job names one row, in that field of its data. */
const namesOne: (field: string) => Waiting['names'] = (field) => (data, id) =>
  sql`(${data} ->> ${field})::bigint = ${id}`;

/** Sends a new job for every batch that has not ended and has none; returns how many there were. */
async function reviveBatches(tx: Tx, jobs: Jobs): Promise<number> {
  const { rows } = await sql<{ id: number; looks: number }>`
    select id, looks from batch
    where ended_at is null and created_at < now() - make_interval(hours => ${stillHours})
      and not exists (
        select from pgboss.job where name = 'batch' and pgboss.job.state < 'completed'
          and (pgboss.job.data ->> 'batchId')::bigint = batch.id)
    limit ${most} for update skip locked`.execute(tx);
  for (const { id, looks } of rows) await jobs.send(tx, 'batch', { batchId: id, look: looks });
  return rows.length;
}

/**
 * Sends a new job for every row that waits for one, has not moved for hours, and has none: the
 * queue gave up on it, or was emptied.
 *
 * @returns how many rows were found.
 */
export async function reviveStranded(tx: Tx, jobs: Jobs): Promise<number> {
  const messages = await takeStranded(tx, {
    table: 'message',
    states: ['stored'],
    job: 'triage',
    names: (data, id) => sql`${data} -> 'messageIds' @> to_jsonb(${id})`,
  });
  for (const messageId of messages) await jobs.send(tx, 'triage', { messageIds: [messageId] });
  const drafts = await takeStranded(tx, {
    table: 'draft',
    states: ['queued', 'drafting'],
    job: 'draft',
    names: namesOne('draftId'),
  });
  for (const draftId of drafts) await jobs.send(tx, 'draft', { draftId, failures: 0 });
  const shadows = await takeStranded(tx, {
    table: 'shadow_draft',
    states: ['queued', 'drafting'],
    job: 'shadow',
    names: namesOne('shadowId'),
  });
  for (const shadowId of shadows) await jobs.send(tx, 'shadow', { shadowId });
  const deliveries = await takeStranded(tx, {
    table: 'delivery',
    states: ['held', 'queued', 'sending'],
    job: 'deliver',
    names: namesOne('deliveryId'),
  });
  for (const deliveryId of deliveries) await jobs.send(tx, 'deliver', { deliveryId });
  const batches = await reviveBatches(tx, jobs);
  return messages.length + drafts.length + shadows.length + deliveries.length + batches;
}
