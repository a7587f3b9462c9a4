/** The translation beside a mail and its draft, or the offer of one. */

import type { Translation } from '../domain/responder.ts';
import { translatorFor } from '../pipeline/translate.ts';
import type { ConversationView } from '../storage/conversation-view.ts';
import { keptTranslation } from '../storage/translations.ts';
import type { Desk } from './parts.ts';
import { languageName } from './wording.ts';

interface TranslationView {
  draftId: number;
  code: string;
  language: string;
  /** Null where it is only offered. */
  text: Translation | null;
}

/** The language that the colleagues of a mailbox read. */
export function reviewLanguage({ mailboxes }: Pick<Desk, 'mailboxes'>, mailbox: string): string {
  return mailboxes.get(mailbox)?.language ?? 'en';
}

/** Null where there is nothing to translate, or nobody who can. */
export async function translationView(
  desk: Pick<Desk, 'db' | 'mailboxes' | 'translating'>,
  { draft, mailbox }: ConversationView,
): Promise<TranslationView | null> {
  if (draft === null || (draft.state !== 'ready' && draft.state !== 'needs_person')) return null;
  const code = reviewLanguage(desk, mailbox.name);
  if (draft.language === null || draft.language === code) return null;
  const drafted = { responder: draft.responder, mailboxName: mailbox.name };
  const text = await keptTranslation(desk.db, draft.id, code);
  if (text === null && translatorFor(desk.translating.responders, drafted) === null) return null;
  return { draftId: draft.id, code, language: languageName(code), text };
}
