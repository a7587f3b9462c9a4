/** How often an open page asks: while the server is away, and while very much changes at once. */

import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { announceAll } from '../../src/storage/events.ts';
import { openPort } from '../../src/web/port.ts';
import { createDesk } from '../../src/web/server.ts';
import { launchChromium } from '../support/chromium.ts';
import { arrive } from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { arriveAndDraft, openDesk, openPage } from './desk-fixture.ts';

const needed = await allRequirements('chromium');
const browser = shared(launchChromium);

/** What the page asks the server for from now on, the stream of events left out. */
function asked(page: Page): string[] {
  const urls: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname !== '/events') urls.push(pathname);
  });
  return urls;
}

/** Lets the page live through so many seconds, one by one, with the answers that come in them. */
async function live(page: Page, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await page.clock.runFor(1_000);
    await page.evaluate(() => fetch('/nobody').catch(() => null));
  }
}

const looks = (urls: string[]) => urls.filter((url) => url !== '/nobody');

it.skipIf(!needed.available)('one round of looks waits while the server is away', async () => {
  const desk = await openDesk();
  onTestFinished(() => desk.drop());
  for (const subject of ['One', 'Two', 'Three']) await arriveAndDraft(desk.house, { subject });
  const page = await openPage(desk, await browser(), '/queue/approve');
  await page.locator('#item article.mail').waitFor();
  await page.clock.install();
  await page.reload();
  await page.locator('#item article.mail').waitFor();
  const { port } = desk.listening;
  const urls = asked(page);

  await desk.listening.close();
  // What starts the looks: a change that was still told, say.
  await page.evaluate("document.dispatchEvent(new CustomEvent('desk:refresh'))");
  await live(page, 60);
  await page.getByText('Reconnecting…').waitFor();
  expect(await page.locator('#health').isVisible()).toBe(false);
  // A list and an item in each of 1, 2, 4, 8, 15, 15 and 15 seconds.
  const inFirstMinute = looks(urls).length;
  expect(inFirstMinute).toBeGreaterThan(4);
  expect(inFirstMinute).toBeLessThanOrEqual(16);
  await live(page, 30);
  expect(looks(urls).length - inFirstMinute).toBeLessThanOrEqual(6);

  await arrive(desk.house, { subject: 'Meanwhile' });
  const back = await openPort('127.0.0.1', port);
  onTestFinished(() => back.close());
  back.serve(createDesk(desk.parts));
  await live(page, 5);
  await page.locator('#connection:empty').waitFor({ state: 'attached' });
  await page.locator('#health').waitFor();
  // The round of looks that it came back with ends with the items that are fetched ahead.
  await live(page, 5);
  urls.length = 0;
  await live(page, 16);
  expect(looks(urls)).toEqual([]);
});

it.skipIf(!needed.available)('a flood of changes is looked at as one', async () => {
  const desk = await openDesk();
  onTestFinished(() => desk.drop());
  await arriveAndDraft(desk.house, { subject: 'One' });
  const page = await openPage(desk, await browser(), '/queue/approve');
  await page.locator('#item article.mail').waitFor();
  // Not announced by itself: only the flood tells of it.
  await desk.house.db.updateTable('message').set({ subject: 'Changed in the flood' }).execute();
  const urls = asked(page);
  const flood = Array.from({ length: 11 }, () => ({ kind: 'mailbox', mailboxId: 0 }) as const);
  const tell = () => desk.house.db.transaction().execute((tx) => announceAll(tx, flood));
  await Promise.all(Array.from({ length: 10 }, tell));
  await page.locator('#list').getByText('Changed in the flood').waitFor();
  expect(urls.filter((url) => url.startsWith('/live/')).length).toBeLessThanOrEqual(3);
});
