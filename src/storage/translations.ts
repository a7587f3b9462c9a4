/** Translations of a mail and its draft, each made once and kept beside what it cost. */

import type { ModelCall, ResponderIdentity, Translation } from '../domain/responder.ts';
import { announce } from './events.ts';
import { addCalls } from './model-calls.ts';
import type { Db, Tx } from './tables.ts';

/** What a translation is made of. */
export interface TranslatableDraft {
  conversationId: number;
  messageId: number;
  mailboxName: string;
  /** The name in the settings of what drafted; null where nothing has. */
  responder: string | null;
  language: string | null;
  mail: string;
  reply: string;
}

/** The texts of a draft that waits for a person; null where there is no such draft. */
export async function translatableDraft(db: Db, id: number): Promise<TranslatableDraft | null> {
  const row = await db
    .selectFrom('draft')
    .innerJoin('message', 'message.id', 'draft.message_id')
    .innerJoin('conversation', 'conversation.id', 'draft.conversation_id')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select([
      'draft.conversation_id as conversationId',
      'draft.message_id as messageId',
      'mailbox.name as mailboxName',
      'draft.responder',
      'draft.language',
      'message.new_text as mail',
      'draft.reply',
    ])
    .where('draft.id', '=', id)
    .where('draft.state', 'in', ['ready', 'needs_person'])
    .executeTakeFirst();
  return row === undefined ? null : { ...row, reply: row.reply ?? '' };
}

/** A translation that was made already; null where none was. */
export async function keptTranslation(
  db: Db,
  draftId: number,
  language: string,
): Promise<Translation | null> {
  const row = await db
    .selectFrom('translation')
    .select(['mail', 'reply'])
    .where('draft_id', '=', draftId)
    .where('language', '=', language)
    .executeTakeFirst();
  return row ?? null;
}

/** Keeps the calls of a translation, and what came of them; null where nothing did. */
export async function keepTranslation(
  tx: Tx,
  { draftId, conversationId, language, by, calls }: TranslationMade,
  made: Translation | null,
): Promise<void> {
  await addCalls(tx, { draftId, by }, calls);
  if (made === null) return;
  await tx
    .insertInto('translation')
    .values({ draft_id: draftId, language, mail: made.mail, reply: made.reply })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await announce(tx, { kind: 'translation', draftId, conversationId });
}

export interface TranslationMade {
  draftId: number;
  conversationId: number;
  language: string;
  by: ResponderIdentity;
  calls: readonly ModelCall[];
}
