/** Compare-and-set on states: a change happens only from the state that was read. */

import type { Updateable } from 'kysely';
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

/** Other columns to set with the state. */
type Patch<Table extends 'message' | 'draft' | 'delivery'> = Omit<
  Updateable<Tables[Table]>,
  'state'
>;

function refuseIllegal(what: string, legal: boolean, from: string, to: string): void {
  if (!legal) throw new Error(`A ${what} may not go from ${from} to ${to}.`);
}

function changed(
  what: string,
  id: number,
  expected: string,
  actual: string | undefined,
): ReplywrightError {
  return actual === undefined
    ? new ReplywrightError('not_found', { what, id })
    : new ReplywrightError('state_changed', { what, expected, actual });
}

/**
 * Moves a message from one state to another and announces it.
 *
 * @throws ReplywrightError `state_changed` when it is no longer in `from`.
 */
export async function moveMessage(
  tx: Tx,
  id: number,
  from: MessageState,
  to: MessageState,
  patch: Patch<'message'> = {},
): Promise<void> {
  refuseIllegal('message', isLegal(messageTransitions, from, to), from, to);
  const row = await tx
    .updateTable('message')
    .set({ changed_at: new Date(), ...patch, state: to })
    .where('id', '=', id)
    .where('state', '=', from)
    .returning('conversation_id')
    .executeTakeFirst();
  if (row === undefined) {
    const now = await tx
      .selectFrom('message')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirst();
    throw changed('message', id, from, now?.state);
  }
  await announce(tx, { kind: 'message', messageId: id, conversationId: row.conversation_id });
}

/**
 * Moves a draft from one state to another and announces it.
 *
 * @param attempt when given, also the number that the draft's attempt must still have.
 * @throws ReplywrightError `state_changed` when it is no longer in `from`.
 */
export async function moveDraft(
  tx: Tx,
  id: number,
  from: DraftState,
  to: DraftState,
  patch: Patch<'draft'> = {},
  attempt?: number,
): Promise<void> {
  refuseIllegal('draft', isLegal(draftTransitions, from, to), from, to);
  let update = tx
    .updateTable('draft')
    .set({ changed_at: new Date(), ...patch, state: to })
    .where('id', '=', id)
    .where('state', '=', from);
  if (attempt !== undefined) update = update.where('attempt', '=', attempt);
  const row = await update.returning('conversation_id').executeTakeFirst();
  if (row === undefined) {
    const now = await tx
      .selectFrom('draft')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirst();
    throw changed('draft', id, from, now?.state);
  }
  const { conversation_id: conversationId } = row;
  await announce(tx, { kind: 'draft', draftId: id, conversationId, state: to });
}

/**
 * Moves a delivery from one state to another and announces it.
 *
 * @param attempt when given, also the number that the delivery's attempt must still have.
 * @throws ReplywrightError `state_changed` when it is no longer in `from`.
 */
export async function moveDelivery(
  tx: Tx,
  id: number,
  from: DeliveryState,
  to: DeliveryState,
  patch: Patch<'delivery'> = {},
  attempt?: number,
): Promise<void> {
  refuseIllegal('delivery', isLegal(deliveryTransitions, from, to), from, to);
  let update = tx
    .updateTable('delivery')
    .set({ changed_at: new Date(), ...patch, state: to })
    .where('id', '=', id)
    .where('state', '=', from);
  if (attempt !== undefined) update = update.where('attempt', '=', attempt);
  const row = await update.returning('conversation_id').executeTakeFirst();
  if (row === undefined) {
    const now = await tx
      .selectFrom('delivery')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirst();
    throw changed('delivery', id, from, now?.state);
  }
  const { conversation_id: conversationId } = row;
  await announce(tx, { kind: 'delivery', deliveryId: id, conversationId, state: to });
}
