/** Attaching files to a reply: by plain forms, and in a real browser by picker, drop, paste and key. */

import { connect } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { enclosuresOf, looseEnclosures } from '../../src/storage/enclosures.ts';
import { launchChromium } from '../support/chromium.ts';
import { draftResult, newId } from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import {
  arriveAndDraft,
  asFragment,
  type OpenDesk,
  openDesk,
  openPage,
  type Visitor,
} from './desk-fixture.ts';

const needed = await allRequirements('chromium');

const browser = shared(launchChromium);
let desk: OpenDesk;
let visitor: Visitor;
beforeAll(async () => {
  desk = await openDesk();
  visitor = desk.visitor();
  await visitor.logIn();
});
afterAll(() => desk.drop());

const files = (conversationId: number) => looseEnclosures(desk.house.db, conversationId);

const namesOf = async (conversationId: number) =>
  (await files(conversationId)).map(({ filename }) => filename);

function upload(draftId: number, given: [name: string, content: string | Buffer][], headers = {}) {
  const body = new FormData();
  body.append('view', 'approve');
  for (const [name, content] of given) body.append('files', new Blob([content]), name);
  return fetch(`${visitor.base}/drafts/${draftId}/enclosures`, {
    ...{ method: 'POST', body, redirect: 'manual' },
    headers: { cookie: visitor.cookie, 'sec-fetch-site': 'same-origin', ...headers },
  });
}

