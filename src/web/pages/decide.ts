/** What people decide: approve, reject, undo, draft again, and the cases only a person can settle. */

import { approve, reject, requestRedraft, undo } from '../../pipeline/review.ts';
import { settleByPerson } from '../../pipeline/settle.ts';
import { treatAsAnswerable } from '../../pipeline/triage.ts';
import type { QueueView } from '../../storage/queue.ts';
import { listQueue } from '../../storage/queue.ts';
import { refOf } from '../list-view.ts';
import {
  approveForm,
  check,
  checkPath,
  idParam,
  placeForm,
  refParam,
  rejectForm,
  settleForm,
} from '../params.ts';
import type { Desk } from '../parts.ts';
import { isFragment, sendFragment } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { itemPane, type Ref } from './queue.ts';

interface Toast {
  text: string;
  undo: { decisionId: number; until: Date; view: QueueView } | null;
}

const conversationRef = (id: number): Ref => refParam.parse(`c${id}`);

/** The item to go on with: the one the page named, or else the first that is still there. */
async function nextItem(desk: Desk, view: QueueView, asked: Ref | null, done: string | null) {
  const items = await listQueue(desk.db, view, 100);
  const refs = items.map((item) => refOf(item, view)).filter((ref) => ref !== done);
  const ref = refs.find((each) => each === asked?.ref) ?? refs[0];
  return ref === undefined ? null : refParam.parse(ref);
}

/** Shows an item with a toast; a browser without scripts is sent to the item's page. */
async function goTo(
  desk: Desk,
  visit: AccountVisit,
  view: QueueView,
  ref: Ref | null,
  toast: Toast | null,
): Promise<void> {
  const url = ref === null ? `/queue/${view}` : `/queue/${view}/${ref.ref}`;
  if (!isFragment(visit.request)) return visit.response.redirect(303, url);
  visit.response.set('HX-Push-Url', url);
  const pane = await itemPane(desk, view, ref);
  await sendFragment(desk, visit, 'moved-on', { pane, toast, view });
}

async function handleApprove(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  const form = check(approveForm, visit.request.body);
  const { decisionId, holdUntil } = await approve(desk, {
    draftId,
    accountId: visit.account.id,
    text: form.text,
    lastMessageId: form.lastMessageId,
    shownSha256: form.shownSha256,
    override: form.override === 'yes',
    reasons: form.reasons,
    note: form.note,
  });
  const next = await nextItem(desk, form.view, form.next, null);
  const undo = { decisionId, until: holdUntil, view: form.view };
  await goTo(desk, visit, form.view, next, { text: 'Approved', undo });
}

async function handleReject(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  const { view, next, reasons, note, ...form } = check(rejectForm, visit.request.body);
  const redraft = form.redraft === 'yes';
  const accountId = visit.account.id;
  const { decisionId } = await reject(desk, { draftId, accountId, reasons, note, redraft });
  const until = new Date(Date.now() + desk.undoSeconds * 1_000);
  const text = redraft ? 'Rejected, another draft follows' : 'Closed without a reply';
  const following = await nextItem(desk, view, next, null);
  await goTo(desk, visit, view, following, { text, undo: { decisionId, until, view } });
}

async function handleUndo(desk: Desk, visit: AccountVisit): Promise<void> {
  const decisionId = checkPath(idParam, visit.request.params.id);
  const { view } = check(placeForm, visit.request.body);
  const { conversationId } = await undo(desk, { decisionId, accountId: visit.account.id });
  const text = 'Taken back. Nothing was sent.';
  await goTo(desk, visit, view, conversationRef(conversationId), { text, undo: null });
}

async function handleAgain(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  const { view, next } = check(placeForm, visit.request.body);
  await requestRedraft(desk, { draftId });
  await goTo(desk, visit, view, next, { text: 'Drafting again', undo: null });
}

async function handleAnswerable(desk: Desk, visit: AccountVisit): Promise<void> {
  const messageId = checkPath(idParam, visit.request.params.id);
  const { conversationId } = await treatAsAnswerable(desk, { messageId });
  const toast = { text: 'Now a person’s mail; a draft follows', undo: null };
  await goTo(desk, visit, 'approve', conversationRef(conversationId), toast);
}

async function handleSettle(desk: Desk, visit: AccountVisit): Promise<void> {
  const deliveryId = checkPath(idParam, visit.request.params.id);
  const { view, next, verdict } = check(settleForm, visit.request.body);
  await settleByPerson(desk, { deliveryId, verdict });
  const text = verdict === 'sent' ? 'Noted as sent' : 'Sending it again';
  await goTo(desk, visit, view, next, { text, undo: null });
}

/** Routes that change something. */
export function decideRoutes(desk: Desk): Route[] {
  const post = (
    path: string,
    handle: (desk: Desk, visit: AccountVisit) => Promise<void>,
  ): Route => ({ method: 'post', path, access: 'agent', handle: (visit) => handle(desk, visit) });
  return [
    post('/drafts/:id/approve', handleApprove),
    post('/drafts/:id/reject', handleReject),
    post('/drafts/:id/again', handleAgain),
    post('/decisions/:id/undo', handleUndo),
    post('/messages/:id/answerable', handleAnswerable),
    post('/deliveries/:id/settle', handleSettle),
  ];
}
