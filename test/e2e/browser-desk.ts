/** The desk in a real browser: logging in, finding what is on the page, and keeping a page out of date. */
import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { TestBrowser } from '../support/chromium.ts';
import type { Product } from '../support/product.ts';

/** Opens the login link and waits for the queue. */
export async function openDesk(browser: TestBrowser, product: Product): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(product.loginLink);
  await page.waitForURL('**/queue/approve');
  return page;
}

/** The same person's desk in another browser. */
export async function openDeskElsewhere(browser: TestBrowser, page: Page): Promise<Page> {
  const context: BrowserContext = await browser.newContext();
  await context.addCookies(await page.context().cookies());
  const other = await context.newPage();
  other.once('close', () => void context.close().catch(() => undefined));
  await other.goto(page.url());
  return other;
}

/** The row of a mail in the list. */
export function rowOf(page: Page, subject: string): Locator {
  return page.locator('#list a[data-ref]', { hasText: subject });
}

/** Waits until the mail stands in the list with a draft that can be approved. */
export async function waitForReady(page: Page, subject: string): Promise<void> {
  await rowOf(page, subject).getByText('ready', { exact: true }).waitFor();
}

/** The draft of the open item, as it stands to be read. */
export function draftOf(page: Page): Locator {
  return page.locator('#item [data-draft] [data-reading]').first();
}

/** The heading of the item that is open. */
export async function waitForOpen(page: Page, subject: string): Promise<void> {
  await page.locator('#item #subject', { hasText: subject }).waitFor();
}

/** Waits until the open draft can be approved: it is there, and has been there long enough to be read. */
export async function waitForApprovable(page: Page, subject: string): Promise<void> {
  await waitForOpen(page, subject);
  await page.locator('body:not([data-fresh]) #item form[data-approve]').waitFor();
}

/** From now on nothing that happens elsewhere reaches this page: it shows what it showed. */
export async function cutOff(page: Page): Promise<void> {
  await page.route(/\/(?:events|live)\b/, (route) => route.abort());
  // The stream that is open already ends with the network, and cannot come back.
  await page.context().setOffline(true);
  await page.context().setOffline(false);
}
