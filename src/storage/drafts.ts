/** Drafts: asked for, begun, finished or given up; at most one open in a conversation. */

import type { ExpressionBuilder } from 'kysely';
import { ReplywrightError } from '../domain/errors.ts';
import type { FactSheet } from '../domain/facts.ts';
import type { Labels } from '../domain/labels.ts';
import {
  blocksApproval,
  type CheckResult,
  type DraftResult,
  type ResponderIdentity,
} from '../domain/responder.ts';
import { type DraftState, openDraftStates } from '../domain/states.ts';
import { moveDraft } from './compare-and-set.ts';
import { type LockedConversation, lockConversation } from './conversations.ts';
import { announce } from './events.ts';
import { correctedLabels } from './labels.ts';
import { keepCalls } from './model-calls.ts';
import { keepResponder } from './responders.ts';
import type { Db, Tables, Tx } from './tables.ts';

/**
 * Makes the open draft of a conversation stale, if it has one. The conversation must be locked.
 *
 * @returns the id of the draft that became stale, or null.
 */
export async function staleOpenDraft(tx: Tx, conversationId: number): Promise<number | null> {
  const open = await lockOpenDraft(tx, conversationId);
  if (open === null) return null;
  await moveDraft(tx, open.id, open.state, 'stale');
  return open.id;
}

/** The open draft of a conversation, locked until the transaction ends; null when it has none. */
export async function lockOpenDraft(tx: Tx, conversationId: number) {
  const open = await tx
    .selectFrom('draft')
    .select(['id', 'state'])
    .where('conversation_id', '=', conversationId)
    .where('state', 'in', openDraftStates)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return open ?? null;
}

