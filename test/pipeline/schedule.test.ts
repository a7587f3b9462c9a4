/** A reply leaves when somebody chose, within business hours, or not at all once it is overtaken. */

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BusinessHours } from '../../src/domain/business-hours.ts';
import { shownAt, writtenAt } from '../../src/domain/zoned-time.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { split } from '../../src/pipeline/regroup.ts';
import { undo } from '../../src/pipeline/review.ts';
import {
  type LeavingChoice,
  planOf,
  reschedule,
  stopOvertaken,
} from '../../src/pipeline/schedule.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import { pendingReplies } from '../../src/storage/deliveries.ts';
import {
  arrive,
  decisionRow,
  deliveryRow,
  draftRow,
  type House,
  newestDraft,
  openHouse,
  takeJobs,
  waitingJobs,
} from '../support/parts.ts';
import { approved, startAnew } from './outgoing.ts';
import { sentElsewhere } from './sent-mail.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await startAnew(house);
  await takeJobs(house.db, 'triage');
});
afterEach(() => setHours(null));
afterAll(async () => {
  await house.drop();
});

const zone = 'Europe/Berlin';
const day = 86_400_000;
const row = (deliveryId: number) => deliveryRow(house, deliveryId);

function setHours(hours: BusinessHours | null): void {
  const mailbox = house.mailboxes.get(house.mailbox.name) ?? expect.unreachable();
  mailbox.leaving = { timeZone: zone, hours, approved: 'at_once' };
}

/** Hours that are open now, or closed until tomorrow; by the days of the mailbox's zone. */
function hoursOpen(now: boolean): BusinessHours {
  const today = new Date(shownAt(new Date(), zone)).getUTCDay();
  const days = Array.from({ length: 7 }, (_, each) =>
    (each === today) === now ? [{ from: 0, to: 1_440 }] : [],
  );
  return { days, holidays: [] };
}

const inDays = (days: number): LeavingChoice => ({
  leaves: 'at_time',
  at: writtenAt(new Date(Date.now() + days * day), zone),
});
const inHours: LeavingChoice = { leaves: 'business_hours', at: null };
const atOnce: LeavingChoice = { leaves: 'at_once', at: null };

/** Runs the jobs that are sent for now, as a worker does. */
async function work() {
  const jobs = await takeJobs(house.db, 'deliver');
  for (const { data } of jobs) await deliver(house.deliverParts, data.deliveryId, data.ticket);
}

/** Lets the planned moment be past. */
async function due(deliveryId: number) {
  await house.db
    .updateTable('delivery')
    .set({ hold_until: sql<Date>`now() - interval '1 second'` })
    .where('id', '=', deliveryId)
    .execute();
}

describe('a choice', () => {
  const now = new Date('2026-11-20T18:00:00Z');
  const rules = {
    timeZone: zone,
    hours: { days: Array(7).fill([{ from: 540, to: 600 }]), holidays: [] },
    approved: 'business_hours',
  } as const;
  test.each<[string, LeavingChoice | null, string | null]>([
    ['of nobody follows the rule', null, '2026-11-21T08:00:00Z'],
    ['for now', atOnce, null],
    ['for business hours', inHours, '2026-11-21T08:00:00Z'],
    [
      'of a time, in the mailbox’s zone',
      { leaves: 'at_time', at: '2026-12-24T07:30' },
      '2026-12-24T06:30:00Z',
    ],
  ])('%s', (_what, choice, at) => {
    const plan = planOf(choice, rules, now);
    expect(plan.at?.getTime() ?? null).toBe(at === null ? null : Date.parse(at));
    expect(plan.timeZone).toBe(at === null ? null : zone);
  });

  test.each<[string, LeavingChoice, string]>([
    ['that is no time', { leaves: 'at_time', at: '' }, 'Choose a day and a time'],
    ['that is past', { leaves: 'at_time', at: '2026-11-20T18:59' }, 'past in Europe/Berlin'],
    ['of another decade', { leaves: 'at_time', at: '2036-11-20T18:59' }, 'within a year'],
    ['of hours that nobody set', inHours, 'no business hours'],
  ])('%s is refused', (_what, choice, told) => {
    const without = { ...rules, hours: null };
    expect(() => planOf(choice, without, now)).toThrow(told);
  });
});

