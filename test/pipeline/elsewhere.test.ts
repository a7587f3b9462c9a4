/** What colleagues send from other mail programs: filed once, and never answered a second time. */

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { askForReplyAllTheSame } from '../../src/pipeline/elsewhere.ts';
import { takeInSent } from '../../src/pipeline/intake.ts';
import { merge } from '../../src/pipeline/regroup.ts';
import { approve } from '../../src/pipeline/review.ts';
import { treatAsAnswerable } from '../../src/pipeline/triage.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import { lockDecision } from '../../src/storage/decisions.ts';
import { queueCounts } from '../../src/storage/queue.ts';
import { readSentMark } from '../../src/storage/sent-folder.ts';
import {
  approvalFor,
  arrive,
  deliveryRow,
  draftResult,
  draftRow,
  type House,
  newestDraft,
  newId,
  openHouse,
  takeJobs,
  waitingJobs,
} from '../support/parts.ts';
import { approved, startAnew } from './outgoing.ts';
import { drafted, readyDraft } from './ready.ts';
import { candidatesOf, type SentLetter, sentElsewhere, sentLetter } from './sent-mail.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await startAnew(house);
  await takeJobs(house.db, 'triage');
});
afterAll(async () => {
  await house.drop();
});

describe('intake', () => {
  test('raw bytes, mark and job are stored together, beside the marks of the inbox', async () => {
    const raw = sentLetter({});
    const mail = { raw, place: { uidvalidity: 7, uid: 100 }, receivedAt: null };
    await takeInSent(house, house.mailbox.id, 'imap://a', [mail]);
    await takeInSent(house, house.mailbox.id, 'imap://a', [mail]);
    expect(await readSentMark(house.db, house.mailbox.id, 'imap://a')).toEqual({
      uidvalidity: 7,
      uid: 100,
    });
    expect(await readSentMark(house.db, house.mailbox.id, 'imap://b')).toBeNull();
    expect(await waitingJobs(house.db, 'triage')).toHaveLength(1);
    const broken = { ...house.jobs, send: () => Promise.reject(new Error('disk full')) };
    const other = { ...mail, raw: sentLetter({}), place: { uidvalidity: 7, uid: 101 } };
    const failing = takeInSent({ db: house.db, jobs: broken }, house.mailbox.id, 'imap://a', [
      other,
    ]);
    await expect(failing).rejects.toThrow('disk full');
    expect((await readSentMark(house.db, house.mailbox.id, 'imap://a'))?.uid).toBe(100);
  });
});

