/** What a page keeps of a person's doing when its item is shown anew, and what belongs to the old draft alone. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { newId } from '../support/parts.ts';
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

describe.skipIf(!needed.available)('an item that is shown anew', () => {
  it('keeps open what was opened; a tick never means another address or another draft', async () => {
    const [messageId, subject] = [newId(), 'A kettle'];
    const draft = await arriveAndDraft(desk.house, {
      ...{ messageId, subject, headers: ['Cc: carl@other.example, dora@other.example'] },
      text: 'Hello there.\n\nOn Mon, 2 Nov 2026 at 10:00, The Shop wrote:\n> one\n> two',
    });
    const page = await openPage(desk, browser(), `/queue/approve/c${draft.conversation_id}`);
    const quoted = page.locator('details[data-quoted]');
    await quoted.locator('summary').click();
    await page.keyboard.press('e');
    const editor = page.locator('form.editor');
    await editor.getByLabel('carl@other.example').check();
    const reasons = editor.locator('details.reasons');
    await reasons.locator('summary').click();
    await reasons.getByLabel('Wrong fact').check();

    const colleague = desk.visitor();
    await colleague.logIn();
    await colleague.upload(`/drafts/${draft.id}/enclosures`, [['colleague.txt', 'a']]);
    await page.locator('.enclosures').getByText('colleague.txt').waitFor();
    for (const opened of [quoted, reasons])
      expect(await opened.evaluate((element) => element.hasAttribute('open'))).toBe(true);
    expect(await editor.getByLabel('carl@other.example').isChecked()).toBe(true);
    expect(await reasons.getByLabel('Wrong fact').isChecked()).toBe(true);

    const headers = ['Cc: eve@third.example'];
    await arriveAndDraft(desk.house, { inReplyTo: messageId, subject, headers });
    const eve = page.locator('form[data-approve]').getByLabel('eve@third.example');
    await eve.waitFor();
    expect(await eve.isChecked()).toBe(false);
    await page.keyboard.press('e');
    expect(await editor.getByLabel('eve@third.example').isChecked()).toBe(false);
    await reasons.locator('summary').click();
    expect(await reasons.getByLabel('Wrong fact').isChecked()).toBe(false);
  });
});
