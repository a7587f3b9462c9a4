/** Attachments in the desk: looked at where that is safe, downloaded as files that cannot run here. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attached,
  compound,
  pdf,
  png,
  windowsProgram,
  winmail,
  zip,
} from '../support/attached-files.ts';
import { launchChromium, type TestBrowser } from '../support/chromium.ts';
import {
  arriveAndDraft,
  asFragment,
  type OpenDesk,
  openDesk,
  openPage,
  type Visitor,
} from './desk-fixture.ts';

const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';

/** In the order of their indexes. */
const files = [
  { name: 'vase.png', content: png(40, 30), type: 'text/html' },
  { name: 'bomb.png', content: png(1, 1, { width: 60_000, height: 60_000 }), type: 'image/png' },
  { name: 'drawing.svg', content: svg, type: 'image/svg+xml' },
  { name: 'order "1".pdf', content: pdf('Order <b>12345</b>'), type: 'application/pdf' },
  { name: 'list.csv', content: `${'a;<script>\n'.repeat(400)}`, type: 'text/csv' },
  { name: 'invoice.pdf', content: windowsProgram, type: 'application/pdf' },
  { name: 'photos.zip', content: zip(['a.jpg']) },
  { name: 'old.doc', content: compound('WordDocument', '_VBA_PROJECT') },
  { name: 'winmail.dat', content: winmail([{ name: 'inner.txt', content: Buffer.from('hi') }]) },
  { name: 'broken.pdf', content: '%PDF-1.4 and no more' },
];

let desk: OpenDesk;
let mara: Visitor;
let page: string;
let base: string;
let browser: TestBrowser | null;
beforeAll(async () => {
  desk = await openDesk();
  mara = desk.visitor();
  await mara.logIn();
  const draft = await arriveAndDraft(desk.house, { ...attached('Broken.', files) });
  page = `/queue/approve/c${draft.conversation_id}`;
  base = `/messages/${draft.message_id}/attachments`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await desk.drop();
});

describe('the list', () => {
  it('says what each file is by its content, and warns', async () => {
    const html = await mara.text(page, asFragment);
    expect(html).toContain('1 picture, 9 files');
    expect(html).toContain('It calls itself a PDF (.pdf) and is a Windows program.');
    expect(html).toContain('It is too large to be shown (60000 × 60000 pixels).');
    expect(html).toContain('Holds a.jpg');
    expect(html).toContain('It holds macros');
    expect(html).toContain('from winmail.dat');
    expect(html).toContain(`src="${base}/0/picture" width="40" height="30"`);
    expect(html).not.toContain(`src="${base}/2/picture"`);
    expect(html).not.toContain('<strong><bdi>winmail.dat');
  });
});

describe('a picture', () => {
  it('is shown under the type of its content, and cannot run', async () => {
    const { status, headers } = await mara.get(`${base}/0/picture`);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': 'inline; filename=vase.png',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  it.each([
    ['one that swells when it is decoded', 1],
    ['a drawing that can run scripts', 2],
    ['a PDF', 3],
    ['what is not there', 700],
  ])('is not made of %s', async (_what, index) => {
    expect((await mara.get(`${base}/${index}/picture`)).status).toBe(404);
  });
});

describe('a text', () => {
  it('of a PDF is escaped', async () => {
    const html = await mara.text(`${base}/3/text`, asFragment);
    expect(html).toContain('<pre dir="auto" tabindex="0">Order &lt;b&gt;12345&lt;/b&gt;</pre>');
    expect(html).toContain(', 1 page</summary>');
  });

  it('of a table is its first lines', async () => {
    const html = await mara.text(`${base}/4/text`, asFragment);
    expect(html).toContain('the first 300 lines');
    expect(html).not.toContain('<script>');
  });

  it('of what is broken is a sentence', async () => {
    expect(await mara.text(`${base}/9/text`)).toContain('It is broken, or not a PDF at all.');
  });

  it('is not made of a program, whatever its name', async () => {
    expect((await mara.get(`${base}/5/text`)).status).toBe(404);
  });
});

describe('a download', () => {
  it.each([
    [3, String.raw`attachment; filename="order \"1\".pdf"`],
    [6, 'attachment; filename=photos.zip'],
    [1000, 'attachment; filename=inner.txt'],
  ])('of file %i is saved, never shown', async (index, disposition) => {
    const { status, headers } = await mara.get(`${base}/${index}`);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': disposition,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    });
  });

  it.each([2, 5, 7])('of file %i asks first, and a link cannot answer', async (index) => {
    const asked = await mara.get(`${base}/${index}`);
    expect(asked.headers.get('content-type')).toContain('text/html');
    expect(asked.headers.get('content-disposition')).toBeNull();
    expect(await asked.text()).toContain('Look twice before you open');
    expect(await mara.text(`${base}/${index}`, asFragment)).toMatch(
      new RegExp(`^<form class="sure" method="post" action="${base}/${index}/download">`),
    );
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await mara.post(`${base}/${index}/download`, {}, foreign)).status).toBe(403);
    const given = await mara.post(`${base}/${index}/download`);
    expect(given.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await given.arrayBuffer()).length).toBeGreaterThan(50);
  });

  it.each(['', '/picture', '/text'])(
    'and a look%s are for people who are logged in',
    async (end) => {
      expect((await desk.visitor().get(`${base}/0${end}`)).status).toBe(303);
    },
  );
});

describe('in a browser', () => {
  it('pictures are seen, and one key shows the texts', async ({ skip }) => {
    if (browser === null) return skip();
    const shown = await openPage(desk, browser, page);
    const picture = shown.getByAltText('Picture vase.png');
    await picture.scrollIntoViewIfNeeded();
    await shown.waitForFunction(
      'document.querySelector(".pictures img").complete && document.querySelector(".pictures img").naturalWidth === 40',
    );
    await shown.keyboard.press('v');
    await shown.getByText('Order <b>12345</b>', { exact: true }).waitFor();
    await shown.keyboard.press('v');
    await shown.getByText('the first 300 lines').waitFor();
    await shown.close();
  });
});
