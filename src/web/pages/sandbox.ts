/** The sandbox's box: type a mail as a customer would, and watch it become a draft. */

import { ReplywrightError } from '../../domain/errors.ts';
import { frame, liveParts } from '../chrome.ts';
import { check, mailForm } from '../params.ts';
import type { Desk } from '../parts.ts';
import { isFragment, sendFragment, sendHtml } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';

async function showBox(desk: Desk, visit: AccountVisit): Promise<void> {
  if (desk.sandbox === null) throw new ReplywrightError('not_found', { what: 'page', id: '' });
  const live = await liveParts(desk, 'approve', null);
  // The list of mail stands beside the box, but the box is the page that is open.
  const rail = live.rail.map((entry) => ({ ...entry, current: false }));
  const title = 'Write as a customer';
  const model = { ...frame(desk, visit.account), ...live, rail, title, writing: true };
  await sendHtml(visit, desk.views.render('sandbox', model));
}

async function handleMail(desk: Desk, visit: AccountVisit): Promise<void> {
  if (desk.sandbox === null) throw new ReplywrightError('not_found', { what: 'page', id: '' });
  await desk.sandbox.submitMail(check(mailForm, visit.request.body));
  if (!isFragment(visit.request)) return visit.response.redirect(303, '/queue/approve');
  const toast = { text: 'Delivered. It comes up in the list.', undo: null };
  await sendFragment(desk, visit, 'toast-only', { toast });
}

/** Routes of the sandbox; outside it they answer as if they did not exist. */
export function sandboxRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/sandbox',
      access: 'agent',
      handle: (visit) => showBox(desk, visit),
    },
    {
      method: 'post',
      path: '/sandbox/mail',
      access: 'agent',
      handle: (visit) => handleMail(desk, visit),
    },
  ];
}
