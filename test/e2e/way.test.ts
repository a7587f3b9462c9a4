/** The whole way of a mail through the real program: IMAP, model, browser, keyboard, SMTP, Sent, export. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { launchChromium, type TestBrowser } from '../support/chromium.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { type OutsidePostgres, startOutsidePostgres } from '../support/outside-postgres.ts';
import { runCommand } from '../support/product.ts';
import { allRequirements } from '../support/requirements.ts';
import { openDesk, rowOf, waitForOpen, waitForReady } from './browser-desk.ts';
import { openShop, type Shop } from './shop.ts';

const needed = await allRequirements('dovecot', 'chromium');
const neededOutside = await allRequirements('dovecot', 'chromium', 'postgres');
const patience = { timeout: 30_000, interval: 50 };

let dovecot: DovecotServer;
let browser: TestBrowser;
let server: OutsidePostgres | null = null;
beforeAll(async () => {
  const [mail, chromium, postgres] = await Promise.all([
    startDovecot(),
    launchChromium(),
    startOutsidePostgres(),
  ]);
  if (mail !== null) dovecot = mail;
  if (chromium !== null) browser = chromium;
  server = postgres;
});
afterAll(async () => {
  await Promise.all([dovecot?.close(), browser?.close(), server?.stop()]);
});

const databases = [
  { database: 'the built-in PostgreSQL', needed, url: () => null },
  {
    database: 'an outside PostgreSQL',
    needed: neededOutside,
    url: () => server?.url ?? null,
  },
];

const typed = 'Hello Dana,\n\nyour kettle arrives tomorrow: 10 € are on us. Żółć!';
const first = '<first@customer.test>';

/** A file of every byte, longer than a piece that is stored at once. */
const photo = Buffer.from(Array.from({ length: 700_001 }, (_, at) => (at * 31 + (at >> 8)) % 256));

/** What the SMTP server got, read as the customer's program reads it. */
async function expectReply(shop: Shop, answered: string): Promise<string> {
  const [accepted] = await shop.smtp.waitForAccepted(1);
  expect(accepted?.from).toBe(shop.address);
  expect(accepted?.to).toEqual(['dana@example.test']);
  expect(accepted?.secure).toBe(true);
  const mail = await simpleParser(accepted?.raw ?? Buffer.alloc(0));
  expect(mail.messageId).toMatch(/^<[^\s@<>]+@example\.test>$/);
  expect(mail.inReplyTo).toBe(answered);
  expect(mail.references).toEqual([first, answered]);
  expect(mail.subject).toBe('Re: Where is my kettle?');
  expect(mail.from?.value).toEqual([{ name: 'Example Shop', address: shop.address }]);
  expect(mail.to).toMatchObject({ value: [{ name: 'Dana Doe', address: 'dana@example.test' }] });
  expect(mail.text?.startsWith(`${typed}\n\n-- \nExample Shop\n\nOn `)).toBe(true);
  expect(mail.text).toContain('Dana Doe <dana@example.test> wrote:\n> ');
  expect(mail.attachments.map(({ filename }) => filename)).toEqual(['Kessel – Größe.bin']);
  expect(mail.attachments[0]?.content.equals(photo)).toBe(true);
  return mail.messageId ?? '';
}

/** The training record that comes of it, exported while the program runs. */
async function expectRecord(shop: Shop): Promise<void> {
  const words = ['export', '--format', 'messages', '--out', 'pairs.jsonl'];
  const lines = await vi.waitFor(async () => {
    await runCommand(shop.folder, ...words);
    const written = await readFile(path.join(shop.folder, 'pairs.jsonl'), 'utf8');
    expect(written).not.toBe('');
    return written.trimEnd().split('\n');
  }, patience);
  expect(lines).toHaveLength(1);
  const { messages, attachments } = JSON.parse(lines[0] ?? '');
  const asked = shop.model.requests[0]?.body.system as { text: string }[];
  expect(messages).toEqual([
    { role: 'system', content: expect.stringContaining(asked[0]?.text ?? '?') },
    { role: 'user', content: expect.stringContaining('ordered the copper kettle ten days ago') },
    { role: 'assistant', content: typed },
  ]);
  expect(attachments).toEqual([
    {
      ...{ filename: 'Kessel – Größe.bin', contentType: 'application/octet-stream' },
      ...{ size: photo.length, sha256: createHash('sha256').update(photo).digest('hex') },
    },
  ]);
}

for (const { database, needed: all, url } of databases) {
  describe.skipIf(!all.available)(database, () => {
    test('a mail arrives, is edited and approved by keyboard, sent once and kept', async () => {
      const shop = await openShop({ dovecot, databaseUrl: url(), undoSeconds: 1 });
      onTestFinished(() => shop.close());
      const product = await shop.start();
      const page = await openDesk(browser, product);
      onTestFinished(() => page.close());
      await page.getByRole('heading', { name: 'All answered' }).waitFor();
      await page.evaluate(() => Object.assign(globalThis, { notReloaded: true }));

      const answered = await shop.receive({
        subject: 'Where is my kettle?',
        text: 'I ordered the copper kettle ten days ago. Where is it?\n\nDana',
        from: 'Dana Doe <dana@example.test>',
        references: [first],
      });
      await waitForReady(page, 'Where is my kettle?');
      await waitForOpen(page, 'Where is my kettle?');
      await shop.receive({
        subject: 'Broken lamp',
        text: 'The lamp flickers.',
        from: 'Kim <kim@example.test>',
      });
      await waitForReady(page, 'Broken lamp');
      expect(await page.evaluate(() => 'notReloaded' in globalThis)).toBe(true);

      await page.keyboard.press('j');
      await waitForOpen(page, 'Broken lamp');
      await page.keyboard.press('k');
      await waitForOpen(page, 'Where is my kettle?');
      await page.keyboard.press('Enter');
      await page.keyboard.press('e');
      await page.locator('textarea[name=text]:focus').waitFor();
      await page.keyboard.press('Control+A');
      await page.keyboard.type(typed);
      await page
        .getByLabel('Files to attach')
        .setInputFiles({ name: 'Kessel – Größe.bin', mimeType: '', buffer: photo });
      await page.getByRole('link', { name: 'Kessel – Größe.bin' }).waitFor();
      await page.locator('textarea[name=text]').focus();
      await page.keyboard.press('Control+Enter');
      await waitForOpen(page, 'Broken lamp');
      await rowOf(page, 'Where is my kettle?').waitFor({ state: 'detached' });

      const messageId = await expectReply(shop, answered);
      await vi.waitFor(async () => expect(await shop.sent()).toHaveLength(1), patience);
      const [copy] = await shop.sent();
      expect(copy?.raw.toString()).toContain(messageId);
      const copied = await simpleParser(copy?.raw ?? '');
      expect(copied.attachments[0]?.content.equals(photo)).toBe(true);
      await expectRecord(shop);
      await page.keyboard.press('g');
      await page.keyboard.press('s');
      await rowOf(page, 'Where is my kettle?').waitFor();
      expect(shop.smtp.accepted).toHaveLength(1);
      expect(await shop.sent()).toHaveLength(1);
      await product.stop();
    });
  });
}
