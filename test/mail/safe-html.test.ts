/** Large HTML is made safe beside the pages, and costs no more than it may. */

import { afterAll, expect, test } from 'vitest';
import { sanitizeCustomerHtml } from '../../src/mail/customer-html.ts';
import { HtmlCleaner } from '../../src/mail/safe-html.ts';

const cleaner = new HtmlCleaner();
afterAll(() => cleaner.close());

const options = { remoteImages: false };
const row = '<tr><td onclick="x()">1 &lt; 2</td><td><img src="https://x.example/a.png"></td></tr>';

/** How often the event loop turned until that was done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const count = () => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await work;
  done = true;
  return turns;
}

test('it says the same in the thread as outside, and other work goes on meanwhile', async () => {
  const html = `<table>${row.repeat(2_000)}</table>`;
  const work = cleaner.clean(html, options);
  expect(await turnsDuring(work)).toBeGreaterThan(0);
  expect(await work).toBe(sanitizeCustomerHtml(html, options));
});

test('small HTML needs no thread', async () => {
  const work = cleaner.clean(`<table>${row}</table>`, options);
  expect(await turnsDuring(work)).toBe(0);
  expect(await work).toContain('1 &lt; 2');
});

test('what costs too much is not shown, and the next mail is', async () => {
  const hasty = new HtmlCleaner({ milliseconds: 1 });
  expect(await hasty.clean('<div>'.repeat(100_000), options)).toBeNull();
  await hasty.close();
  expect(await cleaner.clean(`<b>${'x'.repeat(100_000)}</b>`, options)).toContain('<b>xxx');
});
