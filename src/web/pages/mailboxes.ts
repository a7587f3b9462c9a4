/** The mailboxes page: how each of them is doing in full, and a button that has one looked at now. */

import { ReplywrightError } from '../../domain/errors.ts';
import { askForCheck } from '../../storage/mailbox-health.ts';
import { frame, liveParts } from '../chrome.ts';
import { checkPath, idParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import { isFragment, sendFragment, sendHtml } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';

async function showMailboxes(desk: Desk, visit: AccountVisit): Promise<void> {
  const live = await liveParts(desk, 'approve', null);
  if (isFragment(visit.request)) return sendFragment(desk, visit, 'mailbox-details', live);
  // The list of mail stands beside the mailboxes, but they are the page that is open.
  const rail = live.rail.map((entry) => ({ ...entry, current: false }));
  const model = { ...frame(desk, visit.account), ...live, rail, title: 'Mailboxes' };
  await sendHtml(visit, desk.views.render('mailboxes', model));
}

async function checkMailbox(desk: Desk, visit: AccountVisit): Promise<void> {
  const id = checkPath(idParam, visit.request.params.id);
  if (!(await askForCheck(desk.db, id)))
    throw new ReplywrightError('not_found', { what: 'mailbox', id });
  if (!isFragment(visit.request)) return visit.response.redirect(303, '/mailboxes');
  const toast = { text: 'Looking now. The page shows what comes of it.', undo: null };
  await sendFragment(desk, visit, 'toast-only', { toast });
}

/** Routes of the mailboxes. */
export function mailboxRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/mailboxes',
      access: 'agent',
      handle: (visit) => showMailboxes(desk, visit),
    },
    {
      method: 'post',
      path: '/mailboxes/:id/check',
      access: 'agent',
      handle: (visit) => checkMailbox(desk, visit),
    },
  ];
}
