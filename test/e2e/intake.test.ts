/** Mail that is hard to take in, through the real program: unreadable mail, a renumbered mailbox. */
import { describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startDovecot } from '../support/dovecot.ts';
import { unparsableMail } from '../support/mail-texts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { rowOf, waitForOpen } from './browser-desk.ts';
import { patience, receiveDrafted, startDesk } from './desk.ts';

const needed = await allRequirements('dovecot', 'chromium');

const dovecot = shared(startDovecot);
const browser = shared(launchChromium);

describe.skipIf(!needed.available)('mail comes in', () => {
  test('a mail that cannot be read is quarantined, and the next one is drafted', async () => {
    const desk = await startDesk(dovecot(), browser(), 0);
    const { page, shop } = desk;
    await shop.receiveRaw(unparsableMail('<parts@customer.test>'));
    await receiveDrafted(desk, 'A mail like any other');
    await page.keyboard.press('g');
    await page.keyboard.press('x');
    await page.waitForURL('**/queue/quarantined');
    expect(await rowOf(page, '').count()).toBe(1);
    await page.locator('#item .banner', { hasText: 'too many parts' }).waitFor();
    const { db } = desk.database;
    const stored = await db.selectFrom('message').select(['state', 'raw']).orderBy('id').execute();
    expect(stored.map(({ state }) => state)).toEqual(['quarantined', 'answerable']);
    // Stored as it came, whole.
    expect(stored[0]?.raw.toString()).toContain('--b--');
  });

  test('a mailbox that is renumbered brings nothing twice and loses nothing', async () => {
    const desk = await startDesk(dovecot(), browser(), 0);
    const { page, shop, product } = desk;
    await receiveDrafted(desk, 'Before');
    const { db } = desk.database;
    const mark = () => db.selectFrom('mailbox').select(['uidvalidity', 'uid']).executeTakeFirst();
    const before = await mark();
    await dovecot().recreateMailbox(shop.address);
    await receiveDrafted(desk, 'After');
    await vi.waitFor(() => expect(product.log()).toContain('mailbox_renumbered'), patience);
    expect((await mark())?.uidvalidity).not.toBe(before?.uidvalidity);
    await waitForOpen(page, 'Before');
    expect(await rowOf(page, 'Before').count()).toBe(1);
    const subjects = await db.selectFrom('message').select('subject').orderBy('id').execute();
    expect(subjects.map(({ subject }) => subject)).toEqual(['Before', 'After']);
    expect(await db.selectFrom('draft').select('id').execute()).toHaveLength(2);
  });
});
