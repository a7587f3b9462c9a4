/** Merging and splitting conversations: the pages that say what will happen, and the acts. */

import { ReplywrightError } from '../../domain/errors.ts';
import { merge, split, undoRegrouping } from '../../pipeline/regroup.ts';
import { type ConversationView, loadConversation } from '../../storage/conversation-view.ts';
import { citedConversations, conversationsWith } from '../../storage/merge-choices.ts';
import type { QueueView } from '../../storage/queue.ts';
import { frame, liveParts } from '../chrome.ts';
import {
  addressQuery,
  check,
  checkPath,
  idParam,
  mergeForm,
  placeForm,
  refParam,
  splitForm,
  viewParam,
} from '../params.ts';
import type { Desk } from '../parts.ts';
import { mergeView, splitView } from '../regroup-view.ts';
import { isFragment, sendFragment, sendHtml } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { goTo, offeredUntil } from './decide.ts';
import { noPane } from './queue.ts';

/** The conversation that the address of the page names. */
async function visited(desk: Desk, { request }: AccountVisit) {
  const view = checkPath(viewParam, request.params.view);
  const { kind, id } = checkPath(refParam, request.params.ref);
  const conversation = kind === 'conversation' ? await loadConversation(desk.db, id) : null;
  if (conversation === null) throw new ReplywrightError('not_found', { what: 'conversation', id });
  return { view, conversation };
}

async function showPane(
  desk: Desk,
  visit: AccountVisit,
  view: QueueView,
  conversation: ConversationView,
  pane: { title: string; merge?: object; split?: object },
): Promise<void> {
  const shown = { ...noPane, ...pane };
  if (isFragment(visit.request)) return await sendFragment(desk, visit, 'pane', shown);
  const live = await liveParts(desk, view, `c${conversation.id}`);
  const model = { ...frame(desk, visit.account), ...live, pane: shown, onItem: true };
  await sendHtml(visit, desk.views.render('desk', model));
}

async function showMerge(desk: Desk, visit: AccountVisit): Promise<void> {
  const { view, conversation } = await visited(desk, visit);
  const { address } = check(addressQuery, visit.request.query);
  const { id, customer } = conversation;
  const choices =
    address === null
      ? [
          ...(await conversationsWith(desk.db, customer.address, id)),
          ...(await citedConversations(desk.db, id)),
        ]
      : await conversationsWith(desk.db, address, id);
  const unique = [...new Map(choices.map((choice) => [choice.id, choice])).values()];
  const model = mergeView(conversation, view, unique, address);
  await showPane(desk, visit, view, conversation, { merge: model, title: 'Merge' });
}

async function showSplit(desk: Desk, visit: AccountVisit): Promise<void> {
  const { view, conversation } = await visited(desk, visit);
  const from = idParam.safeParse(visit.request.query.from).data ?? null;
  const model = splitView(conversation, view, from);
  await showPane(desk, visit, view, conversation, { split: model, title: 'Split' });
}

async function handleMerge(desk: Desk, visit: AccountVisit): Promise<void> {
  const id = checkPath(idParam, visit.request.params.id);
  const form = check(mergeForm, visit.request.body);
  const { regroupingId, conversationId } = await merge(desk, {
    conversations: [
      { id, lastMessageId: form.lastMessageId },
      { id: form.otherId, lastMessageId: form.otherLastMessageId },
    ],
    accountId: visit.account.id,
    oneCustomer: form.oneCustomer === 'yes',
  });
  const undo = {
    path: `/regroupings/${regroupingId}/undo`,
    until: offeredUntil(desk),
    view: form.view,
  };
  const ref = refParam.parse(`c${conversationId}`);
  await goTo(desk, visit, form.view, ref, { text: 'Merged, a new draft follows', undo });
}

async function handleSplit(desk: Desk, visit: AccountVisit): Promise<void> {
  const id = checkPath(idParam, visit.request.params.id);
  const { view, lastMessageId, from } = check(splitForm, visit.request.body);
  const { regroupingId, conversationId } = await split(desk, {
    shown: { id, lastMessageId },
    messageId: from,
    accountId: visit.account.id,
  });
  const undo = { path: `/regroupings/${regroupingId}/undo`, until: offeredUntil(desk), view };
  const ref = refParam.parse(`c${conversationId}`);
  await goTo(desk, visit, view, ref, { text: 'Split off, new drafts follow', undo });
}

async function handleUndo(desk: Desk, visit: AccountVisit): Promise<void> {
  const regroupingId = checkPath(idParam, visit.request.params.id);
  const { view } = check(placeForm, visit.request.body);
  const accountId = visit.account.id;
  const { conversationId } = await undoRegrouping(desk, { regroupingId, accountId });
  const toast = { text: 'Taken back, new drafts follow', undo: null };
  await goTo(desk, visit, view, refParam.parse(`c${conversationId}`), toast);
}

/** Routes of merging and splitting. */
export function regroupRoutes(desk: Desk): Route[] {
  const route = (
    method: 'get' | 'post',
    path: string,
    handle: (desk: Desk, visit: AccountVisit) => Promise<void>,
  ): Route => ({ method, path, access: 'agent', handle: (visit) => handle(desk, visit) });
  return [
    route('get', '/queue/:view/:ref/merge', showMerge),
    route('get', '/queue/:view/:ref/split', showSplit),
    route('post', '/conversations/:id/merge', handleMerge),
    route('post', '/conversations/:id/split', handleSplit),
    route('post', '/regroupings/:id/undo', handleUndo),
  ];
}