describe('a colleague’s reply', () => {
  test('joins the conversation, answers the draft, and is offered for learning', async () => {
    const messageId = newId();
    const { message, draft } = await readyDraft(house, draftResult(), {
      messageId,
      text: 'It never came.',
    });
    const reply = await sentElsewhere(house, { inReplyTo: messageId });
    expect(reply).toMatchObject({
      state: 'elsewhere',
      direction: 'outbound',
      conversation_id: message.conversation_id,
    });
    expect(await draftRow(house, draft.id)).toMatchObject({
      state: 'answered',
      answered_by: reply.id,
    });
    const view = await loadConversation(house.db, message.conversation_id ?? 0);
    expect(view?.draft?.answeredAt).toEqual(new Date('2026-11-02T11:00:00Z'));
    expect(view?.messages.map(({ state }) => state)).toEqual(['answerable', 'elsewhere']);
    expect(await candidatesOf(house, message.id)).toMatchObject([
      {
        state: 'offered',
        source: 'sent_folder',
        origin: 'human',
        customer_text: 'It never came.',
        reply: 'It is at the post office.',
      },
    ]);
    expect((await queueCounts(house.db)).elsewhere).toBeGreaterThan(0);
  });

  test.each(['queued', 'drafting', 'failed'] as const)(
    'answers a draft that is %s',
    async (state) => {
      const messageId = newId();
      const message = await arrive(house, { messageId });
      const { id } = await newestDraft(house, message.conversation_id);
      await house.db.updateTable('draft').set({ state }).where('id', '=', id).execute();
      await sentElsewhere(house, { inReplyTo: messageId });
      expect((await draftRow(house, id)).state).toBe('answered');
    },
  );

  test('read before the mail that it answers, it answers it all the same', async () => {
    const messageId = newId();
    const reply = await sentElsewhere(house, { inReplyTo: messageId });
    expect(reply).toMatchObject({ state: 'elsewhere', conversation_id: null });
    const message = await arrive(house, { messageId });
    const draft = await newestDraft(house, message.conversation_id);
    expect(draft).toMatchObject({ state: 'answered', answered_by: reply.id });
    expect(await candidatesOf(house, message.id)).toHaveLength(1);
  });

  test('answers a mail that is called answerable only later', async () => {
    const messageId = '<bulk@customer.example>';
    const bulk = await arrive(house, { messageId, headers: ['Precedence: bulk'] });
    const reply = await sentElsewhere(house, { inReplyTo: messageId });
    const { conversationId } = await treatAsAnswerable(house, { messageId: bulk.id });
    expect((await newestDraft(house, conversationId)).answered_by).toBe(reply.id);
  });

  test('to an older mail leaves the draft for the newer one open', async () => {
    const [first, second] = [newId(), newId()];
    await readyDraft(house, draftResult(), { messageId: first });
    const { draft, message } = await readyDraft(house, draftResult(), {
      messageId: second,
      inReplyTo: first,
    });
    const reply = await sentElsewhere(house, { inReplyTo: first });
    expect(reply.conversation_id).toBe(message.conversation_id);
    expect((await draftRow(house, draft.id)).state).toBe('ready');
  });

  const noAnswers: [string, SentLetter][] = [
    ['forwarded to the warehouse', { to: 'warehouse@shop.example', subject: 'Fwd: kettle' }],
    ['automatic', { headers: ['Auto-Submitted: auto-replied'] }],
  ];
  test.each(noAnswers)('%s, it answers nothing', async (_what, given) => {
    const messageId = newId();
    const { draft, message } = await readyDraft(house, draftResult(), { messageId });
    await sentElsewhere(house, { ...given, inReplyTo: messageId });
    expect((await draftRow(house, draft.id)).state).toBe('ready');
    expect(await candidatesOf(house, message.id)).toEqual([]);
  });

  test('without references joins by customer and subject, and answers nothing for certain', async () => {
    const subject = `Kettle ${newId()}`;
    const { draft, message } = await readyDraft(house, draftResult(), { subject });
    await house.db
      .updateTable('message')
      .set({ received_at: new Date('2026-11-02T10:00:00Z') })
      .where('id', '=', message.id)
      .execute();
    const reply = await sentElsewhere(house, { subject: `AW: ${subject}` });
    expect(reply.conversation_id).toBe(message.conversation_id);
    expect((await draftRow(house, draft.id)).state).toBe('ready');
    const stranger = await sentElsewhere(house, {
      subject: `AW: ${subject}`,
      to: 'eve@else.example',
    });
    expect(stranger.conversation_id).toBeNull();
  });

  test('to a mail without Message-ID answers it by customer and subject', async () => {
    const subject = `Kettle ${newId()}`;
    const { draft, message } = await readyDraft(house, draftResult(), { subject, messageId: null });
    await house.db
      .updateTable('message')
      .set({ received_at: new Date('2026-11-02T10:00:00Z') })
      .where('id', '=', message.id)
      .execute();
    await sentElsewhere(house, { subject: `Re: ${subject}` });
    expect((await draftRow(house, draft.id)).state).toBe('answered');
  });

  test('that answers nothing known is kept and starts no conversation', async () => {
    const reply = await sentElsewhere(house, { subject: newId(), inReplyTo: newId() });
    expect(reply).toMatchObject({ state: 'elsewhere', conversation_id: null });
  });

  test('is not offered for learning unless somebody wants that', async () => {
    const messageId = newId();
    const { message } = await readyDraft(house, draftResult(), { messageId });
    house.triageParts.learnFromSent = false;
    await sentElsewhere(house, { inReplyTo: messageId });
    house.triageParts.learnFromSent = true;
    expect(await candidatesOf(house, message.id)).toEqual([]);
  });

  test('that a customer answers joins the conversation which that begins', async () => {
    const first = newId();
    const written = await sentElsewhere(house, { messageId: first, subject: newId() });
    const message = await arrive(house, { inReplyTo: first });
    const view = await loadConversation(house.db, message.conversation_id ?? 0);
    expect(view?.messages.map(({ id }) => id)).toEqual([written.id, message.id]);
    expect((await newestDraft(house, message.conversation_id)).state).toBe('queued');
  });

  test('still needing a reply, the mail gets a draft that knows what was answered', async () => {
    const messageId = newId();
    const letter = { messageId, text: 'It never came.' };
    const { message, draft } = await readyDraft(house, draftResult(), letter);
    await sentElsewhere(house, { inReplyTo: messageId });
    await askForReplyAllTheSame(house, { draftId: draft.id });
    const next = await newestDraft(house, message.conversation_id);
    expect(next).toMatchObject({ state: 'queued', message_id: message.id });
    await drafted(house, next.id);
    const turns = house.responder.inputs.at(-1)?.turns.map(({ text }) => text.trim());
    expect(turns).toEqual([expect.stringContaining('post office'), 'It never came.']);
    await expect(askForReplyAllTheSame(house, { draftId: draft.id })).rejects.toMatchObject({
      code: 'state_changed',
    });
  });

  test('stays the answer when the conversation is merged into another', async () => {
    const { message: other } = await readyDraft(house);
    const messageId = newId();
    const { message } = await readyDraft(house, draftResult(), { messageId });
    await sentElsewhere(house, { inReplyTo: messageId });
    const { conversationId } = await merge(house, {
      conversations: [
        { id: other.conversation_id ?? 0, lastMessageId: other.id },
        { id: message.conversation_id ?? 0, lastMessageId: message.id },
      ],
      ...{ accountId: house.account.id, oneCustomer: false },
    });
    expect((await newestDraft(house, conversationId)).message_id).toBe(other.id);
  });

  test('an approval that comes too late is refused', async () => {
    const messageId = newId();
    const { draft } = await readyDraft(house, draftResult(), { messageId });
    const approval = await approvalFor(house, draft.id, { override: true });
    await sentElsewhere(house, { inReplyTo: messageId });
    await expect(approve(house.reviewParts, approval)).rejects.toMatchObject({
      code: 'state_changed',
    });
  });
});