describe('a planned reply', () => {
  test('waits for its moment, and leaves then', async () => {
    const { deliveryId, holdUntil } = await approved(house, { leaving: inDays(3) });
    expect(Math.abs(holdUntil.getTime() - Date.now() - 3 * day)).toBeLessThan(61_000);
    expect(await row(deliveryId)).toMatchObject({ leaves: 'at_time', time_zone: zone });
    await deliver(house.deliverParts, deliveryId);
    const [job] = await waitingJobs(house.db, 'deliver');
    expect(job?.startAfter).toEqual(holdUntil);
    expect(house.transport.mails).toEqual([]);
    await due(deliveryId);
    await work();
    expect((await row(deliveryId)).state).toBe('sent');
  });

  test('is planned anew, and the job of the first plan does nothing', async () => {
    const { deliveryId } = await approved(house, { leaving: inDays(3) });
    await reschedule(house.reviewParts, { deliveryId, choice: inDays(1) });
    const [first] = await takeJobs(house.db, 'deliver');
    const { holdUntil } = await reschedule(house.reviewParts, { deliveryId, choice: inDays(5) });
    await deliver(house.deliverParts, deliveryId, first?.data.ticket);
    const jobs = await waitingJobs(house.db, 'deliver');
    expect(jobs.map(({ startAfter }) => startAfter)).toEqual([holdUntil]);
  });

  test('is sent now on a person’s word, once', async () => {
    const { deliveryId } = await approved(house, { leaving: inDays(3) });
    await reschedule(house.reviewParts, { deliveryId, choice: atOnce });
    await work();
    expect(await row(deliveryId)).toMatchObject({ state: 'sent', leaves: 'at_once' });
    const again = reschedule(house.reviewParts, { deliveryId, choice: atOnce });
    await expect(again).rejects.toMatchObject({ code: 'state_changed' });
  });

  test('is taken back like any other', async () => {
    const { deliveryId, decisionId, message } = await approved(house, { leaving: inDays(3) });
    await undo(house.reviewParts, { decisionId, accountId: house.account.id });
    expect((await row(deliveryId)).state).toBe('cancelled');
    expect((await newestDraft(house, message.conversation_id)).state).toBe('ready');
  });

  test('is stopped by a colleague’s reply, with its text kept', async () => {
    const { deliveryId, message, messageId } = await approved(house, {
      leaving: inDays(3),
      text: 'On Monday.',
    });
    await sentElsewhere(house, { inReplyTo: messageId });
    expect((await row(deliveryId)).state).toBe('cancelled');
    const view = await loadConversation(house.db, message.conversation_id ?? 0);
    expect(view?.takenBack?.text).toBe('On Monday.');
  });
});

describe('within business hours', () => {
  test('a reply leaves once its undo window is over', async () => {
    setHours(hoursOpen(true));
    const { deliveryId } = await approved(house, { leaving: inHours });
    await deliver(house.deliverParts, deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'sent', leaves: 'business_hours' });
  });

  test('and outside them it waits; also where the mailbox’s rule says so', async () => {
    setHours(hoursOpen(false));
    const mailbox = house.mailboxes.get(house.mailbox.name) ?? expect.unreachable();
    mailbox.leaving = { ...mailbox.leaving, approved: 'business_hours' };
    const { deliveryId, holdUntil } = await approved(house);
    expect(holdUntil.getTime()).toBeGreaterThan(Date.now());
    expect(writtenAt(holdUntil, zone)).toMatch(/T00:00$/);
    await deliver(house.deliverParts, deliveryId);
    expect(house.transport.mails).toEqual([]);
  });

  test('a reply that was due while nothing ran waits for the next ones', async () => {
    setHours(hoursOpen(true));
    const { deliveryId } = await approved(house, { leaving: inHours });
    setHours(hoursOpen(false));
    await deliver(house.deliverParts, deliveryId);
    const { state, hold_until } = await row(deliveryId);
    expect(state).toBe('held');
    expect(writtenAt(hold_until, zone)).toMatch(/T00:00$/);
    const [job] = await waitingJobs(house.db, 'deliver');
    expect(job?.startAfter).toEqual(hold_until);
  });

  test('that are gone from the settings, it leaves when it is due', async () => {
    setHours(hoursOpen(false));
    const { deliveryId } = await approved(house, { leaving: inHours });
    setHours(null);
    await due(deliveryId);
    await deliver(house.deliverParts, deliveryId);
    expect((await row(deliveryId)).state).toBe('sent');
  });
});

