/** Merging and splitting in a real browser, from the keyboard; and what the pages refuse. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type TestBrowser } from '../support/chromium.ts';
import { arrive, newId } from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { arriveAndDraft, asFragment, type OpenDesk, openDesk } from './desk-fixture.ts';

const needed = await allRequirements('chromium');

let desk: OpenDesk;
let browser: TestBrowser | null;
beforeAll(async () => {
  [desk, browser] = await Promise.all([openDesk(), launchChromium()]);
});
afterAll(async () => {
  await Promise.all([desk?.drop(), browser?.close()]);
});

/** The page of a conversation, as Mara sees it. */
async function open(conversationId: number | null) {
  const page = await browser?.newPage();
  if (page === undefined) throw new Error('There is no browser.');
  const place = `/queue/approve/c${conversationId}`;
  const base = `http://127.0.0.1:${desk.listening.port}`;
  await page.goto(`${base}/login?next=${encodeURIComponent(place)}`);
  await page.getByLabel('Name').fill('Mara');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.keyboard.press('Enter');
  await page.locator('article[data-ref] #subject').waitFor();
  // Keys count once the scripts have run.
  await page.waitForLoadState('load');
  return page;
}

async function conversationOf(messageId: number) {
  const { conversation_id } = await desk.house.db
    .selectFrom('message')
    .select('conversation_id')
    .where('id', '=', messageId)
    .executeTakeFirstOrThrow();
  return conversation_id;
}

const from = (name: string) => `${name} <${name.toLowerCase()}@customer.example>`;

describe.skipIf(!needed.available)('from the keyboard', () => {
  it('merges two conversations of a customer, and takes it back', async () => {
    const first = await arriveAndDraft(desk.house, { from: from('Ida'), subject: 'Blue lamp' });
    const second = await arriveAndDraft(desk.house, { from: from('Ida'), subject: 'Red lamp' });
    const page = await open(second.conversation_id);
    await page.keyboard.press('m');
    await page.getByRole('heading', { name: 'Blue lamp' }).waitFor();
    await page.getByText('stand in one conversation').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#toasts').getByText('Merged').waitFor();
    expect(await conversationOf(second.message_id)).toBe(first.conversation_id);
    expect(new URL(page.url()).pathname).toBe(`/queue/approve/c${first.conversation_id}`);
    await page.getByText('Subject: Red lamp').waitFor();
    await page.keyboard.press('z');
    await page.locator('#toasts').getByText('Taken back').waitFor();
    expect(await conversationOf(second.message_id)).toBe(second.conversation_id);
    await page.close();
  });

  it('splits the last mail off', async () => {
    const id = newId();
    const first = await arriveAndDraft(desk.house, {
      ...{ from: from('Eve'), subject: 'Kettle', messageId: id },
    });
    const second = await arrive(desk.house, {
      ...{ from: from('Eve'), subject: 'Something else', inReplyTo: id },
    });
    expect(second.conversation_id).toBe(first.conversation_id);
    const page = await open(first.conversation_id);
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Split mails off' }).waitFor();
    expect(await page.getByRole('radio').isChecked()).toBe(true);
    await page.keyboard.press('Enter');
    await page.locator('#toasts').getByText('Split off').waitFor();
    await page.locator('h1', { hasText: 'Something else' }).waitFor();
    expect(await conversationOf(second.id)).not.toBe(first.conversation_id);
    expect(await conversationOf(first.message_id)).toBe(first.conversation_id);
    await page.close();
  });
});

describe('the pages', () => {
  it('offer another address only with the word that both are one customer', async () => {
    const mara = desk.visitor();
    await mara.logIn();
    const id = newId();
    const ana = await arriveAndDraft(desk.house, { from: from('Una'), messageId: id });
    const other = await arriveAndDraft(desk.house, {
      ...{ from: 'Una <una@private.example>', inReplyTo: id },
    });
    const html = await mara.text(`/queue/approve/c${other.conversation_id}/merge`, asFragment);
    expect(html).toContain('una@customer.example');
    expect(html).toMatch(/name="oneCustomer" value="yes" required/);
    const form = {
      ...{ view: 'approve', lastMessageId: other.message_id },
      ...{ otherId: `${ana.conversation_id}`, otherLastMessageId: ana.message_id },
    };
    const address = `/conversations/${other.conversation_id}/merge`;
    const refused = await mara.post(address, form, asFragment);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('una@private.example');
    expect((await mara.post(address, { ...form, oneCustomer: 'yes' })).status).toBe(303);
    // The address that is no more leads on.
    expect(await mara.text(`/queue/approve/c${other.conversation_id}`)).toContain(
      `data-ref="c${ana.conversation_id}"`,
    );
  });

  it('refuse to merge what has changed since it was shown', async () => {
    const mara = desk.visitor();
    await mara.logIn();
    const one = await arriveAndDraft(desk.house, { from: from('Ole'), subject: 'One' });
    const two = await arriveAndDraft(desk.house, { from: from('Ole'), subject: 'Two' });
    const form = {
      ...{ view: 'approve', lastMessageId: one.message_id },
      ...{ otherId: `${two.conversation_id}`, otherLastMessageId: two.message_id - 1 },
    };
    const address = `/conversations/${one.conversation_id}/merge`;
    expect((await mara.post(address, form, asFragment)).status).toBe(409);
  });

  it('show who is in copy, where answers are wanted, and who vouches for the sender', async () => {
    const mara = desk.visitor();
    await mara.logIn();
    const headers = [
      'Authentication-Results: mx.shop.example; dmarc=fail header.from=customer.example',
      'Cc: Bob <bob@customer.example>',
      'Reply-To: ana@elsewhere.example',
    ];
    const draft = await arriveAndDraft(desk.house, { headers });
    const html = await mara.text(`/queue/approve/c${draft.conversation_id}`, asFragment);
    expect(html).toContain('Cc <bdi>Bob &lt;bob@customer.example&gt;</bdi>');
    expect(html).toContain('Answers wanted at <bdi>ana@elsewhere.example</bdi>');
    expect(html).toContain('This may not be from customer.example');
    const asked = ['Authentication-Results: mx.shop.example; dkim=pass header.d=customer.example'];
    const sure = await arriveAndDraft(desk.house, { headers: asked });
    expect(await mara.text(`/queue/approve/c${sure.conversation_id}`, asFragment)).toContain(
      'Sender confirmed by customer.example',
    );
  });
});
