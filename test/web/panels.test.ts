/** Deciding in a real browser: what was decided leaves the list at once, and panels can be closed. */

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draftReply } from '../../src/pipeline/draft.ts';
import { launchChromium } from '../support/chromium.ts';
import { arriveRaw, draftResult, newestDraft } from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { arriveAndDraft, type OpenDesk, openDesk, openPage } from './desk-fixture.ts';

const needed = await allRequirements('chromium');

const browser = shared(launchChromium);
let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.drop());

/** The page of a draft that waits, with another one behind it. */
async function openWaiting(subject: string) {
  const draft = await arriveAndDraft(desk.house, { subject });
  await arriveAndDraft(desk.house, { subject: `After ${subject}` });
  const page = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
  return { draft, page, row: page.locator(`#row-c${draft.conversation_id}`) };
}

const isOpen = (page: Page, id: string) =>
  page.locator(`#${id}`).evaluate((panel) => panel.matches(':popover-open'));

describe.skipIf(!needed.available)('what was decided', () => {
  it('leaves the list with the answer, and undo brings it back, without any event', async () => {
    const { page, row } = await openWaiting('Approved at once');
    await row.waitFor();
    await page.route(/\/(?:events|live)\b/, (route) => route.abort());
    await page.keyboard.press('a');
    await page.locator('#toasts').getByText('Approved').waitFor();
    expect(await row.count()).toBe(0);
    await page.keyboard.press('z');
    await page.locator('#toasts').getByText('Taken back').waitFor();
    await row.waitFor();
  });

  it('leaves its note on the next draft, and the toast promises no more than there is', async () => {
    const { draft, page } = await openWaiting('Rejected with a note');
    await page.keyboard.press('r');
    await page.keyboard.press('1');
    await page.getByRole('textbox', { name: 'Note' }).fill('She asked for two.');
    await page.keyboard.press('Enter');
    await page.locator('#toasts').getByText('If no other approved reply fits').waitFor();
    const { id } = await newestDraft(desk.house, draft.conversation_id);
    const fields = { needsPerson: true, needsPersonReason: 'No other reply fits.', reply: '' };
    desk.house.responder.next = [() => draftResult(fields)];
    const { signal } = new AbortController();
    await draftReply(desk.house.draftParts, { draftId: id, failures: 0 }, signal);
    await page.goto(new URL(`/queue/person/c${draft.conversation_id}`, page.url()).href);
    const told = page.locator('#item .banner', { hasText: 'Mara rejected an earlier draft' });
    await told.getByText('She asked for two.').waitFor();
    expect(await told.textContent()).toContain('Wrong fact');
  });
});

describe.skipIf(!needed.available)('a panel', () => {
  it('has a button that closes it, by click and by key', async () => {
    const { page } = await openWaiting('Panels');
    await page.keyboard.press('?');
    await page.locator('#help').getByRole('button', { name: 'Close' }).click();
    expect(await isOpen(page, 'help')).toBe(false);
    await page.keyboard.press('?');
    await page.locator('#help').getByRole('button', { name: 'Close' }).focus();
    await page.keyboard.press('Enter');
    expect(await isOpen(page, 'help')).toBe(false);
    await page.keyboard.press('r');
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await isOpen(page, 'reject')).toBe(false);
  });

  it('closes a mail without a reply by a key of its own', async () => {
    const { page } = await openWaiting('Needs none');
    await page.keyboard.press('r');
    await page.keyboard.press('n');
    await page.locator('#toasts').getByText('Closed without a reply').waitFor();
  });
});

describe.skipIf(!needed.available)('a mail without a sender', () => {
  it('is closed by a person, and offers nothing that cannot be done', async () => {
    const raw = Buffer.from('Subject: Nobody\r\n\r\nBoo.\r\n');
    const { id } = await arriveRaw(desk.house, raw);
    const page = await openPage(desk, browser(), `/queue/quarantined/m${id}`);
    await page.getByText('It has no sender that a reply could go to.').waitFor();
    expect(await page.getByRole('button', { name: 'Treat as' }).count()).toBe(0);
    await page.keyboard.press('d');
    await page.locator('#toasts').getByText('Done').waitFor();
  });
});
