/** What only a person can settle, in a real browser: unreadable mail, refused replies, no draft at all. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { triage } from '../../src/pipeline/triage.ts';
import { attempted, refused, uncertain } from '../pipeline/outgoing.ts';
import { launchChromium } from '../support/chromium.ts';
import { unparsableMail } from '../support/mail-texts.ts';
import { arriveRaw, deliveryRow, draftResult, letter, newId, storeMail } from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { arriveAndDraft, type OpenDesk, openDesk, openPage } from './desk-fixture.ts';

const needed = await allRequirements('chromium');

const browser = shared(launchChromium);
let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.drop());

describe.skipIf(!needed.available)('a quarantined mail', () => {
  it('is done with a key, taken back with another, and found again', async () => {
    const { id } = await arriveRaw(desk.house, Buffer.from(unparsableMail(newId())));
    const page = await openPage(desk, browser(), `/queue/quarantined/m${id}`);
    const watching = await openPage(desk, browser(), `/queue/quarantined/m${id}`);
    const toasts = page.locator('#toasts');
    const row = page.locator(`#row-m${id}`);
    await page.keyboard.press('d');
    await toasts.getByText('Done').waitFor();
    await row.waitFor({ state: 'detached' });
    await watching.getByRole('heading', { name: 'Done' }).waitFor();
    await page.keyboard.press('z');
    await toasts.getByText('Back in quarantine').waitFor();
    await row.waitFor();
    await page.keyboard.press('d');
    await page.getByRole('link', { name: '1 done' }).click();
    await page.waitForURL('**/queue/done');
    await page.locator('#item .outcome').getByText('Mara').waitFor();
    await row.waitFor();
    await page.locator('#views [aria-current]', { hasText: 'Quarantined' }).waitFor();
  });

  it('is read again with a key, and leads to its conversation once that helped', async () => {
    const { house } = desk;
    const id = await storeMail(house, letter());
    const fail = () => Promise.reject(new Error('an old version'));
    const jobs = { ...house.jobs, send: fail, sendAll: fail };
    await triage({ ...house.triageParts, jobs }, [id], 10);
    const page = await openPage(desk, browser(), `/queue/quarantined/m${id}`);
    await page.keyboard.press('n');
    await page.locator('#toasts').getByText('Reading it again').waitFor();
    await page.getByText('This mail is being read').waitFor();
    await triage(house.triageParts, [id]);
    await page.getByRole('link', { name: 'Open the conversation' }).click();
    await page.waitForURL('**/queue/approve/c*');
  });
});

describe.skipIf(!needed.available)('a refused reply', () => {
  it('is given up, and goes on from its text', async () => {
    const { message } = await attempted(desk.house, refused, { text: 'Typed with care.' });
    const page = await openPage(desk, browser(), `/queue/sending/c${message.conversation_id}`);
    await page.getByRole('button', { name: 'Give up' }).click();
    await page.locator('#toasts').getByText('Given up').waitFor();
    const draft = page.locator('#item .draft.open');
    await draft.getByText('The mail server refused this reply, and Mara gave it up').waitFor();
    await draft.getByText('Nothing was sent to ana@customer.example.').waitFor();
    await draft.getByText('550 no such user').waitFor();
    const editor = draft.getByLabel('Your reply to');
    expect(await editor.inputValue()).toBe('Typed with care.');
    await editor.fill('Typed again.');
    await page.keyboard.press('Control+Enter');
    await page.locator('#toasts').getByText('Approved').waitFor();
    const [sent] = await desk.house.db
      .selectFrom('decision')
      .select('final_text as text')
      .orderBy('id', 'desc')
      .limit(1)
      .execute();
    expect(sent?.text).toBe('Typed again.');
  });
});

describe.skipIf(!needed.available)('a reply that nobody knows of', () => {
  it('is settled though the customer was written to since', async () => {
    const text = 'The first reply.';
    const first = await attempted(desk.house, uncertain, { text });
    const { message, messageId } = first;
    const letter = { inReplyTo: messageId, subject: message.subject };
    await arriveAndDraft(desk.house, letter);
    const path = `/queue/sending/c${message.conversation_id}`;
    const page = await openPage(desk, browser(), path);
    const earlier = page.getByRole('region', { name: 'An earlier reply' });
    await earlier.getByText(text).waitFor();
    await page.keyboard.press('a');
    await page.locator('#toasts').getByText('Approved').waitFor();
    await page.goto(`${desk.visitor().base}${path}`);
    await page.getByRole('heading', { name: 'Approved as written' }).waitFor();
    await earlier.getByText('Nobody knows whether ana@customer.example got this reply').waitFor();
    await earlier.getByRole('button', { name: 'It was sent' }).click();
    await page.locator('#toasts').getByText('Noted as sent').waitFor();
    await earlier.waitFor({ state: 'detached' });
    expect((await deliveryRow(desk.house, first.deliveryId)).state).toBe('sent');
  });
});

describe.skipIf(!needed.available)('a mail without a draft', () => {
  it('is closed with R and Enter, and nobody is asked what is wrong with the draft', async () => {
    const fields = { needsPerson: true, needsPersonReason: 'A lawyer writes.', reply: '' };
    desk.house.responder.next = [() => draftResult(fields)];
    const draft = await arriveAndDraft(desk.house, { subject: 'From a lawyer' });
    const page = await openPage(desk, browser(), `/queue/person/c${draft.conversation_id}`);
    await page.keyboard.press('r');
    const panel = page.getByRole('dialog', { name: 'Close without a reply' });
    await panel.getByText('Does this mail need no reply?').waitFor();
    expect(await panel.getByRole('checkbox').count()).toBe(0);
    await page.keyboard.type('An advertisement');
    await page.keyboard.press('Enter');
    await page.locator('#toasts').getByText('Closed without a reply').waitFor();
    const decision = await desk.house.db
      .selectFrom('decision')
      .select(['verdict', 'note', 'redraft'])
      .where('draft_id', '=', draft.id)
      .executeTakeFirst();
    expect(decision).toEqual({ verdict: 'rejected', note: 'An advertisement', redraft: false });
  });
});
