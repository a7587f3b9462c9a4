/** What people decide: approve, reject, undo, draft again, and the cases only a person can settle. */

import { markDone, reopen } from '../../pipeline/done.ts';
import { askForReplyAllTheSame } from '../../pipeline/elsewhere.ts';
import { giveUp } from '../../pipeline/give-up.ts';
import { readAgain } from '../../pipeline/read-again.ts';
import { approve, reject, requestRedraft, undo } from '../../pipeline/review.ts';
import { reschedule, tryNow } from '../../pipeline/schedule.ts';
import { settleByPerson } from '../../pipeline/settle.ts';
import { treatAsAnswerable } from '../../pipeline/triage.ts';
import type { Plan } from '../../storage/deliveries.ts';
import { markReportsSeen, type Reported } from '../../storage/delivery-reports.ts';
import type { QueueView } from '../../storage/queue.ts';
import { listQueue } from '../../storage/queue.ts';
import { liveParts } from '../chrome.ts';
import { isPlanned } from '../leaving-view.ts';
import { refOf } from '../list-view.ts';
import {
  approveForm,
  check,
  checkPath,
  idParam,
  placeForm,
  refParam,
  rejectForm,
  scheduleForm,
  settleForm,
  viewParam,
} from '../params.ts';
import type { Desk } from '../parts.ts';
import { isFragment, sendFragment } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { zonedMoment } from '../wording.ts';
import { itemPane, type Ref } from './queue.ts';

interface Toast {
  text: string;
  /** Where to ask for it, and until when it is offered. */
  undo: { path: string; until: Date; view: QueueView } | null;
}

/** What has no end of time is offered for as long as an approval can be undone. */
export const offeredUntil = (desk: Desk) => new Date(Date.now() + desk.undoSeconds * 1_000);

const conversationRef = (id: number): Ref => refParam.parse(`c${id}`);

/** The item to go on with: the one the page named, or else the first that is still there. */
async function nextItem(desk: Desk, view: QueueView, asked: Ref | null, done: string | null) {
  const items = await listQueue(desk.db, view, 100);
  const refs = items.map((item) => refOf(item, view)).filter((ref) => ref !== done);
  const ref = refs.find((each) => each === asked?.ref) ?? refs[0];
  return ref === undefined ? null : refParam.parse(ref);
}

/** The address that the asking page shows; empty when it does not say. */
function shownUrl({ request }: AccountVisit): string {
  return request.get('hx-current-url') ?? '';
}

/** The view whose list the asking page shows; null when it cannot be told. */
function shownView(visit: AccountVisit): QueueView | null {
  const [, view] = /\/queue\/(\w+)/.exec(shownUrl(visit)) ?? [];
  return viewParam.safeParse(view).data ?? null;
}

/** Shows an item with a toast; a browser without scripts is sent to the item's page. */
export async function goTo(
  desk: Desk,
  visit: AccountVisit,
  view: QueueView,
  ref: Ref | null,
  toast: Toast | null,
): Promise<void> {
  const url = ref === null ? `/queue/${view}` : `/queue/${view}/${ref.ref}`;
  if (!isFragment(visit.request)) return visit.response.redirect(303, url);
  if (!shownUrl(visit).endsWith(url)) visit.response.set('HX-Push-Url', url);
  const pane = await itemPane(desk, view, ref);
  // With the list as it is now, so that what was decided leaves it at once. A page that meanwhile
  // shows another view keeps its own list.
  const isShown = shownView(visit) === view;
  const live = isShown ? await liveParts(desk, view, ref?.ref ?? null) : null;
  await sendFragment(desk, visit, 'moved-on', { pane, toast, view, live });
}

/** The offer to take an approval back: on the toast for a while, on its page until it leaves. */
function undoOf(
  desk: Desk,
  { decisionId, holdUntil }: { decisionId: number; holdUntil: Date },
  view: QueueView,
): NonNullable<Toast['undo']> {
  const offered = offeredUntil(desk);
  const until = holdUntil < offered ? holdUntil : offered;
  return { path: `/decisions/${decisionId}/undo`, until, view };
}

/** When a planned reply goes out, as the end of a sentence; nothing of one that leaves now. */
function plannedWords({ holdUntil, ...plan }: Plan & { holdUntil: Date }): string {
  const now = new Date();
  if (plan.timeZone === null || !isPlanned({ ...plan, holdUntil }, now)) return '';
  return `. Goes out on ${zonedMoment(holdUntil, plan.timeZone, now)} (${plan.timeZone})`;
}

async function handleApprove(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  const form = check(approveForm, visit.request.body);
  const { decisionId, holdUntil, plan } = await approve(desk, {
    draftId,
    accountId: visit.account.id,
    text: form.text,
    lastMessageId: form.lastMessageId,
    shownSha256: form.shownSha256,
    enclosuresSha256: form.enclosuresSha256,
    withoutFile: form.withoutFile === 'yes',
    override: form.override === 'yes',
    copies: form.copies,
    leaving: form.leaves === undefined ? null : { leaves: form.leaves, at: form.at },
    reasons: form.reasons,
    note: form.note,
  });
  const next = await nextItem(desk, form.view, form.next, null);
  const undo = undoOf(desk, { decisionId, holdUntil }, form.view);
  const text = `Approved${plannedWords({ ...plan, holdUntil })}`;
  await goTo(desk, visit, form.view, next, { text, undo });
}

/** The offline responder has no second thought: another approved reply may fit, most often none. */
function rejectedWords({ standing }: Desk): string {
  return standing.offline
    ? 'Rejected. If no other approved reply fits, it waits under “Needs a person”'
    : 'Rejected, another draft follows';
}

