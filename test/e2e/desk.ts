/** A running shop with its desk open in a browser and its database at hand, for one test. */
import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, vi } from 'vitest';
import type { TestBrowser } from '../support/chromium.ts';
import { openTestDatabase } from '../support/database.ts';
import type { DovecotServer } from '../support/dovecot.ts';
import type { Product } from '../support/product.ts';
import { openDesk, waitForReady } from './browser-desk.ts';
import { openShop, type Shop } from './shop.ts';

export const patience = { timeout: 30_000, interval: 50 };

export interface OpenDesk {
  shop: Shop;
  product: Product;
  page: Page;
  database: Awaited<ReturnType<typeof openTestDatabase>>;
}

/** Starts the program and logs in; everything ends with the test. */
export async function startDesk(
  dovecot: DovecotServer,
  browser: TestBrowser,
  undoSeconds: number,
): Promise<OpenDesk> {
  const database = await openTestDatabase();
  onTestFinished(() => database.drop());
  const shop = await openShop({ dovecot, databaseUrl: database.url, undoSeconds });
  onTestFinished(() => shop.close());
  const product = await shop.start();
  const page = await openDesk(browser, product);
  onTestFinished(() => page.close());
  return { shop, product, page, database };
}

/** A customer writes; resolves with the Message-ID when the draft stands in the list. */
export async function receiveDrafted({ shop, page }: OpenDesk, subject: string): Promise<string> {
  const id = await shop.receive({ subject, text: `${subject}\n\nPlease help me.\n\nDana` });
  await waitForReady(page, subject);
  return id;
}

/** Lets the undo window pass, and waits until nothing is left to do. */
export async function passTime({ database: { db } }: OpenDesk): Promise<void> {
  await sql`update delivery set hold_until = now()`.execute(db);
  await sql`update pgboss.job set start_after = now() where state = 'created'`.execute(db);
  await vi.waitFor(async () => {
    const { rows } = await sql`select id from pgboss.job
      where state in ('created', 'retry', 'active', 'failed')`.execute(db);
    expect(rows).toHaveLength(0);
  }, patience);
}