describe('a plain form', () => {
  it('attaches several files, shows them, gives them back and removes them', async () => {
    const { id, conversation_id: conversationId } = await arriveAndDraft(desk.house);
    const answer = await upload(id, [
      ['Rechnung für Ana 請求書.pdf', '%PDF-1.7'],
      ['list.csv', 'a;b'],
    ]);
    expect(answer.status).toBe(303);
    const place = answer.headers.get('location') ?? '';
    expect(place).toBe(`/queue/approve/c${conversationId}`);
    const [first, second] = await files(conversationId);
    const page = await visitor.text(place);
    expect(page).toContain('Rechnung für Ana 請求書.pdf');
    expect(page).toContain('list.csv');

    const download = await visitor.get(`/enclosures/${first?.id}`);
    expect(await download.text()).toBe('%PDF-1.7');
    expect(download.headers.get('content-type')).toBe('application/octet-stream');
    expect(download.headers.get('content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8/);
    expect(download.headers.get('content-security-policy')).toContain('sandbox');

    const removed = await visitor.post(`/enclosures/${second?.id}/remove`, { view: 'approve' });
    expect(removed.headers.get('location')).toBe(place);
    expect(await namesOf(conversationId)).toEqual(['Rechnung für Ana 請求書.pdf']);
    const again = await visitor.post(`/enclosures/${second?.id}/remove`, {}, asFragment);
    expect(again.status).toBe(404);
  });

  it('without a file changes nothing', async () => {
    const { id, conversation_id: conversationId } = await arriveAndDraft(desk.house);
    expect((await upload(id, [['', '']])).status).toBe(303);
    expect(await files(conversationId)).toEqual([]);
  });

  it.each<[number, string, [string, string | Buffer][]]>([
    [422, 'mail servers refuse', [['setup.exe', 'MZ']]],
    [413, 'is larger than 2 MB', [['big.bin', Buffer.alloc(2_500_000)]]],
    [
      413,
      'would be more than 3 MB',
      [
        ['one.bin', Buffer.alloc(1_900_000)],
        ['two.bin', Buffer.alloc(1_900_000)],
      ],
    ],
    [422, 'it is empty', [['empty.txt', '']]],
  ])('is answered with %i and why: %s', async (status, words, given) => {
    const { id, conversation_id: conversationId } = await arriveAndDraft(desk.house);
    const answer = await upload(id, [...given, ['after.txt', 'never looked at']], asFragment);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('hx-retarget')).toBe('#notices');
    expect(await answer.text()).toContain(words);
    expect(await namesOf(conversationId)).toEqual(given.slice(0, -1).map(([name]) => name));
  });

  it('that is none, or for no draft, is refused', async () => {
    const { id } = await arriveAndDraft(desk.house);
    expect((await visitor.post(`/drafts/${id}/enclosures`, { view: 'approve' })).status).toBe(400);
    expect((await upload(999_999, [['a.txt', 'a']])).status).toBe(404);
  });

  it('that breaks off leaves nothing', async () => {
    const { id, conversation_id: conversationId } = await arriveAndDraft(desk.house);
    const socket = connect(desk.listening.port, '127.0.0.1');
    const part = 'Content-Disposition: form-data; name="files"; filename="half.bin"';
    socket.write(
      [
        `POST /drafts/${id}/enclosures HTTP/1.1`,
        `Host: 127.0.0.1:${desk.listening.port}`,
        `Cookie: ${visitor.cookie}`,
        'Sec-Fetch-Site: same-origin',
        'Content-Type: multipart/form-data; boundary=b',
        'Content-Length: 2000000',
        `\r\n--b\r\n${part}\r\n\r\n${'x'.repeat(700_000)}`,
      ].join('\r\n'),
    );
    const rows = () =>
      desk.house.db
        .selectFrom('enclosure')
        .innerJoin('enclosure_piece', 'enclosure_id', 'enclosure.id')
        .select('number')
        .where('filename', '=', 'half.bin')
        .execute();
    await vi.waitFor(async () => expect(await rows()).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(async () => expect(await rows()).toEqual([]));
    expect(await files(conversationId)).toEqual([]);
  });
});

it('a file that was attached before the customer wrote again says so', async () => {
  const messageId = newId();
  const first = await arriveAndDraft(desk.house, { messageId });
  await upload(first.id, [['a.txt', 'a']]);
  const place = `/queue/approve/c${first.conversation_id}`;
  expect(await visitor.text(place)).not.toContain('from an earlier draft');
  await arriveAndDraft(desk.house, { inReplyTo: messageId });
  expect(await visitor.text(place)).toContain('a.txt</bdi> <small>1 B · from an earlier draft');
});

it('the preview names the files', async () => {
  const { id } = await arriveAndDraft(desk.house);
  await upload(id, [['a "quoted" <name>.txt', 'abc']]);
  const preview = await visitor.post(`/drafts/${id}/preview`, { text: 'Here it is.' });
  expect(await preview.text()).toMatch(/Attached: <bdi>a .*&lt;name&gt;\.txt<\/bdi> \(3 B\)/);
});

it('an approval by somebody who saw other files sends nothing', async () => {
  const draft = await arriveAndDraft(desk.house);
  const page = await visitor.text(`/queue/approve/c${draft.conversation_id}`);
  const value = (name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
  const form = {
    text: draft.reply ?? '',
    lastMessageId: draft.message_id,
    shownSha256: value('shownSha256'),
    enclosuresSha256: value('enclosuresSha256'),
  };
  await upload(draft.id, [['a.txt', 'by a colleague']]);
  const refused = await visitor.post(`/drafts/${draft.id}/approve`, form, asFragment);
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain('The attachments are not those that were shown to you.');
  expect(refused.headers.get('hx-trigger')).toBe('desk:refresh');
});

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
    await page.goto(`${visitor.base}/queue/sending/c${draft.conversation_id}`);
    await page.getByRole('list', { name: 'Attachments' }).getByText('Größe.pdf').waitFor();
  });

  it('a colleague’s file appears, and must be looked at before a key counts', async () => {
    const { draft, page } = await openDraft();
    await upload(draft.id, [['colleague.txt', 'a']]);
    await listed(page, 'colleague.txt').waitFor();
    await page.keyboard.press('a');
    await page.getByText('The draft has just changed. Read it first.').waitFor();
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
