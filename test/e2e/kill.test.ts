/** The program is killed at every step of a mail's way; started again, it finishes what it began, once. */
import { randomBytes } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { requirement } from '../support/requirements.ts';
import type { SmtpPoint } from '../support/smtp-double.ts';
import { startImapProxy } from './imap-proxy.ts';
import type { KillPoint } from './kill-points.ts';
import { type KilledShop, openKilledShop, patience } from './killed-shop.ts';
import type { ShopOptions } from './shop.ts';

const found = await requirement('dovecot');
let dovecot: DovecotServer;
beforeAll(async () => {
  const started = await startDovecot();
  if (started !== null) dovecot = started;
});
afterAll(() => dovecot?.close());

const timeout = 300_000;
const subject = 'Where is my parcel?';
const mail = { subject, text: 'I ordered a kettle ten days ago. Where is it?\n\nDana' };

/** A shop of the test's own. */
async function openOwnShop(
  { onTestFinished }: TestContext,
  options: Partial<ShopOptions> = {},
): Promise<KilledShop> {
  const shop = await openKilledShop({ dovecot, ...options });
  onTestFinished(() => shop.close());
  return shop;
}

const takingIn: KillPoint[] = [
  'the mailbox mark moves',
  'the triage job is sent',
  'the conversation begins',
  'the mail is answerable',
  'the draft is asked for',
];

/** Points that the program passes while it sends, in two halves that take about the same time. */
const smtpPoints: { stretch: string; points: SmtpPoint[]; accepted: number }[] = [
  {
    stretch: 'before it may hand the mail over',
    points: ['connect', 'banner', 'ehlo', 'auth', 'mail'],
    accepted: 0,
  },
  // At the last point the server has the mail and has not said so: RFC 1047.
  {
    stretch: 'while it hands the mail over',
    points: ['rcpt', 'data', 'body', 'dot', 'accepted'],
    accepted: 1,
  },
];

