/** The queue page and the item in it: whole, as the fragment of one item, and as a refresh. */

import { ReplywrightError } from '../../domain/errors.ts';
import { loadConversation } from '../../storage/conversation-view.ts';
import { recentLabels } from '../../storage/labels.ts';
import { handlingOf, loadMessage } from '../../storage/messages.ts';
import type { QueueView } from '../../storage/queue.ts';
import { frame, liveParts } from '../chrome.ts';
import { loadReplyFiles } from '../enclosure-view.ts';
import { itemView, messageView } from '../item-view.ts';
import { emptyItem, refOf } from '../list-view.ts';
import { messageHead } from '../message-head.ts';
import { checkPath, idParam, refParam, viewParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import { isFragment, sendFragment, sendHtml } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { translationView } from '../translation-view.ts';

export type Ref = ReturnType<typeof refParam.parse>;

async function filedItem(desk: Desk, view: QueueView, { id, ref }: Ref) {
  const message = await loadMessage(desk.db, id);
  if (message === null) throw new ReplywrightError('not_found', { what: 'message', id });
  return {
    ref,
    url: `/queue/${view}/${ref}`,
    view,
    title: message.subject.trim() === '' ? '(no subject)' : message.subject,
    from: message.fromAddress,
    // Its subject and the reason why it was filed stand above it.
    message: {
      ...messageView(message, message.fromAddress),
      ...messageHead(message, null),
      ...{ subject: null, note: null },
    },
    // Once somebody called it answerable, it lives on as a conversation.
    movedTo: message.state === 'answerable' ? message.conversationId : null,
    canAnswer:
      (message.state === 'automated' || message.state === 'blocked') &&
      message.fromAddress !== null,
    canFinish: message.state === 'quarantined',
    canReadAgain: message.state === 'quarantined',
    beingRead: message.state === 'stored',
    done: message.state === 'done' ? await handlingOf(desk.db, id) : null,
  };
}

/** The template and model that show one item. */
async function loadItem(desk: Desk, view: QueueView, ref: Ref, seen: number | null = null) {
  if (ref.kind === 'message') {
    const filed = await filedItem(desk, view, ref);
    return { template: 'filed' as const, item: filed };
  }
  const conversation = await loadConversation(desk.db, ref.id);
  if (conversation === null)
    throw new ReplywrightError('not_found', { what: 'conversation', id: ref.id });
  const [files, recent] = await Promise.all([
    loadReplyFiles(desk.db, conversation),
    recentLabels(desk.db),
  ]);
  const category = [...recent.category, ...desk.categories()];
  const translation = await translationView(desk, conversation);
  const shop = { ...desk, labels: { ...recent, category } };
  return {
    template: 'conversation' as const,
    item: { ...itemView(conversation, view, seen, shop, files), translation },
  };
}

/** A pane with nothing in it; each kind of pane fills in its own. */
export const noPane = { conversation: null, filed: null, nothing: null, merge: null, split: null };

/** What stands in the item pane: an item, or the words for an empty queue. */
export async function itemPane(desk: Desk, view: QueueView, ref: Ref | null, seen?: number | null) {
  if (ref === null) return { ...noPane, nothing: emptyItem(view), title: emptyItem(view).title };
  const { template, item } = await loadItem(desk, view, ref, seen ?? null);
  return { ...noPane, [template]: item, title: item.title };
}

async function showQueue(desk: Desk, visit: AccountVisit): Promise<void> {
  const view = checkPath(viewParam, visit.request.params.view);
  const asked = visit.request.params.ref;
  const ref = asked === undefined ? null : checkPath(refParam, asked);
  if (isFragment(visit.request) && ref !== null) {
    const seen = idParam.safeParse(visit.request.query.seen).data ?? null;
    return sendFragment(desk, visit, 'pane', await itemPane(desk, view, ref, seen));
  }
  const live = await liveParts(desk, view, ref?.ref ?? null);
  // A wide screen has room for the first item beside the list.
  const first = live.items[0];
  const shown = ref ?? (first === undefined ? null : refParam.parse(refOf(first, view)));
  for (const row of live.list.rows) row.current = row.ref === shown?.ref;
  const pane = await itemPane(desk, view, shown);
  const model = { ...frame(desk, visit.account), ...live, pane, onItem: ref !== null };
  await sendHtml(visit, desk.views.render('desk', model));
}

async function refresh(desk: Desk, visit: AccountVisit): Promise<void> {
  const view = checkPath(viewParam, visit.request.params.view);
  const open = refParam.safeParse(visit.request.query.open).data ?? null;
  const live = await liveParts(desk, view, open?.ref ?? null);
  await sendFragment(desk, visit, 'refresh', { ...live, onItem: false });
}

/** Routes of the queue. */
export function queueRoutes(desk: Desk): Route[] {
  const show = (visit: AccountVisit) => showQueue(desk, visit);
  return [
    {
      method: 'get',
      path: '/',
      access: 'agent',
      handle: ({ response }) => response.redirect(302, '/queue/approve'),
    },
    { method: 'get', path: '/queue/:view', access: 'agent', handle: show },
    { method: 'get', path: '/queue/:view/:ref', access: 'agent', handle: show },
    {
      method: 'get',
      path: '/live/:view',
      access: 'agent',
      handle: (visit) => refresh(desk, visit),
    },
  ];
}
