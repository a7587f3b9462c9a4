/** Review: a decision counts once, on exactly what was shown, and leads where it says. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { composeReply } from '../../src/mail/compose.ts';
import { type Approval, approve, reject } from '../../src/pipeline/review.ts';
import { sha256 } from '../../src/storage/hash.ts';
import {
  approvalFor,
  arrive,
  decisionRow,
  deliveryRow,
  draftResult,
  draftRow,
  failedCheck,
  type House,
  type Letter,
  newestDraft,
  newId,
  openHouse,
  takeJobs,
} from '../support/parts.ts';
import { readyDraft } from './ready.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ undoSeconds: 3_600 });
});
beforeEach(async () => {
  for (const name of ['draft', 'deliver'] as const) await takeJobs(house.db, name);
});
afterAll(async () => {
  await house.drop();
});

const ready = (result = draftResult(), given: Letter = {}) => readyDraft(house, result, given);

async function approving(draftId: number, changes: Partial<Approval> = {}) {
  return await approve(house.reviewParts, await approvalFor(house, draftId, changes));
}

async function deliveriesOf(draftId: number) {
  return await house.db
    .selectFrom('delivery')
    .innerJoin('decision', 'decision.id', 'delivery.decision_id')
    .select('delivery.id')
    .where('decision.draft_id', '=', draftId)
    .execute();
}

describe('approving', () => {
  test('records the decision, holds the reply and asks for its delivery at the end', async () => {
    const { message, draft } = await ready();
    const { decisionId, deliveryId, holdUntil } = await approving(draft.id, { note: 'Fine.' });
    expect(await draftRow(house, draft.id)).toMatchObject({ state: 'approved' });
    expect(await decisionRow(house, decisionId)).toMatchObject({
      verdict: 'approved',
      origin: 'verbatim',
      draft_state: 'ready',
      final_text: 'It is on its way.',
      note: 'Fine.',
      override: false,
      account_id: house.account.id,
      undone_at: null,
    });
    expect(await deliveryRow(house, deliveryId)).toMatchObject({
      state: 'held',
      message_id: message.id,
      recipient: { name: 'Ana', address: 'ana@customer.example' },
      header_message_id: expect.stringMatching(/^<rw\.[\w-]+@shop\.example>$/),
      bytes: null,
      attempt: 0,
    });
    const [job] = await takeJobs(house.db, 'deliver');
    expect(job?.data).toMatchObject({ deliveryId });
    expect(job?.startAfter).toEqual(holdUntil);
  });

  test.each([
    ['the same words', 'It is  on its way.'.replace('  ', ' '), 'approved', 'verbatim'],
    ['other line ends and spaces', 'It is on its way.  \r\n', 'approved', 'verbatim'],
    ['other words', 'It is lost.', 'edited', 'edited'],
  ])('%s', async (_what, text, verdict, origin) => {
    const { draft } = await ready();
    const { decisionId } = await approving(draft.id, { text, reasons: ['wrong_fact'] });
    expect(await decisionRow(house, decisionId)).toMatchObject({
      verdict,
      origin,
      reasons: ['wrong_fact'],
    });
  });

  test('a reply by hand where the responder had none', async () => {
    const { draft } = await ready(draftResult({ reply: '', needsPerson: true }));
    const { decisionId } = await approving(draft.id, { text: 'By hand.' });
    expect(await decisionRow(house, decisionId)).toMatchObject({
      verdict: 'edited',
      origin: 'human',
      draft_state: 'needs_person',
      final_text: 'By hand.',
    });
  });

  test('of fifty at once one counts', async () => {
    const { draft } = await ready();
    const approval = await approvalFor(house, draft.id);
    const fates = await Promise.all(
      Array.from({ length: 50 }, () =>
        approve(house.reviewParts, approval).then(
          () => 'approved',
          (error) => error.code,
        ),
      ),
    );
    expect(fates.sort()).toEqual(['approved', ...Array(49).fill('state_changed')]);
    expect(await deliveriesOf(draft.id)).toHaveLength(1);
    expect(await takeJobs(house.db, 'deliver')).toHaveLength(1);
  });

  test('of approvals and rejections at once one counts', async () => {
    const { draft } = await ready();
    const approval = await approvalFor(house, draft.id);
    const { id: accountId } = house.account;
    const rejection = { draftId: draft.id, accountId, reasons: [], note: null, redraft: true };
    const fates = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) =>
        at % 2 === 0 ? approve(house.reviewParts, approval) : reject(house.reviewParts, rejection),
      ),
    );
    expect(fates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { state } = await draftRow(house, draft.id);
    expect(await deliveriesOf(draft.id)).toHaveLength(state === 'approved' ? 1 : 0);
  });
});

describe('an approval is bound to what was shown', () => {
  async function refused(draftId: number, changes: Partial<Approval>, code: string) {
    const before = await draftRow(house, draftId);
    await expect(approving(draftId, changes)).rejects.toMatchObject({ code });
    expect(await draftRow(house, draftId)).toEqual(before);
    expect(await deliveriesOf(draftId)).toEqual([]);
    expect(await takeJobs(house.db, 'deliver')).toEqual([]);
  }

  test('another text', async () => {
    const { draft } = await ready();
    await refused(draft.id, { shownSha256: sha256('It is on its') }, 'draft_text_changed');
  });

  test('another last message', async () => {
    const { draft } = await ready();
    await refused(draft.id, { lastMessageId: draft.message_id - 1 }, 'draft_stale');
  });

  test('a draft that a new mail has made stale', async () => {
    const messageId = newId();
    const { draft } = await ready(draftResult(), { messageId });
    const approval = await approvalFor(house, draft.id);
    await arrive(house, { inReplyTo: messageId });
    await expect(approve(house.reviewParts, approval)).rejects.toMatchObject({
      code: 'draft_stale',
    });
    expect(await deliveriesOf(draft.id)).toEqual([]);
  });

  test('a new mail that is filed while the approval is under way', async () => {
    for (let round = 0; round < 5; round += 1) {
      const messageId = newId();
      const { draft } = await ready(draftResult(), { messageId });
      const approval = await approvalFor(house, draft.id);
      const [approved] = await Promise.allSettled([
        approve(house.reviewParts, approval),
        arrive(house, { inReplyTo: messageId }),
      ]);
      const { state } = await draftRow(house, draft.id);
      expect(state).toBe(approved.status === 'fulfilled' ? 'approved' : 'stale');
      const newest = await newestDraft(house, draft.conversation_id);
      expect(newest.state).toBe('queued');
    }
  });

  test('failed checks want an explicit override, which is recorded', async () => {
    const { draft } = await ready(draftResult({}, { checks: [failedCheck] }));
    await refused(draft.id, {}, 'draft_checks_failed');
    await refused(draft.id, { text: 'It is on its way.\n' }, 'draft_checks_failed');
    const { decisionId } = await approving(draft.id, { override: true });
    expect(await decisionRow(house, decisionId)).toMatchObject({
      verdict: 'approved',
      override: true,
    });
  });

  test('an edited text is free of a failed check when the words it concerns are gone', async () => {
    const checks = [{ ...failedCheck, spans: [{ start: 6, end: 16 }] }];
    const { draft } = await ready(draftResult({ reply: 'It is on its way.' }, { checks }));
    await refused(draft.id, { text: 'Ana, it is on its way!' }, 'draft_checks_failed');
    const { decisionId } = await approving(draft.id, { text: 'It arrives later.' });
    expect(await decisionRow(house, decisionId)).toMatchObject({
      verdict: 'edited',
      override: false,
    });
    expect(await deliveriesOf(draft.id)).toHaveLength(1);
  });

  test('a failed check of the whole reply wants the override after an edit, too', async () => {
    const { draft } = await ready(draftResult({}, { checks: [failedCheck] }));
    await refused(draft.id, { text: 'Edited.' }, 'draft_checks_failed');
    const { decisionId } = await approving(draft.id, { text: 'Edited.', override: true });
    expect(await decisionRow(house, decisionId)).toMatchObject({
      verdict: 'edited',
      override: true,
    });
  });

  test('an override of nothing is none', async () => {
    const { draft } = await ready();
    const { decisionId } = await approving(draft.id, { override: true });
    expect(await decisionRow(house, decisionId)).toMatchObject({ override: false });
  });

  test.each([
    ['no text', '', 'reply_empty'],
    ['white space', ' \r\n\t\u00a0\ufeff', 'reply_empty'],
    ['characters that nobody sees', '\u0000\u200b\u200d\u2060', 'reply_empty'],
    ['a text without end', 'x'.repeat(100_001), 'reply_too_long'],
  ])('%s is no reply', async (_what, text, code) => {
    const { draft } = await ready();
    await refused(draft.id, { text }, code);
  });

  test('a text with what a database cannot hold is approved without it', async () => {
    const { draft } = await ready();
    const { decisionId } = await approving(draft.id, { text: 'Dear\u0000 Ana \ud800!' });
    expect(await decisionRow(house, decisionId)).toMatchObject({ final_text: 'Dear Ana \ufffd!' });
  });

  test('a mail without an address that a reply could go to', async () => {
    const { draft } = await ready(draftResult(), { from: '"a b"@customer.example' });
    await refused(draft.id, {}, 'no_recipient');
  });

  test.each(['approved', 'rejected', 'queued', 'drafting'] as const)(
    'a draft that is %s',
    async (state) => {
      const { draft } = await ready();
      await house.db.updateTable('draft').set({ state }).where('id', '=', draft.id).execute();
      await refused(draft.id, {}, 'state_changed');
    },
  );

  test('a draft that is not there', async () => {
    const { draft } = await ready();
    const approval = await approvalFor(house, draft.id);
    await expect(
      approve(house.reviewParts, { ...approval, draftId: 999_999 }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('where the reply goes is decided by the mail alone, and can be composed', async () => {
  const reply = await ready(draftResult(), { headers: ['Reply-To: Bo <bo@customer.example>'] });
  const hostile = await ready(draftResult(), { headers: ['Reply-To: eve@elsewhere.example'] });
  const recipients = [];
  for (const { draft } of [reply, hostile]) {
    const { deliveryId } = await approving(draft.id);
    const { recipient, header_message_id: messageId } = await deliveryRow(house, deliveryId);
    recipients.push(recipient.address);
    const from = { name: '', address: 'help@shop.example' };
    const { envelope } = await composeReply({
      approvedBy: null,
      ...{ from, to: recipient, subject: '', inReplyTo: null, references: [] },
      ...{ text: 'x', messageId, date: new Date() },
    });
    expect(envelope.to).toEqual([recipient.address]);
  }
  expect(recipients).toEqual(['bo@customer.example', 'ana@customer.example']);
});