/** Asks for a draft that answers `messageId`; the conversation must have no open one. */
export async function createDraft(
  tx: Tx,
  conversationId: number,
  messageId: number,
): Promise<number> {
  const { id } = await tx
    .insertInto('draft')
    .values({
      conversation_id: conversationId,
      message_id: messageId,
      state: 'queued',
      citations: '[]',
      missing: '[]',
      checks: '[]',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await announce(tx, { kind: 'draft', draftId: id, conversationId, state: 'queued' });
  return id;
}

/** Whether the attempt that began last is part of a batch that has not ended. */
function isInBatch(where: ExpressionBuilder<Tables, 'draft'>) {
  return where.exists(
    where
      .selectFrom('batch_item')
      .innerJoin('batch', 'batch.id', 'batch_item.batch_id')
      .select('batch_item.draft_id')
      .whereRef('batch_item.draft_id', '=', 'draft.id')
      .whereRef('batch_item.attempt', '=', 'draft.attempt')
      .where('batch.ended_at', 'is', null),
  );
}

export interface BegunDraft {
  conversationId: number;
  messageId: number;
  attempt: number;
}

/**
 * Begins drafting, or begins again what a process that died had begun.
 *
 * @returns null when the draft no longer wants drafting.
 */
export async function beginDrafting(tx: Tx, id: number): Promise<BegunDraft | null> {
  // Locked by a statement of its own, so that the next one sees the batch that another may just have
  // put it into.
  await tx.selectFrom('draft').select('id').where('id', '=', id).forNoKeyUpdate().execute();
  const row = await tx
    .updateTable('draft')
    .set((old) => ({
      state: 'drafting' as const,
      attempt: old('attempt', '+', 1),
      changed_at: new Date(),
      error_code: null,
      error_text: null,
    }))
    .where('id', '=', id)
    .where((where) =>
      where.or([
        where('state', '=', 'queued'),
        // What is in a batch is being drafted, however long that takes.
        where.and([where('state', '=', 'drafting'), where.not(isInBatch(where))]),
      ]),
    )
    .returning(['conversation_id as conversationId', 'message_id as messageId', 'attempt'])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { conversationId } = row;
  await announce(tx, { kind: 'draft', draftId: id, conversationId, state: 'drafting' });
  return row;
}

/** What drafted. */
export interface Drafter {
  /** Its name in the settings. */
  name: string;
  identity: ResponderIdentity;
}

/** What a result has in common wherever it is kept. */
export function resultColumns(result: DraftResult) {
  const { usage } = result;
  return {
    user_turn: result.userTurn,
    examples: [...result.examples],
    first: result.first === null ? null : JSON.stringify(result.first),
    checks: JSON.stringify(result.checks),
    input_tokens: usage.inputTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cache_read_tokens: usage.cacheReadTokens,
    output_tokens: usage.outputTokens,
    cost_usd: result.costUsd,
    latency_ms: Math.round(result.latencyMs),
    request_id: result.requestId,
  };
}

/** How people labelled the mail that a draft answers, when an earlier draft of it stood before them. */
async function labelsByPeople(tx: Tx, id: number): Promise<Partial<Labels>> {
  const { messageId } = await tx
    .selectFrom('draft')
    .select('message_id as messageId')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return await correctedLabels(tx, messageId);
}

/**
 * Finishes the draft that was begun as `attempt`, with what the responder was told and gave back, and
 * its calls.
 */
export async function finishDrafting(
  tx: Tx,
  id: number,
  attempt: number,
  { name, identity }: Drafter,
  result: DraftResult & { facts: FactSheet },
): Promise<void> {
  const { fields } = result;
  const by = result.draftedBy ?? identity;
  await keepResponder(tx, by);
  const { category, urgency, language } = { ...fields, ...(await labelsByPeople(tx, id)) };
  await moveDraft(
    tx,
    id,
    'drafting',
    fields.needsPerson ? 'needs_person' : 'ready',
    {
      ...resultColumns(result),
      responder: name,
      responder_hash: by.hash,
      reply: fields.reply,
      ...{ category, urgency, language },
      citations: JSON.stringify(fields.citations),
      missing: JSON.stringify(fields.missing),
      needs_person_reason: fields.needsPersonReason,
      facts: JSON.stringify(result.facts),
    },
    attempt,
  );
  await keepCalls(tx, { of: { draftId: id }, attempt, by }, result.calls);
}

export interface DecidableDraft {
  id: number;
  conversationId: number;
  messageId: number;
  /** Of the conversation: what its replies are sent from, whichever mailbox a mail of it came to. */
  mailboxId: number;
  mailboxName: string;
  state: DraftState;
  reply: string | null;
  /** Those that stand in the way of an approval; remarks do not. */
  failedChecks: CheckResult[];
}

/**
 * What a decision needs to know of a draft.
 *
 * @throws ReplywrightError `not_found`.
 */
export async function loadDraft(db: Db, id: number): Promise<DecidableDraft> {
  const row = await db
    .selectFrom('draft')
    .innerJoin('conversation', 'conversation.id', 'draft.conversation_id')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select([
      'draft.id',
      'draft.conversation_id as conversationId',
      'draft.message_id as messageId',
      'conversation.mailbox_id as mailboxId',
      'mailbox.name as mailboxName',
      'draft.state',
      'draft.reply',
      'draft.checks',
    ])
    .where('draft.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new ReplywrightError('not_found', { what: 'draft', id });
  const { checks, ...draft } = row;
  return { ...draft, failedChecks: checks.filter(blocksApproval) };
}

/** What the reply of a draft would go out with. @throws ReplywrightError `not_found`. */
export async function draftForPreview(db: Db, id: number) {
  const row = await db
    .selectFrom('draft')
    .innerJoin('message', 'message.id', 'draft.message_id')
    .innerJoin('conversation', 'conversation.id', 'draft.conversation_id')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select([
      'draft.conversation_id as conversationId',
      'draft.message_id as messageId',
      'draft.language',
      'message.subject',
      'mailbox.name as mailboxName',
    ])
    .where('draft.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new ReplywrightError('not_found', { what: 'draft', id });
  return row;
}

/**
 * Locks the conversation that a draft is in, as `lockConversation` does.
 *
 * @throws ReplywrightError `not_found`.
 */
export async function lockConversationOfDraft(tx: Tx, id: number): Promise<LockedConversation> {
  return await lockConversation(tx, async () => (await loadDraft(tx, id)).conversationId);
}

/** True when a draft that came after `draftId` in its conversation is decided. */
export async function isDecidedLater(
  tx: Tx,
  conversationId: number,
  draftId: number,
): Promise<boolean> {
  const row = await tx
    .selectFrom('draft')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('id', '>', draftId)
    .where('state', 'in', ['approved', 'rejected'])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
