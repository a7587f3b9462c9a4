/** Files of replies: where they go when a draft does not, what is sent of them, and when they are removed. */

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attachmentContents } from '../../src/mail/parse.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { giveUp } from '../../src/pipeline/give-up.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { merge, type Shown } from '../../src/pipeline/regroup.ts';
import { approve, undo } from '../../src/pipeline/review.ts';
import { copyToSent } from '../../src/pipeline/sent-copy.ts';
import {
  beginEnclosure,
  dropUnneededEnclosures,
  enclosuresOf,
  keepPiece,
} from '../../src/storage/enclosures.ts';
import { sha256 } from '../../src/storage/hash.ts';
import { png } from '../support/attached-files.ts';
import {
  approvalFor,
  arrive,
  deliveryRow,
  draftResult,
  draftRow,
  type House,
  newestDraft,
  openHouse,
} from '../support/parts.ts';
import { enclosing, pdf } from './enclosing.ts';
import { outboundOf, pairsOf } from './outgoing.ts';
import { drafted } from './ready.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const { ready, attach, attachPdf, namesOf, approving, rejecting, rowsLeft } = enclosing(
  () => house,
);

describe('the files go with the next reply', () => {
  test('when the customer writes again', async () => {
    const { draftId, conversationId, messageId } = await ready();
    await attachPdf(draftId);
    await arrive(house, { inReplyTo: messageId });
    expect((await draftRow(house, draftId)).state).toBe('stale');
    await expect(attachPdf(draftId, 'late.pdf')).rejects.toMatchObject({ code: 'draft_stale' });
    const next = await newestDraft(house, conversationId);
    await drafted(house, next.id, draftResult());
    expect(await namesOf(conversationId)).toEqual(['invoice.pdf']);
    const { decisionId } = await approving(next.id);
    expect(await enclosuresOf(house.db, decisionId)).toHaveLength(1);
  });

  test('when conversations are merged', async () => {
    const [into, from] = [await ready(), await ready()];
    await attachPdf(from.draftId);
    const shown = async ({ draftId, conversationId: id }: typeof into) => {
      return { id, lastMessageId: (await draftRow(house, draftId)).message_id };
    };
    const conversations: [Shown, Shown] = [await shown(into), await shown(from)];
    await merge(house, { conversations, accountId: house.account.id, oneCustomer: true });
    expect(await namesOf(into.conversationId)).toEqual(['invoice.pdf']);
    expect(await namesOf(from.conversationId)).toEqual([]);
  });

  test('after a rejection that asks for another draft, and after its undo', async () => {
    const { draftId, conversationId } = await ready();
    await attachPdf(draftId);
    const { decisionId } = await rejecting(draftId, true);
    expect(await namesOf(conversationId)).toEqual(['invoice.pdf']);
    await undo(house.reviewParts, { decisionId, accountId: house.account.id });
    expect(await namesOf(conversationId)).toEqual(['invoice.pdf']);
  });

  test('not after a mail was closed without a reply, unless that is undone', async () => {
    const { draftId, conversationId } = await ready();
    await attachPdf(draftId);
    const { decisionId } = await rejecting(draftId, false);
    expect(await namesOf(conversationId)).toEqual([]);
    await undo(house.reviewParts, { decisionId, accountId: house.account.id });
    expect(await namesOf(conversationId)).toEqual(['invoice.pdf']);
  });

  test('when an approval is undone', async () => {
    const { draftId, conversationId } = await ready();
    await attachPdf(draftId);
    const parts = { ...house.reviewParts, undoSeconds: 60 };
    const { decisionId } = await approve(parts, await approvalFor(house, draftId));
    expect(await namesOf(conversationId)).toEqual([]);
    await undo(parts, { decisionId, accountId: house.account.id });
    expect(await namesOf(conversationId)).toEqual(['invoice.pdf']);
  });

  test('when a reply that was refused for its size is given up', async () => {
    const { draftId, conversationId } = await ready();
    await attachPdf(draftId);
    const { decisionId, deliveryId } = await approving(draftId);
    house.transport.next = [
      () => ({
        ...{ outcome: 'refused', permanent: true, tooLarge: true },
        ...{ code: 552, response: '552 5.3.4 Message too big' },
      }),
    ];
    await deliver(house.deliverParts, deliveryId);
    const { state, answer } = await deliveryRow(house, deliveryId);
    expect(state).toBe('refused');
    expect(answer).toMatch(/because of its size: it is 0\.0 MB .*552 5\.3\.4 Message too big/);
    expect(answer).toContain('remove attachments or make them smaller');
    await giveUp(house, { decisionId, accountId: house.account.id });
    expect(await namesOf(conversationId)).toEqual(['invoice.pdf']);
  });
});

