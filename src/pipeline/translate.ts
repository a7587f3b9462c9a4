/** Translate: a mail and its draft in the reviewer's language, on request; nothing is decided by it. */

import { ReplywrightError } from '../domain/errors.ts';
import type { ModelCall, Responder, Translation } from '../domain/responder.ts';
import {
  keepTranslation,
  keptTranslation,
  type TranslatableDraft,
  translatableDraft,
} from '../storage/translations.ts';
import type { ResponderShelf } from './choose-responder.ts';
import { type SpendingParts, spendGuard } from './spending.ts';

export interface TranslateParts extends SpendingParts {
  responders: ResponderShelf;
}

/** Who translates for a draft: what drafted it, as the settings are now; null where nobody can. */
export function translatorFor(
  responders: ResponderShelf,
  { responder, mailboxName }: Pick<TranslatableDraft, 'responder' | 'mailboxName'>,
): Responder | null {
  try {
    const own = responder !== null && responders.has(responder) ? responder : null;
    const found = responders.get(own ?? responders.ownOf(mailboxName));
    return found.translate === undefined ? null : found;
  } catch (error) {
    // A mailbox or responder that is not usable now translates nothing; the desk says so elsewhere.
    if (error instanceof ReplywrightError) return null;
    throw error;
  }
}

/**
 * Translates, or gives what was translated before. Its calls are kept with those of the draft, and
 * count to the budgets of the mail and of the day.
 *
 * @throws ReplywrightError `translation_unavailable`, `not_found`, or as a draft does.
 */
export async function translate(
  parts: TranslateParts,
  draftId: number,
  languageFor: (mailbox: string) => string,
): Promise<{ conversationId: number }> {
  const draft = await translatableDraft(parts.db, draftId);
  if (draft === null) throw new ReplywrightError('not_found', { what: 'draft', id: draftId });
  const { conversationId, messageId, mail, reply } = draft;
  const language = languageFor(draft.mailboxName);
  if ((await keptTranslation(parts.db, draftId, language)) !== null) return { conversationId };
  const responder = translatorFor(parts.responders, draft);
  if (responder?.translate === undefined) throw new ReplywrightError('translation_unavailable');
  const spending = spendGuard(parts, messageId);
  const calls: ModelCall[] = [];
  let made: Translation | null = null;
  try {
    const watch = { onCall: (call: ModelCall) => calls.push(call), ...(spending && { spending }) };
    // The limits on time are those of the model's settings.
    const { signal } = new AbortController();
    made = await responder.translate({ mail, reply, language }, signal, watch);
  } finally {
    const by = responder.identity;
    await parts.db
      .transaction()
      .execute((tx) => keepTranslation(tx, { draftId, conversationId, language, by, calls }, made));
  }
  return { conversationId };
}
