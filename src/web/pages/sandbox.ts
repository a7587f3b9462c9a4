/** The sandbox's box: type a mail as a customer would, and watch it become a draft. */

import { ReplywrightError } from '../../domain/errors.ts';
import { placeOf } from '../../storage/messages.ts';
import { frame, liveParts } from '../chrome.ts';
import { check, checkPath, mailForm, messageIdParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import { isFragment, sendHtml, sendLonePage } from '../respond.ts';
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
  const messageId = await desk.sandbox.submitMail(check(mailForm, visit.request.body));
  const url = `/sandbox/mail/${encodeURIComponent(messageId)}`;
  if (!isFragment(visit.request)) return visit.response.redirect(303, url);
  visit.response.set('HX-Redirect', url).status(204).end();
}

/** Follows a typed mail until it has been filed, and then opens it where it stands. */
async function follow(desk: Desk, visit: AccountVisit): Promise<void> {
  if (desk.sandbox === null) throw new ReplywrightError('not_found', { what: 'page', id: '' });
  const messageId = checkPath(messageIdParam, visit.request.params.messageId);
  const place = await placeOf(desk.db, messageId);
  if (place === null || place.state === 'stored') {
    // Read by browsers of every kind, with scripts or without.
    visit.response.set('Refresh', '1');
    return sendLonePage(desk, visit, 'on-its-way', { title: 'On its way' });
  }
  const { id, state, conversationId, draftState } = place;
  const isFiled = conversationId === null || state !== 'answerable';
  const view = state === 'quarantined' ? 'quarantined' : 'automated';
  const needsPerson = draftState === 'needs_person' || draftState === 'failed';
  const url = isFiled
    ? `${view}/m${id}`
    : `${needsPerson ? 'person' : 'approve'}/c${conversationId}`;
  visit.response.redirect(303, `/queue/${url}`);
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
    {
      method: 'get',
      path: '/sandbox/mail/:messageId',
      access: 'agent',
      handle: (visit) => follow(desk, visit),
    },
  ];
}
