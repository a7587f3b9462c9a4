/** Failed checks in a real browser: the editor asks for the override, and loses no text over it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { draftResult } from '../support/parts.ts';
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

/** The page of a mail whose draft has a failed check, as Mara sees it. */
async function openFlawed(needsPerson: boolean) {
  const flaw = { check: 'amounts', passed: false, message: 'No policy says it.', spans: [] };
  const fields = { needsPerson, needsPersonReason: needsPerson ? 'A threat.' : null };
  desk.house.responder.next = [() => draftResult(fields, { checks: [flaw] })];
  const draft = await arriveAndDraft(desk.house, { subject: `Flawed ${needsPerson}` });
  return await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
}

describe.skipIf(!needed.available)('failed checks in the editor', () => {
  it.each([[false], [true]])('are overruled by a box and nothing less', async (needsPerson) => {
    const page = await openFlawed(needsPerson);
    if (!needsPerson) await page.keyboard.press('e');
    const editor = page.locator('form[data-editor]');
    const box = editor.getByLabel('Send in spite of the failed checks');
    await editor.getByText('No policy says it.').waitFor();
    expect(await box.isChecked()).toBe(false);
    const text = editor.getByLabel('Your reply to');
    await text.fill('We pay you 100 euros.');
    await page.keyboard.press('Control+Enter');
    await editor.getByRole('alert').getByText('This draft has failed checks.').waitFor();
    expect(await page.locator('#notices > *').count()).toBe(0);
    expect(await text.inputValue()).toBe('We pay you 100 euros.');
    expect(await box.evaluate((element) => element.matches(':focus'))).toBe(true);
    await page.keyboard.press('Space');
    await page.keyboard.press('Control+Enter');
    await page.locator('#toasts').getByText('Approved').waitFor();
  });

  it('are none where a check only remarks on something', async () => {
    const remark = {
      ...{ check: 'questions', passed: false, severity: 'remark' as const },
      ...{ message: 'The reply may not answer: "When?"', spans: [] },
    };
    desk.house.responder.next = [() => draftResult({}, { checks: [remark] })];
    const draft = await arriveAndDraft(desk.house, { subject: 'Remarked on' });
    const page = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
    await page.getByRole('list', { name: 'Remarks' }).getByText('may not answer').waitFor();
    expect(await page.getByRole('list', { name: 'Failed checks' }).count()).toBe(0);
    await page.keyboard.press('a');
    await page.locator('#toasts').getByText('Approved').waitFor();
  });
});
