/** Decisions in real browsers: undo, reject, a draft that goes stale, two people at one draft. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startDovecot } from '../support/dovecot.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import {
  cutOff,
  draftOf,
  openDeskElsewhere,
  waitForApprovable,
  waitForOpen,
  waitForReady,
} from './browser-desk.ts';
import { passTime, receiveDrafted, startDesk } from './desk.ts';

const needed = await allRequirements('dovecot', 'chromium');

const dovecot = shared(startDovecot);
const browser = shared(launchChromium);

const subject = 'Where is my kettle?';

describe.skipIf(!needed.available)('a person decides', () => {
  test('what is undone within the window is never sent', async () => {
    const desk = await startDesk(dovecot(), browser(), 600);
    await receiveDrafted(desk, subject);
    await waitForApprovable(desk.page, subject);
    await desk.page.keyboard.press('a');
    await desk.page.getByRole('heading', { name: 'All answered' }).waitFor();
    await desk.page.keyboard.press('z');
    await waitForReady(desk.page, subject);
    await waitForOpen(desk.page, subject);
    await passTime(desk);
    expect(desk.shop.smtp.connections).toBe(0);
    const { db } = desk.database;
    const states = await db.selectFrom('delivery').select('state').execute();
    expect(states).toEqual([{ state: 'cancelled' }]);
    expect(await db.selectFrom('pair').selectAll().execute()).toEqual([]);
  });

  test('a rejection with a reason gives another draft, which knows the reason', async () => {
    const desk = await startDesk(dovecot(), browser(), 600);
    const { page, shop } = desk;
    await receiveDrafted(desk, subject);
    await waitForOpen(page, subject);
    await draftOf(page).getByText('We are glad to help.').waitFor();
    shop.model.script({
      kind: 'reply',
      content: {
        category: 'delivery',
        urgency: 'normal',
        language: 'en',
        reply: 'Hello Dana, we look into it.',
        citations: [],
        missing: [],
        needs_person: false,
        needs_person_reason: null,
      },
    });
    await page.keyboard.press('r');
    await page.locator('#reject:popover-open').waitFor();
    await page.keyboard.press('4');
    await page.keyboard.press('Enter');
    await waitForReady(page, subject);
    await draftOf(page).getByText('we look into it').waitFor();
    const asked = JSON.stringify(shop.model.requests[1]?.body.messages);
    expect(asked).toContain('wrong_tone');
    expect(asked).toContain('We are glad to help.');
    await passTime(desk);
    expect(shop.smtp.connections).toBe(0);
  });

  test('a customer who writes again makes the draft stale at once, and its approval is refused', async () => {
    const desk = await startDesk(dovecot(), browser(), 0);
    const { page, shop } = desk;
    const id = await receiveDrafted(desk, subject);
    await waitForOpen(page, subject);
    const behind = await openDeskElsewhere(browser(), page);
    onTestFinished(() => behind.close());
    await waitForApprovable(behind, subject);
    await cutOff(behind);

    await page.keyboard.press('e');
    await page.keyboard.type('Half a sentence');
    shop.model.script({ kind: 'hang' });
    const text = 'Never mind, it has arrived.\n\nDana';
    await shop.receive({ subject: `Re: ${subject}`, text, references: [id] });
    await page.getByText('The draft you were reading is out of date').waitFor();
    await page.getByText('Never mind, it has arrived.').first().waitFor();

    await behind.keyboard.press('a');
    const notice = behind.locator('#notices');
    await notice.getByText('The customer has written again since this draft was made.').waitFor();
    await notice.getByText('Nothing was sent.').waitFor();
    shop.model.release();
    await waitForReady(page, subject);
    await page.getByText('You have unsent text for this mail.').waitFor();
    await passTime(desk);
    expect(shop.smtp.connections).toBe(0);
  });

  test('two people who approve the same draft send one mail', async () => {
    const desk = await startDesk(dovecot(), browser(), 0);
    const { page, shop } = desk;
    await receiveDrafted(desk, subject);
    await waitForApprovable(page, subject);
    const other = await openDeskElsewhere(browser(), page);
    onTestFinished(() => other.close());
    await waitForApprovable(other, subject);
    await cutOff(page);
    await cutOff(other);
    await Promise.all([page.keyboard.press('a'), other.keyboard.press('a')]);
    const told = (each: typeof page) =>
      each
        .locator('#notices')
        .getByText('This draft is no longer waiting for a decision')
        .waitFor();
    await Promise.any([told(page), told(other)]);
    await passTime(desk);
    expect(shop.smtp.accepted).toHaveLength(1);
    expect(await desk.database.db.selectFrom('decision').select('id').execute()).toHaveLength(1);
    expect(await shop.sent()).toHaveLength(1);
  });
});
