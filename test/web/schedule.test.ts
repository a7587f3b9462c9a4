/** When a reply goes out, in a real browser: chosen with keys, shown, changed, sent now, stopped. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { attempted, greylisted } from '../pipeline/outgoing.ts';
import { launchChromium } from '../support/chromium.ts';
import {
  deliveryRow,
  draftResult,
  draftRow,
  failedCheck,
  newId,
  takeJobs,
} from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { arriveAndDraft, type OpenDesk, openDesk, openPage } from './desk-fixture.ts';

const needed = await allRequirements('chromium');

const browser = shared(launchChromium);
let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk();
});
beforeEach(async () => {
  const mailbox = desk.house.mailboxes.get('support') ?? expect.unreachable();
  const workday = [{ from: 540, to: 1_020 }];
  const days = [[], workday, workday, workday, workday, workday, []];
  mailbox.leaving = {
    timeZone: 'Europe/Berlin',
    hours: { days, holidays: [] },
    approved: 'at_once',
  };
});
afterAll(() => desk.drop());

async function newestDelivery() {
  return await desk.house.db
    .selectFrom('delivery')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
}

/** 9 o'clock in Berlin, on a day that is far enough away. */
const written = () => `${new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10)}T09:00`;

describe.skipIf(!needed.available)('when a reply goes out', () => {
  it('is chosen with L, shown with its zone, changed, and taken back with Z', async () => {
    const messageId = newId();
    const draft = await arriveAndDraft(desk.house, { subject: 'A kettle', messageId });
    const path = `/queue/approve/c${draft.conversation_id}`;
    const page = await openPage(desk, browser(), path);
    await page.keyboard.press('l');
    const form = page.locator('form[data-approve]');
    await form.getByLabel('At a time').check();
    const time = form.getByLabel('Day and time in Europe/Berlin');
    await time.fill(written());
    // Among the choices Enter only folds them; in the field it plans the reply.
    await form.getByLabel('At once').press('Enter');
    expect((await draftRow(desk.house, draft.id)).state).toBe('ready');
    await page.keyboard.press('l');
    await form.getByLabel('At a time').check();
    await time.press('Enter');
    await page
      .locator('#toasts')
      .getByText(/Approved\. Goes out on .*09:00 \(Europe\/Berlin\)/)
      .waitFor();
    const sending = await openPage(desk, browser(), `/queue/sending/c${draft.conversation_id}`);
    await sending.getByText(/Goes out on .*, 09:00 \(Europe\/Berlin\) to/).waitFor();
    await sending.getByRole('heading', { name: '1 planned' }).waitFor();
    const colleagues = await openPage(desk, browser(), `/queue/sending/c${draft.conversation_id}`);
    await sending.keyboard.press('l');
    await sending
      .getByLabel('Day and time in Europe/Berlin')
      .fill(written().replace('09:00', '10:30'));
    await sending.getByLabel('Day and time in Europe/Berlin').press('Control+Enter');
    await sending.getByText(/Goes out on .*, 10:30 \(Europe\/Berlin\) to/).waitFor();
    await colleagues.locator('form[data-plan] summary', { hasText: /, 10:30/ }).waitFor();
    expect(await newestDelivery()).toMatchObject({ state: 'held', leaves: 'at_time' });
    await sending.keyboard.press('z');
    await sending.locator('#toasts').getByText('Taken back. Nothing was sent.').waitFor();
    expect((await newestDelivery()).state).toBe('cancelled');
  });

  it('is planned with Ctrl+Enter, and not without a moment or past a failed check', async () => {
    const draft = await arriveAndDraft(desk.house, { subject: 'A kettle, late' });
    const page = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
    await page.keyboard.press('l');
    const form = page.locator('form[data-approve]');
    await form.getByLabel('At a time').check();
    const time = form.getByLabel('Day and time in Europe/Berlin');
    await time.fill('');
    await time.press('Enter');
    await page.getByText('Choose a day and a time first').waitFor();
    expect((await draftRow(desk.house, draft.id)).state).toBe('ready');
    await time.fill(written());
    await time.press('Control+Enter');
    await page.locator('#toasts').getByText('Approved. Goes out on').waitFor();
    expect(await newestDelivery()).toMatchObject({ state: 'held', leaves: 'at_time' });
    desk.house.responder.next = [() => draftResult({}, { checks: [failedCheck] })];
    const flawed = await arriveAndDraft(desk.house, { subject: 'A wrong kettle' });
    await page.goto(new URL(`/queue/approve/c${flawed.conversation_id}`, page.url()).href);
    await page.waitForLoadState('load');
    await page.keyboard.press('l');
    await form.getByLabel('At a time').check();
    await time.fill(written());
    await time.press('Enter');
    await page.getByText('A check failed. Edit the draft with E').waitFor();
    expect((await draftRow(desk.house, flawed.id)).state).toBe('ready');
  });

  it('is told to be past, though the choice is folded', async () => {
    const draft = await arriveAndDraft(desk.house, { subject: 'A kettle too late' });
    const page = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
    await page.keyboard.press('l');
    const time = page.locator('form[data-approve]').getByLabel('Day and time in Europe/Berlin');
    await time.fill('2020-01-01T09:00');
    await time.press('Escape');
    await page.keyboard.press('a');
    await page.locator('#notices').getByText('That time is past in Europe/Berlin').waitFor();
    expect((await draftRow(desk.house, draft.id)).state).toBe('ready');
  });

  it('is now on a key, and then can still be taken back', async () => {
    const draft = await arriveAndDraft(desk.house, { subject: 'A second kettle' });
    const page = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
    await page.keyboard.press('e');
    const editor = page.locator('form.editor');
    await editor.locator('textarea').fill('On another day.');
    await editor.locator('summary', { hasText: 'Goes out' }).click();
    await editor.getByLabel('In business hours').check();
    await editor.locator('textarea').press('Control+Enter');
    await page.locator('#toasts').getByText('Approved').waitFor();
    expect(await newestDelivery()).toMatchObject({ leaves: 'business_hours' });
    await desk.house.db
      .updateTable('delivery')
      .set({ hold_until: new Date(Date.now() + 3_600_000) })
      .where('id', '=', (await newestDelivery()).id)
      .execute();
    const sending = await openPage(desk, browser(), `/queue/sending/c${draft.conversation_id}`);
    await sending.keyboard.press('t');
    await sending.locator('#toasts').getByText('Changed. It goes out now').waitFor();
    const { leaves, hold_until } = await newestDelivery();
    expect(leaves).toBe('at_once');
    expect(hold_until.getTime()).toBeLessThan(Date.now() + 61_000);
  });

  it('is never, once the customer writes again: the text is there for the next reply', async () => {
    const messageId = newId();
    const draft = await arriveAndDraft(desk.house, { subject: 'A third kettle', messageId });
    const page = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
    await page.keyboard.press('l');
    const form = page.locator('form[data-approve]');
    await form.getByLabel('Day and time in Europe/Berlin').fill(written());
    await page.keyboard.press('Escape');
    await page.keyboard.press('a');
    await page.locator('#toasts').getByText('Approved. Goes out on').waitFor();
    await arriveAndDraft(desk.house, { inReplyTo: messageId, subject: 'A third kettle' });
    for (const { data } of await takeJobs(desk.house.db, 'deliver'))
      await deliver(desk.house.deliverParts, data.deliveryId, data.ticket);
    const again = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
    await again.getByText(/approved a reply for .*The customer wrote again before/).waitFor();
    const editor = again.locator('form.editor textarea');
    await again.keyboard.press('e');
    await editor.fill('Typed with care.');
    await again.keyboard.press('Escape');
    await again.keyboard.press('u');
    await again.getByText('Go on writing with E, or throw it away first').waitFor();
    expect(await editor.inputValue()).toBe('Typed with care.');
    await again.keyboard.press('e');
    await editor.fill('');
    await again.keyboard.press('Escape');
    await again.keyboard.press('u');
    expect(await editor.inputValue()).toBe('It is on its way.');
  });

  it('is taken back on a key while it waits for the mail server', async () => {
    const { message, deliveryId } = await attempted(desk.house, greylisted);
    const page = await openPage(desk, browser(), `/queue/sending/c${message.conversation_id}`);
    await page.getByRole('button', { name: 'Take back' }).waitFor();
    await page.keyboard.press('z');
    await page.locator('#toasts').getByText('Taken back. Nothing was sent.').waitFor();
    expect((await deliveryRow(desk.house, deliveryId)).state).toBe('cancelled');
  });

  it('is tried now on a key, where the mail server wants it later', async () => {
    const { message } = await attempted(desk.house, greylisted);
    const page = await openPage(desk, browser(), `/queue/sending/c${message.conversation_id}`);
    await page.getByText(/Not sent to ana@customer.example yet. Next try/).waitFor();
    await takeJobs(desk.house.db, 'deliver');
    await page.keyboard.press('t');
    await page.locator('#toasts').getByText('Trying now').waitFor();
    expect(await takeJobs(desk.house.db, 'deliver')).toHaveLength(1);
  });
});
