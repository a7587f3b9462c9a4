/** Labels in the desk: one key corrects them, in every browser, and on a page without scripts. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { draftRow } from '../support/parts.ts';
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
  await desk.house.db.updateTable('draft').set({ state: 'stale' }).execute();
});
afterAll(() => desk.drop());

describe.skipIf(!needed.available)('in a browser', () => {
  it('one key makes a mail urgent and first in every browser, and normal again', async () => {
    await arriveAndDraft(desk.house, { subject: 'The older one' });
    const draft = await arriveAndDraft(desk.house, { subject: 'The younger one' });
    const path = `/queue/approve/c${draft.conversation_id}`;
    const [page, other] = [
      await openPage(desk, browser(), path),
      await openPage(desk, browser(), '/queue/approve'),
    ];
    const first = other.locator('#list [data-ref]').first();
    expect(await first.textContent()).toContain('The older one');
    await page.keyboard.press('i');
    await first.getByText('The younger one').waitFor();
    await first.getByText('urgent').waitFor();
    await page.locator('.label.urgent').waitFor();
    expect(await draftRow(desk.house, draft.id)).toMatchObject({ urgency: 'urgent' });
    await page.keyboard.press('i');
    await first.getByText('The older one').waitFor();
    await page.getByRole('button', { name: 'Not urgent' }).waitFor();
    await page.close();
    await other.close();
  });

  it('a category is chosen by its number or typed; the panel closes and the text typed stays', async () => {
    const draft = await arriveAndDraft(desk.house);
    const page = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.keyboard.press('e');
    await page.keyboard.type('Half a thought. ');
    await page.getByRole('button', { name: 'Order', exact: false }).first().click();
    const panel = page.locator('#label-category');
    await panel.waitFor();
    const second = (await panel.locator('[data-choice="2"]').getAttribute('value')) ?? '';
    await page.keyboard.press('2');
    const category = page.locator('[data-do=category]');
    await category.filter({ hasText: new RegExp(second, 'i') }).waitFor();
    await panel.waitFor({ state: 'hidden' });
    expect(await page.locator('textarea[name=text]').inputValue()).toContain('Half a thought.');

    await page.keyboard.press('Escape');
    await page.locator('#subject').focus();
    await page.keyboard.press('c');
    await panel.waitFor();
    await page.keyboard.type('gift card');
    await page.keyboard.press('Enter');
    await category.filter({ hasText: 'Gift card' }).waitFor();
    expect(await draftRow(desk.house, draft.id)).toMatchObject({ category: 'gift_card' });

    await page.keyboard.press('y');
    await page.locator('#label-language').waitFor();
    await page.keyboard.type('German');
    await page.keyboard.press('Enter');
    await page.locator('[data-do=language]').filter({ hasText: 'German' }).waitFor();
    expect(await draftRow(desk.house, draft.id)).toMatchObject({ language: 'de' });
    expect(errors).toEqual([]);
    await page.close();
  });
});

describe('without scripts', () => {
  it('a form corrects a label and leads back to the mail', async () => {
    const draft = await arriveAndDraft(desk.house);
    const visitor = desk.visitor();
    await visitor.logIn();
    const form = { view: 'approve', label: 'language', from: 'en', to: 'french' };
    const answer = await visitor.post(`/drafts/${draft.id}/label`, form);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`/queue/approve/c${draft.conversation_id}`);
    expect(await draftRow(desk.house, draft.id)).toMatchObject({ language: 'fr' });
    expect((await visitor.post(`/drafts/${draft.id}/label`, form)).status).toBe(409);
    const wrong = { ...form, from: 'fr', to: 'gibberish' };
    expect((await visitor.post(`/drafts/${draft.id}/label`, wrong)).status).toBe(400);
  });
});
