/** All that a person sees of the newest draft in a conversation. */

import { sql } from 'kysely';
import type { FactSheet } from '../domain/facts.ts';
import type { CheckResult, Citation, Urgency } from '../domain/responder.ts';
import type { DraftState } from '../domain/states.ts';
import { partialOf } from './partials.ts';
import { type ShadowView, shadowOf } from './shadow-drafts.ts';
import type { Db } from './tables.ts';

export interface DraftView {
  id: number;
  messageId: number;
  state: DraftState;
  reply: string | null;
  category: string | null;
  urgency: Urgency | null;
  language: string | null;
  citations: Citation[];
  missing: string[];
  /** Ids of the examples that its request showed, best first. */
  examples: string[];
  needsPersonReason: string | null;
  checks: CheckResult[];
  /** What the shop's systems said when it was drafted; null where it is not drafted. */
  facts: FactSheet | null;
  inputTokens: number | null;
  cacheReadTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  latencyMs: number | null;
  errorText: string | null;
  responderHash: string | null;
  /** The name of what drafted in the settings. */
  responder: string | null;
  prompt: string | null;
  /** False where the prompt version was a draft itself; null where nothing has drafted. */
  released: boolean | null;
  model: string | null;
  /** What another responder made of the same mail, unseen; null where none did. */
  shadow: ShadowView | null;
  /** When a colleague answered from another mail program; null where nobody did. */
  answeredAt: Date | null;
  createdAt: Date;
  /** What the running attempt has written so far; null where none runs or nothing is written. */
  partial: string | null;
}

/** The newest draft of a conversation; null when it has none. */
export async function newestDraft(db: Db, conversationId: number): Promise<DraftView | null> {
  const row = await db
    .selectFrom('draft')
    .leftJoin('responder', 'responder.hash', 'draft.responder_hash')
    .leftJoin('message as answer', 'answer.id', 'draft.answered_by')
    .select((from) => [
      'draft.id',
      'draft.message_id as messageId',
      'draft.state',
      'draft.reply',
      'draft.category',
      'draft.urgency',
      'draft.language',
      'draft.citations',
      'draft.missing',
      'draft.examples',
      'draft.needs_person_reason as needsPersonReason',
      'draft.checks',
      'draft.facts',
      'draft.input_tokens as inputTokens',
      'draft.cache_read_tokens as cacheReadTokens',
      'draft.output_tokens as outputTokens',
      'draft.cost_usd as costUsd',
      'draft.latency_ms as latencyMs',
      'draft.error_text as errorText',
      'draft.responder_hash as responderHash',
      'draft.responder',
      'responder.prompt',
      'responder.model',
      sql<boolean | null>`(responder.settings->>'released')::boolean`.as('released'),
      from.fn.coalesce('answer.sent_at', 'answer.received_at').as('answeredAt'),
      'draft.created_at as createdAt',
    ])
    .where('draft.conversation_id', '=', conversationId)
    // A draft that gave way to an undone decision is newer than the one that came back.
    .orderBy((where) => where('draft.state', '=', 'stale'))
    .orderBy('draft.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const partial = row.state === 'drafting' ? await partialOf(db, row.id) : null;
  return { ...row, partial, shadow: await shadowOf(db, row.id) };
}
