/** The record of a draft: what made it, what that saw, and every call that was made for it. */

import { ReplywrightError } from '../domain/errors.ts';
import type { ReplyFields, ResponderIdentity } from '../domain/responder.ts';
import type { DraftState, ShadowState } from '../domain/states.ts';
import { callsFor, type KeptCall } from './model-calls.ts';
import { shadowOf } from './shadow-drafts.ts';
import type { Db } from './tables.ts';

/** A responder as it was when it drafted; its static text stands by its hash. */
export type KeptIdentity = Omit<ResponderIdentity, 'system'> & { systemSha256: string };

export interface DraftRecord {
  draftId: number;
  state: DraftState | ShadowState;
  mailbox: string;
  subject: string;
  /** The name in the settings of what drafted; null where nothing has. */
  responder: string | null;
  identity: KeptIdentity | null;
  /** The user turn, byte for byte; null while there is no draft. */
  userTurn: string | null;
  /** Ids of the examples that stand in it, best first; approved replies as `pair-ID`. */
  examples: string[];
  reply: string | null;
  /** The draft before it was revised; null when it was not. */
  first: ReplyFields | null;
  errorText: string | null;
  /** Of all attempts. */
  calls: KeptCall[];
  /** The responder of the shadow draft beside it; null where there is none. */
  shadow: string | null;
}

/** The responder of that hash. */
async function identityOf(db: Db, hash: string | null): Promise<KeptIdentity | null> {
  if (hash === null) return null;
  const row = await db
    .selectFrom('responder')
    .selectAll()
    .where('hash', '=', hash)
    .executeTakeFirstOrThrow();
  return {
    hash,
    prompt: row.prompt,
    promptSha256: row.prompt_sha256,
    policySetSha256: row.policy_set_sha256,
    examplesSha256: row.examples_sha256,
    model: row.model,
    settings: row.settings,
    systemSha256: row.system_sha256,
  };
}

function select(db: Db, id: number) {
  return db
    .selectFrom('draft')
    .innerJoin('message', 'message.id', 'draft.message_id')
    .innerJoin('conversation', 'conversation.id', 'draft.conversation_id')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select(['message.subject', 'mailbox.name as mailbox'])
    .where('draft.id', '=', id);
}

/** The record of a draft. @throws ReplywrightError `not_found`. */
export async function draftRecord(db: Db, id: number): Promise<DraftRecord> {
  const row = await select(db, id)
    .select([
      'draft.state',
      'draft.responder',
      'draft.responder_hash as hash',
      'draft.user_turn as userTurn',
      'draft.examples',
      'draft.reply',
      'draft.first',
      'draft.error_text as errorText',
    ])
    .executeTakeFirst();
  if (row === undefined) throw new ReplywrightError('not_found', { what: 'draft', id });
  const { hash, ...draft } = row;
  const [identity, calls, shadow] = await Promise.all([
    identityOf(db, hash),
    callsFor(db, { draftId: id }),
    shadowOf(db, id),
  ]);
  return { draftId: id, ...draft, identity, calls, shadow: shadow?.responder ?? null };
}

/** The record of the shadow draft beside a draft. @throws ReplywrightError `not_found`. */
export async function shadowRecord(db: Db, draftId: number): Promise<DraftRecord> {
  const row = await select(db, draftId)
    .innerJoin('shadow_draft', 'shadow_draft.draft_id', 'draft.id')
    .select([
      'shadow_draft.id',
      'shadow_draft.state',
      'shadow_draft.responder',
      'shadow_draft.responder_hash as hash',
      'shadow_draft.user_turn as userTurn',
      'shadow_draft.examples',
      'shadow_draft.fields',
      'shadow_draft.first',
      'shadow_draft.error_text as errorText',
    ])
    .executeTakeFirst();
  if (row === undefined)
    throw new ReplywrightError('not_found', { what: 'shadow draft beside draft', id: draftId });
  const { id, hash, fields, ...shadow } = row;
  const [identity, calls] = await Promise.all([
    identityOf(db, hash),
    callsFor(db, { shadowDraftId: id }),
  ]);
  return { draftId, ...shadow, identity, calls, reply: fields?.reply ?? null, shadow: null };
}
