/** Rollouts: which responder drafts, and which drafts silently; every change is kept with its author. */

import { sql } from 'kysely';
import { ReplywrightError } from '../domain/errors.ts';
import type { Draw } from '../domain/rollout.ts';
import type { Db, Tx } from './tables.ts';

/** One change of a rollout. */
export interface Rollout {
  id: number;
  /** Who holds each place; none for what the settings say. */
  places: readonly string[];
  /** What going back leads to; null for what the settings say. */
  previousId: number | null;
  setBy: string;
  setAt: Date;
}

function select(db: Db) {
  return db
    .selectFrom('rollout')
    .select(['id', 'places', 'previous_id as previousId', 'set_by as setBy', 'set_at as setAt']);
}

/** The changes of one kind, the newest first. */
export async function rolloutHistory(
  db: Db,
  mailbox: string,
  kind: Draw,
  limit: number,
): Promise<Rollout[]> {
  return await select(db)
    .where('mailbox', '=', mailbox)
    .where('kind', '=', kind)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** Who holds the places of a mailbox now; none where the settings decide. */
export async function currentPlaces(
  db: Db,
  mailbox: string,
  kind: Draw,
): Promise<readonly string[]> {
  const [current] = await rolloutHistory(db, mailbox, kind, 1);
  return current?.places ?? [];
}

interface Change {
  mailbox: string;
  kind: Draw;
  places: readonly string[];
  previousId: number | null;
  setBy: string;
}

async function insert(tx: Tx, { mailbox, kind, places, previousId, setBy }: Change): Promise<void> {
  await tx
    .insertInto('rollout')
    .values({ mailbox, kind, places: [...places], previous_id: previousId, set_by: setBy })
    .execute();
}

/** Two changes at once must each know what they change: one waits for the other. */
async function lockedCurrent(tx: Tx, mailbox: string, kind: Draw): Promise<Rollout | null> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`rollout ${mailbox}`}, 0))`.execute(tx);
  const [current] = await rolloutHistory(tx, mailbox, kind, 1);
  return current ?? null;
}

/**
 * Sets a rollout; it is in force for every draft that begins after the commit, in all processes.
 *
 * @param next the new places, from those that are in force.
 */
export async function setRollout(
  tx: Tx,
  change: { mailbox: string; kind: Draw; setBy: string },
  next: (places: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  const current = await lockedCurrent(tx, change.mailbox, change.kind);
  const places = next(current?.places ?? []);
  await insert(tx, { ...change, places, previousId: current?.id ?? null });
  return places;
}

/**
 * Puts the split in force that was before the one of now. Called again, it goes back further.
 *
 * @throws ReplywrightError `rollout_no_earlier` when the settings decide already.
 */
export async function goBack(tx: Tx, mailbox: string, setBy: string): Promise<readonly string[]> {
  const current = await lockedCurrent(tx, mailbox, 'split');
  if (current === null || (current.previousId === null && current.places.length === 0))
    throw new ReplywrightError('rollout_no_earlier', { mailbox });
  const earlier =
    current.previousId === null
      ? null
      : await select(tx).where('id', '=', current.previousId).executeTakeFirst();
  const places = earlier?.places ?? [];
  await insert(tx, {
    ...{ mailbox, setBy, places, kind: 'split' as const },
    previousId: earlier?.previousId ?? null,
  });
  return places;
}
