/** Attaching files in a real browser: by key, picker, drop and paste, with what can go wrong. */

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enclosuresOf } from '../../src/storage/enclosures.ts';
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

async function openDraft(reply = 'It is on its way.') {
  desk.house.responder.next = [() => draftResult({ reply })];
  const draft = await arriveAndDraft(desk.house);
  const path = `/queue/approve/c${draft.conversation_id}`;
  return { draft, page: await openPage(desk, browser(), path) };
}

/** Has the browser believe that somebody drops files onto the page, or pastes them. */
async function give(page: Page, event: 'drop' | 'paste', name: string): Promise<void> {
  await page.evaluate(
    `{
      const data = new DataTransfer();
      data.items.add(new File(['by ${event}'], ${JSON.stringify(name)}));
      const given = { bubbles: true, cancelable: true };
      const target = document.querySelector('#item .draft');
      target.dispatchEvent(${JSON.stringify(event)} === 'drop'
        ? new DragEvent('drop', { ...given, dataTransfer: data })
        : new ClipboardEvent('paste', { ...given, clipboardData: data }));
    }`,
  );
}

const listed = (page: Page, name: string) =>
  page.locator('.enclosures a[download]').filter({ hasText: name });

describe.skipIf(!needed.available)('in a browser', () => {
  it('files come by key, drop and paste, and go with the approval', async () => {
    const { draft, page } = await openDraft();
    page.on('filechooser', (chooser) =>
      chooser.setFiles([
        { name: 'Größe.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') },
        { name: 'wrong.txt', mimeType: 'text/plain', buffer: Buffer.from('not this one') },
      ]),
    );
    // Only then does the browser hand its choosers over.
    await page.evaluate('null');
    await page.keyboard.press('f');
    await listed(page, 'Größe.pdf').waitFor();
    await listed(page, 'wrong.txt').waitFor();
    await give(page, 'drop', 'dropped.txt');
    await listed(page, 'dropped.txt').waitFor();
    const { violations } = await new AxeBuilder({ page })
      .include('.draft')
      .setLegacyMode(true)
      .analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.getByRole('button', { name: 'Remove wrong.txt' }).press('Enter');
    await listed(page, 'wrong.txt').waitFor({ state: 'detached' });

    // In the editor, what is typed stays.
    await page.keyboard.press('e');
    const text = page.getByLabel('Your reply to');
    await text.fill('All of it is attached.');
    await give(page, 'paste', 'pasted.txt');
    await listed(page, 'pasted.txt').waitFor();
    expect(await text.inputValue()).toBe('All of it is attached.');
    await text.focus();
    await page.keyboard.press('Control+Enter');
    await page.locator('#toasts').getByText('Approved').waitFor();
    const decision = await desk.house.db
      .selectFrom('decision')
      .select('id')
      .where('draft_id', '=', draft.id)
      .executeTakeFirstOrThrow();
    const sent = await enclosuresOf(desk.house.db, decision.id);
    expect(sent.map(({ filename }) => filename)).toEqual([
      ...['Größe.pdf', 'dropped.txt', 'pasted.txt'],
    ]);
    await page.goto(`${desk.visitor().base}/queue/sending/c${draft.conversation_id}`);
    await page.getByRole('list', { name: 'Attachments' }).getByText('Größe.pdf').waitFor();
  });

  it('a colleague’s file appears, and must be looked at before a key counts', async () => {
    const { draft, page } = await openDraft();
    const colleague = desk.visitor();
    await colleague.logIn();
    await colleague.upload(`/drafts/${draft.id}/enclosures`, [['colleague.txt', 'a']]);
    await listed(page, 'colleague.txt').waitFor();
    await page.keyboard.press('a');
    await page.getByText('The draft has just changed. Read it first.').waitFor();
  });

  it('a colleague’s file does not slip into what is being written', async () => {
    const { draft, page } = await openDraft();
    await page.keyboard.press('e');
    await page.getByLabel('Your reply to').fill('Written with care.');
    const colleague = desk.visitor();
    await colleague.logIn();
    await colleague.upload(`/drafts/${draft.id}/enclosures`, [['colleague.txt', 'a']]);
    await listed(page, 'colleague.txt').waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByText('The draft has just changed. Read it first.').waitFor();
    expect(await page.getByLabel('Your reply to').inputValue()).toBe('Written with care.');
  });

  it('what is refused or too large is told, and the rest is attached', async () => {
    const { page } = await openDraft();
    await page.locator('.enclosures input[type=file]').setInputFiles([
      { name: 'setup.exe', mimeType: '', buffer: Buffer.from('MZ') },
      { name: 'fine.txt', mimeType: '', buffer: Buffer.from('fine') },
    ]);
    await page.locator('#notices').getByText('The file setup.exe cannot be attached').waitFor();
    await listed(page, 'fine.txt').waitFor();
    const buffer = Buffer.alloc(2_100_000);
    await page
      .locator('.enclosures input[type=file]')
      .setInputFiles({ name: 'big.bin', mimeType: '', buffer });
    await page.getByText('there is room for 2.0 MB').waitFor();
  });

  it('a file on its way holds the approval back, and can be stopped', async () => {
    const { page } = await openDraft();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/enclosures', async (route) => {
      await held;
      await route.abort();
    });
    await give(page, 'drop', 'slow.bin');
    await page.getByRole('progressbar', { name: 'slow.bin' }).waitFor();
    await page.keyboard.press('a');
    await page.getByText('A file is still being attached.').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    release();
    await page.keyboard.press('a');
    await page.locator('#toasts').getByText('Approved').waitFor();
  });

  it('a text that speaks of a missing file is sent after one more word', async () => {
    const { page } = await openDraft();
    await page.keyboard.press('e');
    await page.getByLabel('Your reply to').fill('Die Rechnung ist im Anhang.');
    const box = page.getByLabel('Send without an attachment');
    expect(await box.isVisible()).toBe(false);
    await page.keyboard.press('Control+Enter');
    await page.getByRole('alert').getByText('The reply speaks of an attachment').waitFor();
    expect(await box.evaluate((element) => element.matches(':focus'))).toBe(true);
    await page.keyboard.press('Space');
    await page.keyboard.press('Control+Enter');
    await page.locator('#toasts').getByText('Approved').waitFor();
  });
});
