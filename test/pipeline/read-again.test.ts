/** Every mail is seen: what cannot be filed is quarantined in the end, and can be read again. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAgain } from '../../src/pipeline/read-again.ts';
import { triage } from '../../src/pipeline/triage.ts';
import { unparsableMail } from '../support/mail-texts.ts';
import {
  arrive,
  arriveRaw,
  type House,
  letter,
  newestDraft,
  newId,
  openHouse,
  storeMail,
  takeJobs,
} from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.drop());

const messageRow = (id: number) =>
  house.db.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/** Parts with which no draft can be asked for. */
function brokenParts() {
  const fail = () => Promise.reject(new TypeError('the queue\nis upside down'));
  return { ...house.triageParts, jobs: { ...house.jobs, send: fail, sendAll: fail } };
}

test('a mail that cannot be filed is tried again, and shown after the tenth try', async () => {
  const broken = await storeMail(house, letter({ subject: 'Kettle?' }));
  const filed = await storeMail(house, letter({ headers: ['List-Id: <news.example>'] }));
  const attempt = (tries: number) => triage(brokenParts(), [broken, filed], tries);
  await expect(attempt(1)).rejects.toThrow('upside down');
  await expect(attempt(9)).rejects.toThrow('upside down');
  expect(await messageRow(broken)).toMatchObject({ state: 'stored' });
  // No other waits for it.
  expect(await messageRow(filed)).toMatchObject({ state: 'automated' });
  await attempt(10);
  expect(await messageRow(broken)).toMatchObject({
    ...{ state: 'quarantined', conversation_id: null, subject: 'Kettle?' },
    state_reason: expect.stringMatching(/failed again and again: TypeError: the queue is upside/),
  });
});

test('it is filed once it is read again', async () => {
  const id = await storeMail(house, letter());
  await triage(brokenParts(), [id], 10);
  await takeJobs(house.db, 'triage');
  await readAgain(house, { messageId: id });
  expect(await messageRow(id)).toMatchObject({ state: 'stored', state_reason: null });
  const jobs = await takeJobs(house.db, 'triage');
  expect(jobs.map(({ data }) => data)).toEqual([{ messageIds: [id] }]);
  await triage(house.triageParts, [id]);
  const message = await messageRow(id);
  expect(message).toMatchObject({ state: 'answerable', state_reason: null });
  expect(await newestDraft(house, message.conversation_id)).toMatchObject({ message_id: id });
});

test('what still cannot be read is quarantined again, with its reason', async () => {
  const { id, state_reason } = await arriveRaw(house, Buffer.from(unparsableMail(newId())));
  await readAgain(house, { messageId: id });
  await triage(house.triageParts, [id]);
  expect(await messageRow(id)).toMatchObject({ state: 'quarantined', state_reason });
});

test('counts once, of many at the same time, and for quarantined mail only', async () => {
  const { id } = await arriveRaw(house, Buffer.from(unparsableMail(newId())));
  await takeJobs(house.db, 'triage');
  const fates = await Promise.allSettled(
    Array.from({ length: 10 }, () => readAgain(house, { messageId: id })),
  );
  expect(fates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await takeJobs(house.db, 'triage')).toHaveLength(1);
  const other = await arrive(house);
  const code = 'state_changed';
  await expect(readAgain(house, { messageId: other.id })).rejects.toMatchObject({ code });
  await expect(readAgain(house, { messageId: 999_999 })).rejects.toMatchObject({
    code: 'not_found',
  });
});