test('what was sent is in the mail, its copy, the conversation, the next prompt and the pair', async () => {
  const { draftId, conversationId, messageId } = await ready();
  const photo = Buffer.concat([png(40, 30), Buffer.alloc(1_200_000)]).subarray(0, 1_200_000);
  await attach(draftId, 'photo.png', photo);
  await attachPdf(draftId, 'Rechnung für Ana.pdf');
  const { decisionId, deliveryId } = await approving(draftId);

  // While it is on its way, the next draft knows of it.
  await arrive(house, { inReplyTo: messageId });
  const second = await newestDraft(house, conversationId);
  await drafted(house, second.id, draftResult());
  const files = ['"photo.png": PNG picture, 1.2 MB', '"Rechnung für Ana.pdf": PDF, 20 B, readable'];
  const ours = () => house.responder.inputs.at(-1)?.turns.filter((t) => t.direction === 'outbound');
  expect(ours()).toMatchObject([{ attachments: files }]);

  house.transport.mails.length = 0;
  await deliver(house.deliverParts, deliveryId);
  const [sent] = house.transport.mails;
  const contents = await attachmentContents(sent?.bytes ?? Buffer.alloc(0), [0, 1]);
  expect(contents.map(({ content }) => Buffer.from(content).equals(photo))).toEqual([true, false]);
  expect(Buffer.from(contents[1]?.content ?? []).equals(pdf)).toBe(true);

  let copy: Buffer = Buffer.alloc(0);
  const mailbox = house.mailboxes.get('support');
  if (mailbox === undefined) throw new Error('There is no mailbox.');
  const saveSent = async ({ bytes }: { bytes: Buffer }) => {
    copy = bytes;
  };
  const mailboxes = new Map([['support', { ...mailbox, saveSent }]]);
  await copyToSent({ ...house.deliverParts, mailboxes }, deliveryId);
  expect(copy.equals(sent?.bytes ?? Buffer.alloc(0))).toBe(true);

  const [message] = await outboundOf(house, conversationId);
  expect(message?.attachments).toMatchObject([
    {
      ...{ index: 0, filename: 'photo.png', contentType: 'image/png', size: 1_200_000 },
      ...{ format: 'png', pixels: { width: 40, height: 30 } },
    },
    { index: 1, filename: 'Rechnung für Ana.pdf', contentType: 'application/pdf' },
  ]);
  await arrive(house, { inReplyTo: messageId });
  const third = await newestDraft(house, conversationId);
  await drafted(house, third.id, draftResult());
  expect(ours()).toMatchObject([{ attachments: files }]);

  await learn(house, deliveryId);
  const [pair] = await pairsOf(house, decisionId);
  expect(pair?.attachments).toEqual([
    {
      ...{ filename: 'photo.png', contentType: 'image/png' },
      ...{ size: 1_200_000, sha256: sha256(photo) },
    },
    {
      ...{ filename: 'Rechnung für Ana.pdf', contentType: 'application/pdf' },
      ...{ size: pdf.length, sha256: sha256(pdf) },
    },
  ]);
  // The mail holds the bytes from now on.
  expect(await rowsLeft('photo.png')).toEqual({ rows: 1, pieces: 0 });
});

describe('the sweep', () => {
  const age = (filename: string, days: number) =>
    sql`update enclosure set created_at = now() - make_interval(days => ${days})
      where filename = ${filename}`.execute(house.db);

  test('removes what broke off, and what no reply wanted for a month', async () => {
    const open = await ready();
    await attachPdf(open.draftId, 'open.pdf');
    const closed = await ready();
    await attachPdf(closed.draftId, 'closed.pdf');
    const { decisionId } = await rejecting(closed.draftId, false);
    const waiting = await ready();
    await attachPdf(waiting.draftId, 'waiting.pdf');
    await approving(waiting.draftId);
    const { conversationId, draftId } = await ready();
    const { message_id: messageId } = await draftRow(house, draftId);
    const half = { conversationId, messageId, accountId: house.account.id, filename: 'half' };
    await keepPiece(house.db, await beginEnclosure(house.db, half), 0, pdf);
    for (const name of ['open.pdf', 'closed.pdf', 'waiting.pdf']) await age(name, 40);

    expect(await dropUnneededEnclosures(house.db)).toBe(0);
    await age('half', 1);
    expect(await dropUnneededEnclosures(house.db)).toBe(1);
    await sql`update decision set decided_at = now() - interval '31 days'
      where id = ${decisionId}`.execute(house.db);
    expect(await dropUnneededEnclosures(house.db)).toBe(1);
    for (const name of ['open.pdf', 'waiting.pdf'])
      expect(await rowsLeft(name)).toEqual({ rows: 1, pieces: 1 });
    expect(await rowsLeft('closed.pdf')).toEqual({ rows: 0, pieces: 0 });
  });
});
