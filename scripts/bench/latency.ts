/** `bench latency`: from a mail's delivery to its draft on the page, against when a bare IDLE client hears of it. */

import { setTimeout } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import type { Page } from 'playwright-core';
import { launchChromium, type TestBrowser } from '../../test/support/chromium.ts';
import { type DovecotServer, startDovecot } from '../../test/support/dovecot.ts';
import { customerMail } from '../../test/support/mail-texts.ts';
import { type ModelStub, startModelStub } from '../../test/support/model-stub/server.ts';
import {
  makeProductFolder,
  type Product,
  removeProductFolder,
  startProduct,
} from '../../test/support/product.ts';
import { type Figures, type MeasurementOptions, median } from '../figures.ts';

export const description =
  'from LMTP delivery to the draft on the page (stub model), above what a bare IDLE client sees';

const address = 'support@example.test';
const password = 'secret';
const mails = 30;
/** The first ones warm everything up: caches, compiled code, the browser. */
const warmUp = 5;
/** Between the draft of one mail and the next mail: IDLE has settled again. */
const restMs = 700;
const limitMs = 30_000;

function settings(dovecot: DovecotServer, model: ModelStub) {
  const imap = { host: '127.0.0.1', port: dovecot.ports.imap, security: 'none', firstScan: 'all' };
  return {
    shop: { name: 'Example Shop' },
    mailboxes: [{ name: 'support', address, imap, outbox: 'outbox' }],
    model: { baseUrl: model.url },
  };
}

const watcher = `() => {
  const look = () => {
    for (const row of document.querySelectorAll('#list a[data-ref]')) {
      if (row.querySelector('.chip')?.textContent !== 'ready') continue;
      const subject = row.querySelector('.subject')?.textContent?.trim() ?? '';
      if (sessionStorage.getItem(subject) === null)
        sessionStorage.setItem(subject, String(Date.now()));
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}`;

/** Notes in every document of the page when a row first says that its draft is ready. */
async function watchRows(page: Page): Promise<void> {
  // As text: it runs in the browser, whose types this program does not have.
  await page.addInitScript({ content: `(${watcher})()` });
}

async function readyAt(page: Page, subject: string): Promise<number> {
  const givenUpAt = Date.now() + limitMs;
  for (;;) {
    const noted = await page.evaluate<string | null>(
      `sessionStorage.getItem(${JSON.stringify(subject)})`,
    );
    if (noted !== null) return Number(noted);
    if (Date.now() > givenUpAt) throw new Error(`No draft for "${subject}" came to the page.`);
    await setTimeout(20);
  }
}

/** A client that only waits: IDLE from the first moment, and nothing else to do. */
async function bareClient(
  dovecot: DovecotServer,
): Promise<{ next(): Promise<number>; close(): Promise<void> }> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: dovecot.ports.imap,
    secure: false,
    doSTARTTLS: false,
    auth: { user: address, pass: password },
    logger: false,
    autoIdleDelay: 50,
  });
  client.on('error', () => {});
  await client.connect();
  await client.mailboxOpen('INBOX', { readOnly: true });
  return {
    next: () => new Promise((resolve) => client.once('exists', () => resolve(Date.now()))),
    close: () => client.logout(),
  };
}

async function measure(
  { dovecot, browser, product }: { dovecot: DovecotServer; browser: TestBrowser; product: Product },
  progress: MeasurementOptions['progress'],
) {
  const page = await browser.newPage();
  await watchRows(page);
  await page.goto(product.loginLink);
  await page.waitForURL('**/queue/approve');
  const bare = await bareClient(dovecot);
  const samples: { heard: number; shown: number }[] = [];
  for (let number = 0; number < mails; number += 1) {
    await setTimeout(restMs);
    const subject = `Order ${20_000 + number}`;
    const id = `<${number}@latency.example>`;
    const text = 'Where is my kettle? I ordered it ten days ago.';
    const heard = bare.next();
    const from = `Dana Doe <dana-${number}@example.test>`;
    const sentAt = Date.now();
    await dovecot.deliver(customerMail({ id, subject, text, from }), address);
    const [heardAt, shownAt] = [await heard, await readyAt(page, subject)];
    if (number >= warmUp) samples.push({ heard: heardAt - sentAt, shown: shownAt - sentAt });
    progress(`${subject}: heard after ${heardAt - sentAt} ms, shown after ${shownAt - sentAt} ms`);
  }
  await bare.close();
  return samples;
}

async function withProduct<T>(
  dovecot: DovecotServer,
  work: (product: Product) => Promise<T>,
): Promise<T> {
  const [folder, model] = await Promise.all([makeProductFolder(), startModelStub()]);
  const env = { REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: password, ANTHROPIC_API_KEY: 'test-key' };
  try {
    const product = await startProduct({ folder, config: settings(dovecot, model), env });
    try {
      return await work(product);
    } finally {
      await product.stop();
    }
  } finally {
    await Promise.all([model.close(), removeProductFolder(folder)]);
  }
}

export async function run({ progress }: MeasurementOptions): Promise<Figures> {
  const [dovecot, browser] = await Promise.all([startDovecot({ tls: false }), launchChromium()]);
  if (dovecot === null || browser === null) throw new Error('Dovecot or Chromium is missing.');
  try {
    const samples = await withProduct(dovecot, (product) =>
      measure({ dovecot, browser, product }, progress),
    );
    const above = samples.map(({ heard, shown }) => shown - heard).toSorted((a, b) => a - b);
    return {
      figures: {
        above_idle_p50_ms: median(above),
        above_idle_p95_ms: above[Math.floor(above.length * 0.95)] ?? 0,
        shown_p50_ms: median(samples.map(({ shown }) => shown)),
      },
      reference: { idle_p50_ms: median(samples.map(({ heard }) => heard)) },
      targets: { above_idle_p50_ms: { below: 151 } },
    };
  } finally {
    await Promise.all([dovecot.close(), browser.close()]);
  }
}