describe.skipIf(!found.available).concurrent('killed and started again', () => {
  test('while it takes mail in', { timeout }, async (context) => {
    const shop = await openOwnShop(context);
    await shop.start();
    let first = '';
    await shop.killAt('the mail is stored', async () => {
      first = await shop.shop.receive(mail);
    });
    for (const point of takingIn) await shop.killAt(point);
    await shop.start();
    await shop.approve(subject);
    await shop.expectFinished(1, 1);
    // The second mail of a customer finds its conversation.
    const again = { ...mail, subject: `Re: ${subject}`, references: [first] };
    await shop.killAt('the conversation gets its last message', () => shop.shop.receive(again));
    await shop.start();
    await shop.approve(again.subject);
    await shop.expectFinished(2, 2, 1);
  });

  test('while it drafts', { timeout }, async (context) => {
    const shop = await openOwnShop(context);
    const { model, receive } = shop.shop;
    await shop.killAt('drafting begins', () => receive(mail));
    model.script({ kind: 'hang' });
    await shop.start();
    await model.nextRequest();
    await shop.kill();
    model.clearScenarios();
    await shop.killAt('the responder is kept');
    await shop.killAt('the draft is ready');
    await shop.start();
    await shop.approve(subject);
    await shop.expectFinished(1, 1);
  });

  test('while a person decides, and before it sends', { timeout }, async (context) => {
    const shop = await openOwnShop(context);
    await shop.start();
    await shop.shop.receive(mail);
    // The first four undo the approval with the kill: the person sees the draft again and decides.
    const deciding: KillPoint[] = [
      'the decision is recorded',
      'the draft is approved',
      'the delivery is held',
      'the deliver job is sent',
      'the undo window is over',
    ];
    for (const point of deciding) await shop.killAt(point, () => shop.approve(subject));
    await shop.killAt('sending begins');
    await shop.start();
    await shop.expectFinished(1, 1);
  });

  test('while a file is attached', { timeout }, async (context) => {
    const shop = await openOwnShop(context);
    await shop.start();
    await shop.shop.receive(mail);
    await shop.ready(subject);
    // Two pieces, of which one is kept when the second waits.
    const content = randomBytes(700_000).toString('base64');
    const file = new File([content], 'terms.txt');
    const upload = () => shop.attach(subject, file);
    const left = [
      ['an upload begins', []],
      ['a piece of the upload is kept', [{ pieces: 1, whole: false }]],
      ['the upload is whole', [1, 2].map((pieces) => ({ pieces, whole: false }))],
    ] as const;
    for (const [point, uploads] of left) {
      await shop.killAt(point, upload);
      expect(await shop.uploads()).toEqual(uploads);
    }
    // What is not whole belongs to no reply.
    await shop.approve(subject);
    await shop.expectFinished(1, 1);
    expect((await shop.shop.sent())[0]?.raw.toString()).not.toContain('terms.txt');
    await shop.kill();
    await shop.passUploads();
    await shop.start();
    await vi.waitFor(async () => expect(await shop.uploads()).toEqual([]), patience);
    // The same file once more, all of it: then the reply carries it, to the last byte.
    const again = { ...mail, subject: `${subject} (with terms)` };
    await shop.shop.receive(again);
    await shop.attach(again.subject, file);
    await shop.kill();
    await shop.approve(again.subject);
    await shop.expectFinished(2, 2);
    const copies = (await shop.shop.sent()).map(({ raw }) => raw);
    const carrying = copies.filter((raw) => raw.includes('terms.txt'));
    expect(carrying).toHaveLength(1);
    const { attachments } = await simpleParser(carrying[0] ?? '');
    expect(attachments.map((each) => each.content.toString())).toEqual([content]);
  });

  test('after the mail was sent', { timeout }, async (context) => {
    const proxy = await startImapProxy(dovecot.ports.imap);
    context.onTestFinished(() => proxy.close());
    const shop = await openOwnShop(context, { plainImapPort: proxy.port });
    await shop.start();
    await shop.shop.receive(mail);
    await shop.killAt('the pair is kept', () => shop.approve(subject));
    await shop.start();
    await shop.expectFinished(1, 1);
    for (const [index, where] of (['before', 'after'] as const).entries()) {
      const again = `${subject} (${where} the APPEND)`;
      const stopped = proxy.stopNextAppend(where);
      await shop.shop.receive({ ...mail, subject: again });
      await shop.approve(again);
      await stopped;
      await shop.kill();
      await shop.start();
      await shop.expectFinished(index + 2, index + 2);
    }
    const last = `${subject} (copied)`;
    await shop.shop.receive({ ...mail, subject: last });
    await shop.killAt('the copy in Sent is noted', () => shop.approve(last));
    await shop.start();
    await shop.expectFinished(4, 4);
  });

  test.for(smtpPoints)('$stretch', { timeout }, async ({ points, accepted }, context) => {
    const shop = await openOwnShop(context);
    const { smtp, receive } = shop.shop;
    const subjectAt = (point: SmtpPoint) => `${subject} (${point})`;
    for (const point of points) await receive({ ...mail, subject: subjectAt(point) });
    for (const [index, point] of points.entries()) {
      smtp.script(point, 'hang');
      const reached = smtp.reached(point);
      await shop.start();
      await shop.approve(subjectAt(point));
      await reached;
      await vi.waitFor(() => shop.expectParked(index), patience);
      await shop.kill();
    }
    const { connections } = smtp;
    await shop.start();
    await shop.expectFinished(points.length, 0);
    await shop.expectParked(points.length);
    expect(smtp.connections).toBe(connections);
    expect(smtp.accepted).toHaveLength(accepted);
  });

  test.for(['the sent message is stored', 'the delivery is sent'] as const)(
    'after the server took the mail and before that is noted: %s',
    { timeout },
    async (point, context) => {
      const shop = await openOwnShop(context);
      await shop.start();
      await shop.shop.receive(mail);
      await shop.killAt(point, () => shop.approve(subject));
      await shop.start();
      await shop.expectFinished(1, 0);
      await shop.expectParked(1);
      expect(shop.shop.smtp.accepted).toHaveLength(1);
    },
  );
});