describe('a newer mail of the customer', () => {
  test('stops what waits for its moment, and brings its text back to a person', async () => {
    const { deliveryId, decisionId, message, messageId } = await approved(house, {
      leaving: inDays(3),
      text: 'We will send it on Monday.',
    });
    const newer = await arrive(house, { inReplyTo: messageId });
    expect((await row(deliveryId)).overtaken_by).toBe(newer.id);
    // The draft for the newer mail must not be told that it was answered.
    expect(await pendingReplies(house.db, message.conversation_id ?? 0)).toEqual([]);
    await work();
    expect(await row(deliveryId)).toMatchObject({ state: 'cancelled' });
    expect(await decisionRow(house, decisionId)).toMatchObject({
      undone_at: expect.any(Date),
      undone_by: null,
    });
    expect(house.transport.mails).toEqual([]);
    expect((await newestDraft(house, message.conversation_id)).message_id).toBe(newer.id);
    const view = await loadConversation(house.db, message.conversation_id ?? 0);
    expect(view?.overtaken).toMatchObject({ text: 'We will send it on Monday.', by: 'Kim' });
  });

  test('stops it also where it was due in the same moment', async () => {
    const { deliveryId, messageId } = await approved(house, { leaving: inDays(3) });
    await due(deliveryId);
    await arrive(house, { inReplyTo: messageId });
    await takeJobs(house.db, 'deliver');
    await deliver(house.deliverParts, deliveryId);
    expect((await row(deliveryId)).state).toBe('cancelled');
    expect(house.transport.mails).toEqual([]);
  });

  test('leaves one alone that is held for the undo window only', async () => {
    const { deliveryId, messageId } = await approved(house);
    await arrive(house, { inReplyTo: messageId });
    await deliver(house.deliverParts, deliveryId);
    expect((await row(deliveryId)).state).toBe('sent');
  });

  test('that is automatic stops nothing', async () => {
    const { deliveryId, messageId } = await approved(house, { leaving: inDays(3) });
    await arrive(house, { inReplyTo: messageId, headers: ['Auto-Submitted: auto-replied'] });
    expect((await row(deliveryId)).overtaken_by).toBeNull();
  });

  test('keeps it from being planned anew, and from being undone twice', async () => {
    const { deliveryId, decisionId, messageId } = await approved(house, { leaving: inDays(3) });
    await arrive(house, { inReplyTo: messageId });
    const again = reschedule(house.reviewParts, { deliveryId, choice: atOnce });
    await expect(again).rejects.toMatchObject({ code: 'draft_stale' });
    const accountId = house.account.id;
    await Promise.all([work(), undo(house.reviewParts, { decisionId, accountId })]);
    await stopOvertaken(house, deliveryId);
    expect((await row(deliveryId)).state).toBe('cancelled');
  });

  test('that is split off before it was stopped leaves the older one to a person', async () => {
    const { deliveryId, message, messageId } = await approved(house, { leaving: inDays(3) });
    const newer = await arrive(house, { inReplyTo: messageId });
    const shown = { id: message.conversation_id ?? 0, lastMessageId: newer.id };
    await split(house, { shown, messageId: newer.id, accountId: house.account.id });
    await work();
    const { decision_id } = await row(deliveryId);
    const { draft_id } = await decisionRow(house, decision_id);
    expect(await draftRow(house, draft_id)).toMatchObject({
      state: 'needs_person',
      needs_person_reason: expect.stringContaining('wrote again'),
    });
  });
});
