/** Mails that are filed together end where they would have ended one by one. */

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeIn } from '../../src/pipeline/intake.ts';
import { triage } from '../../src/pipeline/triage.ts';
import { type House, letter, newId, openHouse, takeJobs } from '../support/parts.ts';

let together: House;
let single: House;
beforeAll(async () => {
  [together, single] = await Promise.all([openHouse(), openHouse()]);
});
afterAll(async () => {
  await Promise.all([together.drop(), single.drop()]);
});

/** Takes mails in and files them in batches of `size`. */
async function file(house: House, raws: readonly Buffer[], size: number): Promise<void> {
  for (let at = 0; at < raws.length; at += size) {
    const mails = raws
      .slice(at, at + size)
      .map((raw) => ({ raw, place: null, receivedAt: new Date('2026-11-02T10:00:00Z') }));
    await takeIn(house, house.mailbox.id, mails);
    const jobs = await takeJobs(house.db, 'triage');
    await triage(
      house.triageParts,
      jobs.flatMap(({ data }) => data.messageIds),
    );
  }
}

/** Of each mail: its state, with which other mails it stands, and whether a draft answers it. */
async function outcome(house: House, ids: readonly string[]) {
  const rows = await house.db
    .selectFrom('message')
    .leftJoin('conversation', 'conversation.id', 'message.conversation_id')
    .leftJoin('draft', (join) =>
      join.onRef('draft.message_id', '=', 'message.id').on('draft.state', '=', 'queued'),
    )
    .select([
      'message.message_id as id',
      'message.state',
      'message.conversation_id as place',
      'message.new_text as text',
      'message.recipients',
      'conversation.participants',
      'conversation.customer_address as customer',
      'conversation.subject',
      'draft.id as draft',
    ])
    .where('message.message_id', 'in', ids)
    .execute();
  return ids.map((id) => {
    const row = rows.find((each) => each.id === id);
    if (row === undefined) throw new Error(`${id} is not stored`);
    const { place, draft, id: _, ...rest } = row;
    const beside = ids.filter(
      (other) => place !== null && rows.find((each) => each.id === other)?.place === place,
    );
    return { ...rest, beside, answered: draft !== null };
  });
}

const mail = fc.record({
  writer: fc.nat({ max: 4 }),
  tag: fc.constantFrom('', '', '', '+shop'),
  copyTo: fc.option(fc.nat({ max: 4 }), { freq: 4 }),
  subject: fc.constantFrom('Kettle', 'Re: Kettle', 'Order 12345', 'Lid'),
  text: fc.constantFrom('Where is it?', 'It broke.'),
  automatic: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  /** How far back the mail is that it answers; beyond the first it answers a mail we never got. */
  answers: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 2 }),
});

test('filed together or one by one, every mail ends at the same place', async () => {
  const sizes = fc.constantFrom(3, 7, 50);
  const batches = fc.array(mail, { minLength: 4, maxLength: 14 });
  await fc.assert(
    fc.asyncProperty(batches, sizes, async (mails, size) => {
      const ids = mails.map(() => newId());
      const round = newId().slice(1, 9);
      const address = (writer: number, tag = '') => `w${writer}${tag}@${round}.example`;
      const raws = mails.map(({ writer, tag, copyTo, subject, text, automatic, answers }, n) =>
        letter({
          ...{ messageId: ids[n] ?? null, subject, text },
          from: `Somebody <${address(writer, tag)}>`,
          references: answers === null ? [] : [ids[n - answers] ?? `<lost@${round}.example>`],
          headers: [
            ...(copyTo === null ? [] : [`Cc: ${address(copyTo)}`]),
            ...(automatic ? ['Auto-Submitted: auto-replied'] : []),
          ],
        }),
      );
      await Promise.all([file(together, raws, size), file(single, raws, 1)]);
      expect(await outcome(together, ids)).toEqual(await outcome(single, ids));
    }),
    { numRuns: 40 },
  );
});

test('a batch of which one mail was filed meanwhile is filed one by one', async () => {
  const ids = [newId(), newId()];
  const mails = ids.map((messageId, n) => ({
    raw: letter({ messageId, from: `m${n}@meanwhile.example` }),
    place: null,
    receivedAt: null,
  }));
  await takeIn(together, together.mailbox.id, mails);
  const jobs = await takeJobs(together.db, 'triage');
  const messageIds = jobs.flatMap(({ data }) => data.messageIds);
  await Promise.all(
    Array.from({ length: 4 }, () => triage(together.triageParts, messageIds.toReversed())),
  );
  const found = await outcome(together, ids);
  expect(found.map(({ state, answered, beside }) => [state, answered, beside.length])).toEqual([
    ['answerable', true, 1],
    ['answerable', true, 1],
  ]);
});
