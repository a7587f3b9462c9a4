/** Compare-and-set on states: a change happens only from the state that was read. */

import { sql, type Updateable } from 'kysely';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import {
  type CandidateState,
  candidateTransitions,
  type DeliveryState,
  type DraftState,
  deliveryTransitions,
  draftTransitions,
  isLegal,
  type MessageState,
  messageTransitions,
  type ShadowState,
  shadowTransitions,
} from '../domain/states.ts';
import { announce, announceAll } from './events.ts';
import type { Tables, Tx } from './tables.ts';

/** The tables whose rows have a state, and what a row belongs to. */
const belonging = {
  message: 'conversation_id',
  draft: 'conversation_id',
  shadow_draft: 'draft_id',
  delivery: 'conversation_id',
  candidate: 'conversation_id',
} as const;

type Stateful = keyof typeof belonging;

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
 * @returns what the row belongs to: its conversation, or its draft.
 */
async function move(tx: Tx, table: Stateful, { id, from, to, legal, patch, attempt }: Move) {
  if (!legal) throw new Error(`A ${table} may not go from ${from} to ${to}.`);
  const columns = Object.entries({ changed_at: new Date(), ...patch, state: to });
  const assignments = columns.map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
  const unchanged = attempt === undefined ? sql`true` : sql`attempt = ${attempt}`;
  const { rows } = await sql<{ owner: number | null }>`
    update ${sql.table(table)} set ${sql.join(assignments)}
    where id = ${id} and state = ${from} and ${unchanged}
    returning ${sql.ref(belonging[table])} as owner`.execute(tx);
  if (rows[0] !== undefined) return rows[0].owner;
  const now = await sql<{ state: string }>`
    select state from ${sql.table(table)} where id = ${id}`.execute(tx);
  const actual = now.rows[0]?.state;
  if (actual === undefined) throw new ReplywrightError('not_found', { what: table, id });
  throw new ReplywrightError('state_changed', { what: table, expected: from, actual });
}

/** Waits for what an attempt leaves behind, unless its row has gone its way without that attempt. */
export async function unlessChanged(leave: Promise<void>): Promise<void> {
  await leave.catch((error: unknown) => {
    if (asReplywrightError(error).code !== 'state_changed') throw error;
  });
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

/** A message on its way to a state, with other columns of its row as JSON has them. */
export interface MessageMove {
  id: number;
  to: MessageState;
  columns: Readonly<Record<string, unknown>>;
}

/**
 * Moves many messages from one state, all or none, and announces them. All have the same columns.
 *
 * @throws ReplywrightError `state_changed` when one of them is no longer in `from`.
 */
export async function moveMessages(
  tx: Tx,
  from: MessageState,
  moves: readonly MessageMove[],
): Promise<void> {
  const [first] = moves;
  if (first === undefined) return;
  for (const { to } of moves)
    if (!isLegal(messageTransitions, from, to))
      throw new Error(`A message may not go from ${from} to ${to}.`);
  const rows = moves.map(({ id, to, columns }) => ({ ...columns, id, state: to }));
  const names = ['state', ...Object.keys(first.columns)];
  const assignments = names.map((name) => sql`${sql.ref(name)} = given.${sql.ref(name)}`);
  const { rows: moved } = await sql<{ id: number; conversation_id: number | null }>`
    update message set changed_at = now(), ${sql.join(assignments)}
    from jsonb_populate_recordset(null::message, ${JSON.stringify(rows)}) as given
    where message.id = given.id and message.state = ${from}
    returning message.id, message.conversation_id`.execute(tx);
  if (moved.length < moves.length) {
    const actual = 'filed already';
    throw new ReplywrightError('state_changed', { what: 'message', expected: from, actual });
  }
  await announceAll(
    tx,
    moved.map(({ id, conversation_id }) => ({
      kind: 'message',
      messageId: id,
      conversationId: conversation_id,
    })),
  );
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

/**
 * Moves a candidate from one state to another.
 *
 * @throws ReplywrightError `state_changed` when it is no longer in `from`, `not_found`.
 */
export async function moveCandidate(
  tx: Tx,
  id: number,
  from: CandidateState,
  to: CandidateState,
  patch: Patch<'candidate'> = {},
): Promise<void> {
  const legal = isLegal(candidateTransitions, from, to);
  await move(tx, 'candidate', { id, from, to, legal, patch });
}

/**
 * Moves a shadow draft from one state to another. Nobody is told: no page waits for it.
 *
 * @param attempt the number that its attempt must still have.
 * @throws ReplywrightError `state_changed` when it is no longer in `from`, `not_found`.
 */
export async function moveShadow(
  tx: Tx,
  id: number,
  from: ShadowState,
  to: ShadowState,
  patch: Patch<'shadow_draft'> = {},
  attempt?: number,
): Promise<void> {
  const legal = isLegal(shadowTransitions, from, to);
  await move(tx, 'shadow_draft', { id, from, to, legal, patch, attempt });
}