async function handleReject(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  const { view, next, reasons, note, ...form } = check(rejectForm, visit.request.body);
  const redraft = form.redraft === 'yes';
  const accountId = visit.account.id;
  const { decisionId } = await reject(desk, { draftId, accountId, reasons, note, redraft });
  const text = redraft ? rejectedWords(desk) : 'Closed without a reply';
  const following = await nextItem(desk, view, next, null);
  const undo = { path: `/decisions/${decisionId}/undo`, until: offeredUntil(desk), view };
  await goTo(desk, visit, view, following, { text, undo });
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

async function handleStill(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  check(placeForm, visit.request.body);
  const { conversationId } = await askForReplyAllTheSame(desk, { draftId });
  const toast = { text: 'Back in the queue; a draft follows', undo: null };
  await goTo(desk, visit, 'approve', conversationRef(conversationId), toast);
}

async function handleAnswerable(desk: Desk, visit: AccountVisit): Promise<void> {
  const messageId = checkPath(idParam, visit.request.params.id);
  const { conversationId } = await treatAsAnswerable(desk, { messageId });
  const toast = { text: 'Now a person’s mail; a draft follows', undo: null };
  await goTo(desk, visit, 'approve', conversationRef(conversationId), toast);
}

async function handleSchedule(desk: Desk, visit: AccountVisit): Promise<void> {
  const deliveryId = checkPath(idParam, visit.request.params.id);
  const { view, leaves, at } = check(scheduleForm, visit.request.body);
  const planned = await reschedule(desk, { deliveryId, choice: { leaves, at } });
  const text = `Changed${plannedWords(planned) || '. It goes out now'}`;
  const undo = undoOf(desk, planned, view);
  await goTo(desk, visit, view, conversationRef(planned.conversationId), { text, undo });
}

async function handleTryNow(desk: Desk, visit: AccountVisit): Promise<void> {
  const deliveryId = checkPath(idParam, visit.request.params.id);
  const { view, next } = check(placeForm, visit.request.body);
  await tryNow(desk, { deliveryId });
  await goTo(desk, visit, view, next, { text: 'Trying now', undo: null });
}

async function handleSettle(desk: Desk, visit: AccountVisit): Promise<void> {
  const deliveryId = checkPath(idParam, visit.request.params.id);
  const { view, next, verdict } = check(settleForm, visit.request.body);
  await settleByPerson(desk, { deliveryId, verdict });
  const text = verdict === 'sent' ? 'Noted as sent' : 'Sending it again';
  await goTo(desk, visit, view, next, { text, undo: null });
}

async function handleSeen(
  desk: Desk,
  visit: AccountVisit,
  about: (id: number) => Reported,
): Promise<void> {
  const id = checkPath(idParam, visit.request.params.id);
  const { view, next } = check(placeForm, visit.request.body);
  const seen = await markReportsSeen(desk.db, about(id), visit.account.id);
  const text = seen ? 'Noted as seen' : 'Somebody has seen it already';
  await goTo(desk, visit, view, next, { text, undo: null });
}

async function handleGiveUp(desk: Desk, visit: AccountVisit): Promise<void> {
  const decisionId = checkPath(idParam, visit.request.params.id);
  const { view } = check(placeForm, visit.request.body);
  const { conversationId } = await giveUp(desk, { decisionId, accountId: visit.account.id });
  const toast = { text: 'Given up', undo: null };
  await goTo(desk, visit, view, conversationRef(conversationId), toast);
}

async function handleDone(desk: Desk, visit: AccountVisit): Promise<void> {
  const messageId = checkPath(idParam, visit.request.params.id);
  const { view, next } = check(placeForm, visit.request.body);
  await markDone(desk, { messageId, accountId: visit.account.id });
  const undo = { path: `/messages/${messageId}/reopen`, until: offeredUntil(desk), view };
  const following = await nextItem(desk, view, next, `m${messageId}`);
  await goTo(desk, visit, view, following, { text: 'Done', undo });
}

async function handleReopen(desk: Desk, visit: AccountVisit): Promise<void> {
  const messageId = checkPath(idParam, visit.request.params.id);
  const { view } = check(placeForm, visit.request.body);
  await reopen(desk, { messageId, accountId: visit.account.id });
  const toast = { text: 'Back in quarantine', undo: null };
  await goTo(desk, visit, view, refParam.parse(`m${messageId}`), toast);
}

async function handleReadAgain(desk: Desk, visit: AccountVisit): Promise<void> {
  const messageId = checkPath(idParam, visit.request.params.id);
  const { view } = check(placeForm, visit.request.body);
  await readAgain(desk, { messageId });
  const toast = { text: 'Reading it again', undo: null };
  await goTo(desk, visit, view, refParam.parse(`m${messageId}`), toast);
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
    post('/drafts/:id/still', handleStill),
    post('/decisions/:id/undo', handleUndo),
    post('/decisions/:id/give-up', handleGiveUp),
    post('/messages/:id/answerable', handleAnswerable),
    post('/messages/:id/done', handleDone),
    post('/messages/:id/reopen', handleReopen),
    post('/messages/:id/read-again', handleReadAgain),
    post('/deliveries/:id/settle', handleSettle),
    post('/deliveries/:id/schedule', handleSchedule),
    post('/deliveries/:id/try-now', handleTryNow),
    post('/deliveries/:id/seen', (desk, visit) =>
      handleSeen(desk, visit, (deliveryId) => ({ deliveryId })),
    ),
    post('/messages/:id/seen', (desk, visit) =>
      handleSeen(desk, visit, (replyId) => ({ replyId })),
    ),
  ];
}
