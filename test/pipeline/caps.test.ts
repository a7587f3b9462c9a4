/** Caps: machines that answer each other end, and people are never held back. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLog } from '../../src/log.ts';
import { takeIn } from '../../src/pipeline/intake.ts';
import { treatAsAnswerable, triage } from '../../src/pipeline/triage.ts';
import { sha256 } from '../../src/storage/hash.ts';
import {
  arriveRaw,
  type House,
  type Letter,
  letter,
  newestDraft,
  newId,
  openHouse,
  takeJobs,
} from '../support/parts.ts';
import { approved } from './outgoing.ts';

let house: House;
const lines: string[] = [];
beforeAll(async () => {
  house = await openHouse();
  const log = openLog('warn', (line) => lines.push(line));
  const limits = { draftsPerSenderPerHour: 10, automaticPerConversationPerDay: 10 };
  house.triageParts = { ...house.triageParts, log, limits };
});
afterAll(() => house.drop());

const noon = Date.parse('2026-11-02T12:00:00Z');
const minutes = (n: number) => new Date(noon + n * 60_000);

/** Files a mail that was received so many minutes after noon. */
async function arriveAt(minute: number, given: Letter) {
  const raw = letter(given);
  const { id: mailboxId } = house.mailbox;
  await takeIn(house, mailboxId, [{ raw, place: null, receivedAt: minutes(minute) }]);
  const { id } = await house.db
    .selectFrom('message')
    .select('id')
    .where('raw_sha256', '=', sha256(raw))
    .executeTakeFirstOrThrow();
  await triage(house.triageParts, [id]);
  return await house.db
    .selectFrom('message')
    .select(['id', 'state', 'state_reason', 'conversation_id'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

async function draftsOf(conversationId: number | null): Promise<number> {
  const drafts = await house.db
    .selectFrom('draft')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .execute();
  return drafts.length;
}

function statesOf(mails: readonly { state: string }[]) {
  const groups = Object.entries(Object.groupBy(mails, ({ state }) => state));
  return Object.fromEntries(groups.map(([state, each]) => [state, each?.length]));
}

describe('drafts for one sender', () => {
  test('a loop of 200 mails makes ten of them, and each other one can be answered', async () => {
    lines.length = 0;
    const id = newId();
    const mails = [];
    for (let n = 0; n < 200; n += 1) {
      // Plus tags are one mailbox.
      const from = `loop+${n % 7}@machine.example`;
      const references = n === 0 ? [] : [id];
      mails.push(
        await arriveAt(n / 10, { from, references, ...(n === 0 ? { messageId: id } : {}) }),
      );
    }
    expect(statesOf(mails)).toEqual({ answerable: 10, blocked: 190 });
    const [first] = mails;
    const held = mails[10];
    expect(held).toMatchObject({ conversation_id: first?.conversation_id });
    expect(held?.state_reason).toMatch(/^More than 10 mails came from this sender within an hour/);
    expect(await draftsOf(first?.conversation_id ?? null)).toBe(10);
    const warnings = lines.filter((line) => line.includes('sender_held_back'));
    expect(warnings).toHaveLength(1);
    expect(warnings.join('')).not.toContain('machine.example');
    const { conversationId } = await treatAsAnswerable(house, { messageId: held?.id ?? 0 });
    expect(conversationId).toBe(first?.conversation_id);
    expect(await newestDraft(house, conversationId)).toMatchObject({
      ...{ state: 'queued', message_id: held?.id },
    });
  });

  test('the next hour is another one, with a warning of its own', async () => {
    lines.length = 0;
    const from = 'hourly@machine.example';
    const mails = [];
    for (let n = 0; n < 24; n += 1) mails.push(await arriveAt(n < 12 ? n : 60 + n, { from }));
    expect(statesOf(mails)).toEqual({ answerable: 20, blocked: 4 });
    expect(lines.filter((line) => line.includes('sender_held_back'))).toHaveLength(2);
  });

  test('it does not matter in which order the mails are filed', async () => {
    const from = 'backwards@machine.example';
    const mails = [];
    for (let n = 30; n > 0; n -= 1) mails.push(await arriveAt(n, { from }));
    expect(statesOf(mails)).toEqual({ answerable: 10, blocked: 20 });
  });

  test('a person who writes three mails in an hour is answered, whatever else came', async () => {
    const from = 'Pia <pia@customer.example>';
    const parts = house.triageParts;
    house.triageParts = { ...parts, limits: { ...parts.limits, draftsPerSenderPerHour: 3 } };
    const mails = [];
    for (let day = 0; day < 5; day += 1)
      for (const minute of [0, 20, 40])
        mails.push(await arriveAt(day * 24 * 60 + minute, { from }));
    house.triageParts = parts;
    expect(statesOf(mails)).toEqual({ answerable: 15 });
  });

  test('a backlog that is taken in at once is judged by when its mails came', async () => {
    const from = 'loyal@customer.example';
    const mails = [];
    for (let day = 0; day < 15; day += 1) mails.push(await arriveAt(-day * 24 * 60, { from }));
    expect(statesOf(mails)).toEqual({ answerable: 15 });
  });
});

describe('automatic mail of one conversation', () => {
  test('two programs that answer each other end: ten join, the others are filed beside it', async () => {
    const { message, messageId } = await approved(house);
    await takeJobs(house.db, 'draft');
    const answers = [];
    for (let n = 0; n < 30; n += 1) {
      const headers = ['Auto-Submitted: auto-replied'];
      answers.push(await arriveAt(n, { headers, references: [messageId] }));
    }
    expect(statesOf(answers)).toEqual({ automated: 30 });
    const joined = answers.filter((each) => each.conversation_id === message.conversation_id);
    expect(joined).toHaveLength(10);
    expect(answers[10]).toMatchObject({ conversation_id: null });
    expect(answers[10]?.state_reason).toMatch(/got 10 automatic mails within a day/);
    expect(await takeJobs(house.db, 'draft')).toEqual([]);
    const later = { headers: ['Auto-Submitted: auto-replied'], references: [messageId] };
    expect(await arriveAt(25 * 60, later)).toMatchObject({
      conversation_id: message.conversation_id,
    });
  });

  test('a person who writes there is answered all the same', async () => {
    const { message, messageId } = await approved(house);
    for (let n = 0; n < 12; n += 1)
      await arriveAt(n, { headers: ['Auto-Submitted: auto-replied'], references: [messageId] });
    const row = await arriveRaw(house, letter({ references: [messageId] }));
    expect(row).toMatchObject({
      ...{ state: 'answerable', conversation_id: message.conversation_id },
    });
  });
});
