/** What a first visitor meets: the sandbox with its drafts, and pages that everybody can use. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchChromium, type PageOptions, type TestBrowser } from '../support/chromium.ts';
import {
  makeProductFolder,
  type Product,
  removeProductFolder,
  startProduct,
} from '../support/product.ts';
import { requirement } from '../support/requirements.ts';
import { draftOf, openDesk, rowOf, waitForOpen } from './browser-desk.ts';

const needed = await requirement('chromium');

let browser: TestBrowser;
let folder: string;
let product: Product;
let page: Page;
beforeAll(async () => {
  const chromium = await launchChromium();
  if (chromium === null) return;
  browser = chromium;
  folder = await makeProductFolder();
  product = await startProduct({ folder, config: null });
  page = await openDesk(browser, product);
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (folder !== undefined) await removeProductFolder(folder);
});

async function expectAccessible(place: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page: place }).setLegacyMode(true).analyze();
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help} ${nodes[0]?.html}`);
  expect(told).toEqual([]);
}

const looks: { look: string; options: PageOptions }[] = [
  { look: 'light', options: { colorScheme: 'light' } },
  { look: 'dark', options: { colorScheme: 'dark' } },
  { look: 'on a phone', options: { viewport: { width: 390, height: 844 } } },
];

describe.skipIf(!needed.available)('the sandbox', () => {
  test('has drafts to approve from the first start, by the offline responder', async () => {
    // The thirtieth: nobody opened or sent anything so far.
    await page.locator('#list').getByText('ready', { exact: true }).nth(29).waitFor();
    await page.getByRole('button', { name: 'Offline responder' }).waitFor();
  });

  test('shows what the shop knows of an order beside its draft', async () => {
    await rowOf(page, 'Gdzie jest moja paczka').click();
    const facts = page.getByRole('heading', { name: 'Order 48130' });
    await facts.waitFor();
    await page.getByText('with the carrier', { exact: true }).waitFor();
    expect(await facts.count()).toBe(1);
  });

  test('turns a typed mail into a draft before the eyes of who typed it', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.getByLabel('Subject').fill('My own question');
    expect(await page.locator('.rail [aria-current]').allInnerTexts()).toEqual([
      'Write as a customer',
    ]);
    await page.getByRole('button', { name: 'Send to the shop' }).click();
    // It opens by itself, wherever in the list it stands, and becomes a draft there.
    await waitForOpen(page, 'My own question');
    await draftOf(page).waitFor();
    expect(await rowOf(page, 'My own question').getAttribute('aria-current')).toBe('true');
    await page.goBack();
    await page.getByRole('button', { name: 'Send to the shop' }).waitFor();
    expect(await page.getByLabel('Subject').inputValue()).not.toBe('My own question');
    await page.goto(`${product.url}/queue/approve`);
  });

  test.for(looks)('is accessible: $look', async ({ options }) => {
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    const place = await context.newPage();
    await place.goto(`${product.url}/login`);
    await expectAccessible(place);
    await context.addCookies(await page.context().cookies());
    await place.goto(`${product.url}/queue/approve`);
    await rowOf(place, '').first().waitFor();
    await expectAccessible(place);
    await rowOf(place, '').first().click();
    await place.locator('#item [data-draft].open').waitFor();
    await expectAccessible(place);
    await place.goto(`${product.url}/sandbox`);
    await expectAccessible(place);
  });
});
