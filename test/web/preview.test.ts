/** The preview: what a person sees before approving is what is sent. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replyBodies } from '../../src/mail/reply-bodies.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { approve } from '../../src/pipeline/review.ts';
import { launchChromium } from '../support/chromium.ts';
import { approvalFor, draftResult } from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { arriveAndDraft, type OpenDesk, openDesk, openPage } from './desk-fixture.ts';

const needed = await allRequirements('chromium');
const browser = shared(launchChromium);
let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk();
  const [name, mailbox] = [...desk.house.mailboxes][0] ?? expect.unreachable();
  desk.house.mailboxes.set(name, { ...mailbox, quoteHistory: 'last' });
});
afterAll(() => desk.drop());

const reply = 'Dear Ana,\n\n**it is** on its way, <b>really</b>.';

async function drafted(headers: string[] = []) {
  desk.house.responder.next = [() => draftResult({ reply, language: 'de' })];
  const text = 'Where is <s>it</s>?';
  return await arriveAndDraft(desk.house, { subject: 'Kettle <i>', text, headers });
}

it('shows the bytes that are sent, and runs and loads nothing', async () => {
  const { id } = await drafted();
  const visitor = desk.visitor();
  await visitor.logIn();
  const text = `${reply} <img src=x onerror=alert(1)>`;
  const response = await visitor.post(`/drafts/${id}/preview`, { text });
  const page = await response.text();
  expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
  expect(page).toContain('Re: Kettle &lt;i&gt;');
  expect(page).toContain(
    '<strong>it is</strong> on its way, &lt;b&gt;really&lt;/b&gt;. &lt;img src=x',
  );
  expect(page).toContain('Am 2. November 2026 schrieb Ana &lt;ana@customer.example&gt;:');
  expect(page).toContain('Where is &lt;s&gt;it&lt;/s&gt;?');
  const approval = await approvalFor(desk.house, id, { text });
  const { deliveryId } = await approve({ ...desk.house.reviewParts, undoSeconds: 0 }, approval);
  await deliver(desk.house.deliverParts, deliveryId);
  const sent = desk.house.transport.mails.at(-1)?.bytes.toString() ?? '';
  const plain = (words: string) =>
    words.replace(/ (?:style|class)="[^"]*"/g, '').replace(/\s+/g, ' ');
  const decoded = sent
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)));
  const body = /<body>\s*([\s\S]*)<\/body>/.exec(decoded)?.[1] ?? 'none';
  expect(plain(page)).toContain(plain(body).trim());
  // The pair, and what the desk keeps, is what the person wrote and nothing else.
  expect(replyBodies({ text }).text).not.toContain('schrieb');
  const { final_text } = await desk.house.db
    .selectFrom('decision')
    .select('final_text')
    .where('draft_id', '=', id)
    .executeTakeFirstOrThrow();
  expect(final_text).toBe(text);
});

it('names who gets it and which files go along', async () => {
  const headers = ['Cc: Bea <bea@customer.example>, Cy <cy@other.example>'];
  const { id } = await arriveAndDraft(desk.house, { headers });
  const visitor = desk.visitor();
  await visitor.logIn();
  await visitor.upload(`/drafts/${id}/enclosures`, [['bill.pdf', '%PDF-1.7 x']]);
  const shown = async (copies: string[]) =>
    (await visitor.post(`/drafts/${id}/preview`, { text: 'Yes.', copies })).text();
  const page = await shown(['cy@other.example', 'evil@evil.example']);
  expect(page).toMatch(/<dt>To<\/dt><dd><bdi>Ana &lt;ana@customer\.example&gt;</);
  expect(page).toMatch(/<dt>Cc<\/dt><dd><bdi>Cy &lt;cy@other\.example&gt;<\/bdi>/);
  expect(page).toMatch(/<dt>Attached<\/dt><dd><bdi>bill\.pdf<\/bdi>/);
  expect(await shown([])).not.toContain('<dt>Cc');
});

it.each([
  ['a draft that is not there', 999_999, { text: 'x' }, 404],
  ['no text', 1, {}, 400],
])('is refused for %s', async (_what, id, form, status) => {
  const visitor = desk.visitor();
  await visitor.logIn();
  expect((await visitor.post(`/drafts/${id}/preview`, form)).status).toBe(status);
});

describe.skipIf(!needed.available)('in the desk', () => {
  it('opens by a key, shows the draft or what is being written, and closes by the same key', async () => {
    const { conversation_id } = await drafted(['Cc: Bea <bea@customer.example>']);
    const page = await openPage(desk, browser(), `/queue/approve/c${conversation_id}`);
    await page.keyboard.press('p');
    const frame = page.frameLocator('#preview iframe');
    await frame.locator('strong', { hasText: 'it is' }).waitFor();
    await frame.locator('dd', { hasText: 'bea@customer.example' }).waitFor();
    await page.keyboard.press('p');
    await page.locator('#preview').waitFor({ state: 'hidden' });
    await page.keyboard.press('e');
    await page.locator('textarea[name=text]').fill('Quite *another thing*.');
    await page.getByRole('checkbox', { name: 'bea@customer.example' }).uncheck({ force: true });
    await page.getByRole('button', { name: 'Preview' }).click();
    await frame.locator('em', { hasText: 'another thing' }).waitFor();
    expect(await frame.locator('dl').textContent()).not.toContain('bea@');
    await page.keyboard.press('Escape');
    await page.locator('#preview').waitFor({ state: 'hidden' });
    expect(await page.locator('textarea[name=text]').inputValue()).toBe('Quite *another thing*.');
  });
});
