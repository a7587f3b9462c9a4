/** Compare-and-set on states: a change happens only from the state that was read. */

import { sql, type Updateable } from 'kysely';
import { ReplywrightError } from '../domain/errors.ts';
import {
  type DeliveryState,
  type DraftState,
  deliveryTransitions,
  draftTransitions,
  isLegal,
  type MessageState,
  messageTransitions,
} from '../domain/states.ts';
import { announce } from './events.ts';
import type { Tables, Tx } from './tables.ts';

type Stateful = 'message' | 'draft' | 'delivery';

/** Other columns to set with the state. */
type Patch<Table extends Stateful> = Omit<Updateable<Tables[Table]>, 'state'>;

interface Move {
  id: number;
  from: string;
  to: string;
  legal: boolean;
  patch: object;
  /** When given, also the number that the row's attempt must still have. */
  attempt?: number | undefined;
}

/**
 * Sets the state and the other columns of one row, if it is still as it was read.
 *
 * @returns the conversation of the row.
 */
async function move(tx: Tx, table: Stateful, { id, from, to, legal, patch, attempt }: Move) {
  if (!legal) throw new Error(`A ${table} may not go from ${from} to ${to}.`);
  const columns = Object.entries({ changed_at: new Date(), ...patch, state: to });
  const assignments = columns.map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
  const unchanged = attempt === undefined ? sql`true` : sql`attempt = ${attempt}`;
  const { rows } = await sql<{ conversation_id: number | null }>`
    update ${sql.table(table)} set ${sql.join(assignments)}
    where id = ${id} and state = ${from} and ${unchanged}
    returning conversation_id`.execute(tx);
  if (rows[0] !== undefined) return rows[0].conversation_id;
  const now = await sql<{ state: string }>`
    select state from ${sql.table(table)} where id = ${id}`.execute(tx);
  const actual = now.rows[0]?.state;
  if (actual === undefined) throw new ReplywrightError('not_found', { what: table, id });
  throw new ReplywrightError('state_changed', { what: table, expected: from, actual });
}

/**
 * Moves a message from one state to another and announces it.
 *
 * @throws ReplywrightError `state_changed` when it is no longer in `from`, `not_found`.
 */
export async function moveMessage(
  tx: Tx,
  id: number,
  from: MessageState,
  to: MessageState,
  patch: Patch<'message'> = {},
): Promise<void> {
  const legal = isLegal(messageTransitions, from, to);
  const conversationId = await move(tx, 'message', { id, from, to, legal, patch });
  await announce(tx, { kind: 'message', messageId: id, conversationId });
}

/**
 * Moves a draft from one state to another and announces it.
 *
 * @param attempt when given, also the number that the draft's attempt must still have.
 * @throws ReplywrightError `state_changed` when it is no longer in `from`, `not_found`.
 */
export async function moveDraft(
  tx: Tx,
  id: number,
  from: DraftState,
  to: DraftState,
  patch: Patch<'draft'> = {},
  attempt?: number,
): Promise<void> {
  const legal = isLegal(draftTransitions, from, to);
  const conversationId = await move(tx, 'draft', { id, from, to, legal, patch, attempt });
  if (conversationId !== null)
    await announce(tx, { kind: 'draft', draftId: id, conversationId, state: to });
}

/**
 * Moves a delivery from one state to another and announces it.
 *
 * @param attempt when given, also the number that the delivery's attempt must still have.
 * @throws ReplywrightError `state_changed` when it is no longer in `from`, `not_found`.
 */
export async function moveDelivery(
  tx: Tx,
  id: number,
  from: DeliveryState,
  to: DeliveryState,
  patch: Patch<'delivery'> = {},
  attempt?: number,
): Promise<void> {
  const legal = isLegal(deliveryTransitions, from, to);
  const conversationId = await move(tx, 'delivery', { id, from, to, legal, patch, attempt });
  if (conversationId !== null)
    await announce(tx, { kind: 'delivery', deliveryId: id, conversationId, state: to });
}
