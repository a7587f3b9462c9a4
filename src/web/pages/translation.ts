/** A translation of a mail and its draft, for whoever reviews it. */

import { translate } from '../../pipeline/translate.ts';
import { check, checkPath, idParam, placeForm, refParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { reviewLanguage } from '../translation-view.ts';
import { goTo } from './decide.ts';

async function handleTranslation(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  const { view } = check(placeForm, visit.request.body);
  const languageFor = (mailbox: string) => reviewLanguage(desk, mailbox);
  const { conversationId } = await translate(desk.translating, draftId, languageFor);
  await goTo(desk, visit, view, refParam.parse(`c${conversationId}`), null);
}

/** The route that translates. */
export function translationRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/drafts/:id/translation',
      access: 'agent',
      handle: (visit) => handleTranslation(desk, visit),
    },
  ];
}
