/** A bounce in a real browser: it is told under the reply as it comes, until somebody has seen it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempted, uncertain } from '../pipeline/outgoing.ts';
import { bounce, complaint, delayedFor, failedFor } from '../pipeline/report-mails.ts';
import { sentElsewhere } from '../pipeline/sent-mail.ts';
import { launchChromium } from '../support/chromium.ts';
import { accepted } from '../support/fake-transport.ts';
import {
  arrive,
  arriveRaw,
  customerAddress,
  deliveryRow,
  letter,
  newId,
  takeJobs,
} from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { type OpenDesk, openDesk, openPage } from './desk-fixture.ts';

const needed = await allRequirements('chromium');

const browser = shared(launchChromium);
let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.drop());

async function sentReply(outcome = accepted) {
  const { deliveryId, message } = await attempted(desk.house, outcome);
  const { header_message_id: about } = await deliveryRow(desk.house, deliveryId);
  return { about, deliveryId, ref: `c${message.conversation_id}` };
}

describe.skipIf(!needed.available)('a reply that came back', () => {
  it('is told while the page is open, listed, and put away by the person who has seen it', async () => {
    const { about, ref } = await sentReply();
    const page = await openPage(desk, browser(), `/queue/sending/${ref}`);
    const delayed = bounce({ about, recipients: [delayedFor(customerAddress)] });
    await arriveRaw(desk.house, delayed);
    const reports = page.locator('.message.ours .reports');
    await reports.getByText(`Delayed on its way to ${customerAddress}`).waitFor();
    expect(await reports.getByRole('button').count()).toBe(0);
    const recipients = [failedFor(customerAddress)];
    await arriveRaw(desk.house, bounce({ about, recipients }));
    const line = reports.getByText(`Not delivered to ${customerAddress}: 550 5.1.1 no such user`);
    await line.waitFor();
    expect(await reports.getByText('Delayed').count()).toBe(0);
    const row = page.locator(`#row-${ref}`);
    await row.getByText('not delivered').waitFor();
    await reports.getByRole('button', { name: 'Seen' }).click();
    await page.locator('#toasts').getByText('Noted as seen').waitFor();
    await reports.getByText('Seen by Mara').waitFor();
    await row.waitFor({ state: 'detached' });
    await line.waitFor();
    expect(desk.house.transport.mails).toHaveLength(1);
  });

  it('of a colleague is listed, and put away as ours is', async () => {
    const { house } = desk;
    const [messageId, about] = [newId(), newId()];
    const { conversation_id } = await arrive(house, { messageId });
    await takeJobs(house.db, 'triage');
    await sentElsewhere(house, { messageId: about, inReplyTo: messageId });
    const ref = `c${conversation_id}`;
    const page = await openPage(desk, browser(), `/queue/sending/${ref}`);
    await arriveRaw(house, bounce({ about, recipients: [failedFor(customerAddress)] }));
    const row = page.locator(`#row-${ref}`);
    await row.getByText('not delivered').waitFor();
    await page.locator('.reports').getByRole('button', { name: 'Seen' }).click();
    await page.locator('#toasts').getByText('Noted as seen').waitFor();
    await page.locator('.reports').getByText('Seen by Mara').waitFor();
    await row.waitFor({ state: 'detached' });
  });

  it('says what a provider complains of', async () => {
    const { about, ref } = await sentReply();
    await arriveRaw(desk.house, complaint(about));
    const page = await openPage(desk, browser(), `/queue/sending/${ref}`);
    const reports = page.locator('.message.ours .reports');
    await reports.getByText('The recipient’s provider reports this as spam').waitFor();
    await page.locator(`#row-${ref}`).getByText('complaint').waitFor();
  });

  it('is told beside the messages when nobody knows whether it was sent', async () => {
    const { about, ref } = await sentReply(uncertain);
    const recipients = [failedFor(customerAddress)];
    await arriveRaw(desk.house, bounce({ about, recipients }));
    const page = await openPage(desk, browser(), `/queue/sending/${ref}`);
    await page.locator('.messages > .reports').getByText('Not delivered to').waitFor();
    await page.getByRole('button', { name: 'It was sent' }).waitFor();
  });
});

describe('what is refused', () => {
  it('is no script that a server puts into its answer', async () => {
    const visitor = desk.visitor();
    await visitor.logIn();
    const { about, ref } = await sentReply();
    const recipients = [failedFor(customerAddress, '550 <script>alert(1)</script>')];
    await arriveRaw(desk.house, bounce({ about, recipients }));
    const html = await visitor.text(`/queue/sending/${ref}`);
    expect(html).toContain('&lt;script&gt;alert(1)');
    expect(html).not.toContain('<script>alert');
  });

  it('is a mail that is too large, with the way out', async () => {
    const visitor = desk.visitor();
    await visitor.logIn();
    const { about, ref } = await sentReply();
    const fields = failedFor(customerAddress, '552 5.3.4 message too big');
    const recipients = [fields.map((field) => field.replace('Status: 5.1.1', 'Status: 5.3.4'))];
    await arriveRaw(desk.house, bounce({ about, recipients }));
    const html = await visitor.text(`/queue/sending/${ref}`);
    expect(html).toContain(`Too large for the mail system of ${customerAddress}`);
    expect(html).toContain('write again with less attached: 552 5.3.4 message too big');
  });

  it('is a delivery whose reports somebody has seen already, in words', async () => {
    const visitor = desk.visitor();
    await visitor.logIn();
    const { deliveryId, ref } = await sentReply();
    const form = { view: 'sending', next: ref };
    const response = await visitor.post(`/deliveries/${deliveryId}/seen`, form);
    expect(response.status).toBe(303);
  });
});

describe.skipIf(!needed.available)('a mail that was held back', () => {
  it('says why in its conversation, and is answered by one click', async () => {
    const { house } = desk;
    const from = 'Bea <bea@customer.example>';
    const messageId = '<first@bea.customer.example>';
    const limits = { draftsPerSenderPerHour: 3, automaticPerConversationPerDay: 10 };
    const open = house.triageParts;
    house.triageParts = { ...open, limits };
    const first = await arriveRaw(house, letter({ from, messageId }));
    for (let n = 0; n < 3; n += 1)
      await arriveRaw(house, letter({ from, references: [messageId] }));
    house.triageParts = open;
    const page = await openPage(desk, browser(), `/queue/approve/c${first.conversation_id}`);
    await page.getByText('More than 3 mails came from this sender within an hour').waitFor();
    await page.getByRole('button', { name: 'Treat as a person’s mail' }).click();
    await page.locator('#toasts').getByText('Now a person’s mail; a draft follows').waitFor();
    await page.getByText('A draft is being written…').waitFor();
  });
});
