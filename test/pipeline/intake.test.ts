/** Intake: every mail is stored once, with the mark, whatever numbers and ids the server gives it. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ImapPlace } from '../../src/domain/message.ts';
import { takeIn } from '../../src/pipeline/intake.ts';
import type { Jobs } from '../../src/storage/jobs.ts';
import { ensureMailbox, readMark } from '../../src/storage/mailboxes.ts';
import { loadMessage } from '../../src/storage/messages.ts';
import { messageRaw } from '../../src/storage/raw-bytes.ts';
import { type House, letter, newId, openHouse, takeJobs, waitingJobs } from '../support/parts.ts';

let house: House;
let mailboxId: number;
let mailboxes = 0;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  mailboxes += 1;
  const name = `mailbox ${mailboxes}`;
  mailboxId = (await ensureMailbox(house.db, { name, address: 'help@shop.example', source: '' }))
    .id;
  await takeJobs(house.db, 'triage');
});
afterAll(async () => {
  await house.drop();
});

function take(raw: Buffer, place: ImapPlace | null = null, jobs: Jobs = house.jobs) {
  return takeIn({ db: house.db, jobs }, mailboxId, [{ raw, place, receivedAt: null }]);
}

async function stored() {
  return await house.db
    .selectFrom('message')
    .select(['id', 'state', 'raw', 'uidvalidity', 'uid'])
    .where('mailbox_id', '=', mailboxId)
    .orderBy('id')
    .execute();
}

const at = (uid: number, uidvalidity = 1): ImapPlace => ({ uidvalidity, uid });

test('a mail is stored byte for byte, with the mark and a job', async () => {
  const raw = Buffer.concat([letter(), Buffer.from([0, 255, 13, 10, 128])]);
  expect(await take(raw, at(7))).toBe(1);
  const [message] = await stored();
  expect(message).toMatchObject({ state: 'stored', uidvalidity: 1, uid: 7 });
  expect(await messageRaw(house.db, message?.id ?? 0)).toEqual(raw);
  expect(await readMark(house.db, mailboxId)).toEqual(at(7));
  const jobs = await waitingJobs(house.db, 'triage');
  expect(jobs.map(({ data }) => data)).toEqual([{ messageIds: [message?.id] }]);
});

test('the same bytes again are no second mail, but move the mark', async () => {
  const raw = letter();
  expect(await take(raw, at(7))).toBe(1);
  expect(await take(raw, at(3, 2))).toBe(0);
  expect(await stored()).toHaveLength(1);
  expect(await readMark(house.db, mailboxId)).toEqual(at(3, 2));
  expect(await waitingJobs(house.db, 'triage')).toHaveLength(1);
});

test('the same Message-ID with other bytes is another mail', async () => {
  const messageId = newId();
  expect(await take(letter({ messageId, text: 'one' }), at(1))).toBe(1);
  expect(await take(letter({ messageId, text: 'two' }), at(2))).toBe(1);
  expect(await stored()).toHaveLength(2);
});

test('a mail without Message-ID is stored', async () => {
  expect(await take(letter({ messageId: null }), at(1))).toBe(1);
  expect(await stored()).toHaveLength(1);
});

test('other bytes at a place that is known are stored all the same', async () => {
  // A mailbox restored from a backup may give old numbers to new mail without telling.
  expect(await take(letter({ text: 'one' }), at(5))).toBe(1);
  expect(await take(letter({ text: 'two' }), at(5))).toBe(1);
  const messages = await stored();
  expect(messages.map(({ raw }) => raw.includes('two'))).toEqual([false, true]);
  expect(await waitingJobs(house.db, 'triage')).toHaveLength(2);
});

test('the same bytes in two mailboxes are two mails', async () => {
  const raw = letter();
  expect(await take(raw)).toBe(1);
  const other = await ensureMailbox(house.db, {
    name: 'other',
    address: 'other@shop.example',
    source: '',
  });
  const mail = { raw, place: null, receivedAt: null };
  expect(await takeIn(house, other.id, [mail])).toBe(1);
});

test('of many who take the same mail at once one stores it', async () => {
  const raw = letter();
  const taken = await Promise.all(Array.from({ length: 20 }, () => take(raw, at(9))));
  expect(taken.filter(Boolean)).toHaveLength(1);
  expect(await stored()).toHaveLength(1);
  expect(await waitingJobs(house.db, 'triage')).toHaveLength(1);
});

test('mail, mark and job are stored together or not at all', async () => {
  const broken: Jobs = { ...house.jobs, send: () => Promise.reject(new Error('disk full')) };
  await expect(take(letter(), at(4), broken)).rejects.toThrow('disk full');
  expect(await stored()).toEqual([]);
  expect(await readMark(house.db, mailboxId)).toBeNull();
});

test('a mail that was not taken whole says how large it is, and what there is of it', async () => {
  const cut = { kept: 'header', size: 52_000_000 } as const;
  await takeIn(house, mailboxId, [{ raw: letter(), place: null, receivedAt: null, cut }]);
  await take(letter());
  const messages = await Promise.all((await stored()).map(({ id }) => loadMessage(house.db, id)));
  expect(messages.map((message) => message?.cut)).toEqual([cut, null]);
});

test('a mail of many megabytes comes back byte for byte', async () => {
  const raw = Buffer.alloc(5_000_003, 'Subject: large\n\n0123456789\n');
  await take(raw);
  const [message] = await stored();
  expect((await messageRaw(house.db, message?.id ?? 0))?.equals(raw)).toBe(true);
});

test('a mail of no bytes is stored', async () => {
  expect(await take(Buffer.alloc(0), at(1))).toBe(1);
  expect(await stored()).toHaveLength(1);
});
