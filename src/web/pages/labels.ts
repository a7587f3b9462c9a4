/** What people make of a mail's labels: category, urgency, language. */

import { correct } from '../../pipeline/labels.ts';
import { languageCode } from '../labels-view.ts';
import { check, checkPath, idParam, labelForm, refParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { humanize, languageName } from '../wording.ts';
import { goTo } from './decide.ts';

async function handleLabel(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  const { view, label, from, to: written } = check(labelForm, visit.request.body);
  const to = label === 'language' ? languageCode(written) : written;
  const accountId = visit.account.id;
  const { conversationId, value } = await correct(desk, { draftId, label, from, to, accountId });
  const name = label === 'language' ? languageName(value) : humanize(value);
  const toast = { text: `${humanize(label)}: ${name}`, undo: null };
  await goTo(desk, visit, view, refParam.parse(`c${conversationId}`), toast);
}

/** Routes that correct labels. */
export function labelRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/drafts/:id/label',
      access: 'agent',
      handle: (visit) => handleLabel(desk, visit),
    },
  ];
}
