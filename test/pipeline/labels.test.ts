/** Labels: what a person corrects, who may still do so, and what the next drafts are told of it. */

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ChangeEvent } from '../../src/domain/events.ts';
import { correct } from '../../src/pipeline/labels.ts';
import { approve, reject, undo } from '../../src/pipeline/review.ts';
import { openChangeFeed } from '../../src/storage/events.ts';
import { listQueue } from '../../src/storage/queue.ts';
import {
  approvalFor,
  draftResult,
  draftRow,
  type House,
  type Letter,
  newestDraft,
  openHouse,
  silentLog,
} from '../support/parts.ts';
import { forgetDrafting, queued, runDraft } from './drafting.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse({ undoSeconds: 60 });
});
beforeEach(async () => {
  await forgetDrafting(house);
  await house.db.deleteFrom('label_correction').execute();
});
afterAll(async () => {
  await house.drop();
});

async function drafted(given: Letter = {}) {
  const { draft, message } = await queued(house, given);
  await runDraft(house, draft.id);
  return { message, draft: await draftRow(house, draft.id) };
}

const corrected = (draftId: number, label: 'category' | 'urgency' | 'language') => ({
  from: (from: string | null) => ({
    to: (to: string) => correct(house, { draftId, label, from, to, accountId: house.account.id }),
  }),
});

describe('a correction', () => {
  test('sets what was shown, is kept with who made it, and is undone by another', async () => {
    const { draft } = await drafted();
    await corrected(draft.id, 'urgency').from('normal').to('urgent');
    expect(await draftRow(house, draft.id)).toMatchObject({ urgency: 'urgent', state: 'ready' });
    await corrected(draft.id, 'urgency').from('urgent').to('normal');
    expect(await draftRow(house, draft.id)).toMatchObject({ urgency: 'normal' });
    const kept = await house.db.selectFrom('label_correction').selectAll().orderBy('id').execute();
    expect(kept).toMatchObject([
      { label: 'urgency', from_value: 'normal', to_value: 'urgent', account_id: house.account.id },
      { label: 'urgency', from_value: 'urgent', to_value: 'normal', message_id: draft.message_id },
    ]);
  });

  test('of what a colleague corrected meanwhile changes nothing', async () => {
    const { draft } = await drafted();
    await corrected(draft.id, 'category').from('order').to('Returns');
    const late = corrected(draft.id, 'category').from('order').to('invoice');
    await expect(late).rejects.toMatchObject({ code: 'label_changed' });
    expect(await draftRow(house, draft.id)).toMatchObject({ category: 'returns' });
  });

  test('reaches what needs a person, and nothing that is decided or not drafted', async () => {
    house.responder.next = [
      () => draftResult({ needsPerson: true, needsPersonReason: 'Ask the boss.' }),
    ];
    const { draft } = await drafted();
    await corrected(draft.id, 'language').from('en').to('de');
    expect(await draftRow(house, draft.id)).toMatchObject({ language: 'de' });
    const { draft: waiting } = await queued(house);
    await expect(corrected(waiting.id, 'category').from(null).to('x')).rejects.toMatchObject({
      code: 'label_changed',
    });
    await expect(corrected(999_999, 'category').from(null).to('x')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('leaves the approval of what was shown before it valid', async () => {
    const { draft } = await drafted();
    const approval = await approvalFor(house, draft.id);
    await corrected(draft.id, 'category').from('order').to('invoice');
    const { decisionId } = await approve(house.reviewParts, approval);
    await expect(corrected(draft.id, 'category').from('invoice').to('x')).rejects.toMatchObject({
      code: 'label_changed',
    });
    await undo(house.reviewParts, { decisionId, accountId: house.account.id });
  });

  test.each([
    ['urgency', 'very'],
    ['language', 'German!'],
    ['category', '  '],
    ['category', 'x'.repeat(61)],
    ['category', '<b>'],
  ] as const)('of %s to "%s" is refused', async (label, value) => {
    const { draft } = await drafted();
    await expect(corrected(draft.id, label).from(draft[label]).to(value)).rejects.toMatchObject({
      code: 'input_invalid',
    });
  });

  test('orders the queue and tells every page', async () => {
    const { draft } = await drafted();
    const feed = await openChangeFeed(house.database.connection, silentLog);
    const told: ChangeEvent[] = [];
    feed.subscribe((event) => told.push(event));
    await corrected(draft.id, 'urgency').from('normal').to('urgent');
    const conversationId = draft.conversation_id;
    const event = { kind: 'labels', draftId: draft.id, conversationId };
    await vi.waitFor(() => expect(told).toContainEqual(event));
    await feed.close();
    const [first] = await listQueue(house.db, 'approve', 10);
    expect(first).toMatchObject({ draftId: draft.id, urgency: 'urgent' });
  });

  test('stands when the same mail is drafted again', async () => {
    const { draft } = await drafted();
    await corrected(draft.id, 'category').from('order').to('invoice');
    const accountId = house.account.id;
    await reject(house.reviewParts, {
      ...{ draftId: draft.id, accountId, reasons: ['wrong_tone'], note: null, redraft: true },
    });
    const again = await newestDraft(house, draft.conversation_id);
    await runDraft(house, again.id);
    expect(await draftRow(house, again.id)).toMatchObject({
      category: 'invoice',
      urgency: 'normal',
    });
  });
});

describe('the next drafts', () => {
  test('are told of other customers’ mails, without what belongs to them', async () => {
    const text = 'Hello, this is Bea Berg.\nMy order 7712345 must be here tomorrow!';
    const from = 'Bea Berg <bea.berg@customer.example>';
    const { draft } = await drafted({ from, text });
    await corrected(draft.id, 'urgency').from('normal').to('urgent');
    await corrected(draft.id, 'category').from('order').to('shipping');
    await drafted({ from, text: 'Where is it?' });
    expect(house.responder.inputs.at(-1)?.labelled).toEqual([]);
    await drafted({ from: 'Cid <cid@customer.example>' });
    expect(house.responder.inputs.at(-1)?.labelled).toEqual([
      {
        text: 'Hello, this is [name]. My order [number] must be here tomorrow!',
        category: 'shipping',
        urgency: 'urgent',
        language: 'en',
      },
    ]);
  });

  test('are told of a handful, the newest first and each in few words', async () => {
    for (const number of [1, 2, 3, 4, 5, 6]) {
      const from = `Ned${number} <ned${number}@customer.example>`;
      const { draft } = await drafted({ from, text: `Mail ${number} ${'word '.repeat(100)}` });
      await corrected(draft.id, 'category').from('order').to('returns');
    }
    await drafted({ from: 'Dot <dot@customer.example>' });
    const told = house.responder.inputs.at(-1)?.labelled ?? [];
    expect(told.map(({ text }) => text.slice(0, 6))).toEqual(
      ['6', '5', '4', '3', '2'].map((number) => `Mail ${number}`),
    );
    for (const { text } of told) expect(text.length).toBeLessThanOrEqual(202);
  });
});