describe('a reply that is approved and not yet sent', () => {
  test.each(['held', 'queued'] as const)('is stopped while %s, and comes back', async (state) => {
    const { deliveryId, message, messageId } = await approved(house, {
      undoSeconds: 60,
      text: 'We are looking for it.',
    });
    if (state === 'queued')
      await house.db.updateTable('delivery').set({ state }).where('id', '=', deliveryId).execute();
    await sentElsewhere(house, { inReplyTo: messageId });
    expect((await deliveryRow(house, deliveryId)).state).toBe('cancelled');
    await deliver(house.deliverParts, deliveryId);
    expect(house.transport.mails).toEqual([]);
    const view = await loadConversation(house.db, message.conversation_id ?? 0);
    expect(view?.draft?.state).toBe('needs_person');
    expect(view?.draft?.needsPersonReason).toContain('A colleague has answered');
    expect(view?.takenBack?.text).toBe('We are looking for it.');
    expect(view?.decision).toBeNull();
    // Somebody wants it: both answers go out.
    const approval = await approvalFor(house, view?.draft?.id ?? 0, { text: 'And sorry.' });
    const again = await approve(house.reviewParts, approval);
    await deliver(house.deliverParts, again.deliveryId);
    expect((await deliveryRow(house, again.deliveryId)).state).toBe('sent');
  });

  test('is stopped in the order of locks that an undo has', async () => {
    const { deliveryId, message, messageId } = await approved(house, { undoSeconds: 60 });
    const { decision_id } = await deliveryRow(house, deliveryId);
    const reply = await house.db.transaction().execute(async (tx) => {
      await lockDecision(tx, decision_id);
      const filing = sentElsewhere(house, { inReplyTo: messageId });
      await vi.waitFor(async () => {
        const { rows } = await sql`select pid from pg_stat_activity
          where wait_event_type = 'Lock' and datname = current_database()`.execute(house.db);
        expect(rows).toHaveLength(1);
      });
      // What an undo does next; it must not wait for the one who waits for it.
      await sql`select from conversation where id = ${message.conversation_id}
        for no key update nowait`.execute(tx);
      return { filing };
    });
    expect(await reply.filing).toMatchObject({ conversation_id: message.conversation_id });
    expect((await deliveryRow(house, deliveryId)).state).toBe('cancelled');
  });

  test('is stopped for good when the customer has written again', async () => {
    const { deliveryId, message, messageId } = await approved(house, { undoSeconds: 60 });
    await arrive(house, { inReplyTo: messageId });
    const next = await newestDraft(house, message.conversation_id);
    await sentElsewhere(house, { inReplyTo: messageId });
    expect((await deliveryRow(house, deliveryId)).state).toBe('cancelled');
    expect((await draftRow(house, next.id)).state).toBe('queued');
  });
});
