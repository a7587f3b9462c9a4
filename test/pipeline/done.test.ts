/** Done: a mail that cannot be read is closed by a person, and that can be taken back. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { markDone, reopen } from '../../src/pipeline/done.ts';
import { createAccount } from '../../src/storage/accounts.ts';
import { handlingOf } from '../../src/storage/messages.ts';
import { listQueue, queueCounts } from '../../src/storage/queue.ts';
import { unparsableMail } from '../support/mail-texts.ts';
import { arrive, arriveRaw, type House, newId, openHouse } from '../support/parts.ts';

let house: House;
let other: number;
beforeAll(async () => {
  house = await openHouse();
  const account = { name: 'Mara', role: 'agent', passwordHash: null } as const;
  ({ id: other } = await createAccount(house.db, account));
});
afterAll(async () => {
  await house.drop();
});

const quarantined = async () => (await arriveRaw(house, Buffer.from(unparsableMail(newId())))).id;

const doing = (messageId: number, accountId = house.account.id) =>
  markDone(house, { messageId, accountId });

const stateOf = async (id: number) => {
  const row = await house.db
    .selectFrom('message')
    .select('state')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.state;
};

const idsIn = async (view: 'quarantined' | 'done') =>
  (await listQueue(house.db, view, 50)).map(({ messageId }) => messageId);

test('leaves the open work, and stands under what is done, with who and when', async () => {
  const id = await quarantined();
  expect(await handlingOf(house.db, id)).toBeNull();
  const before = await queueCounts(house.db);
  await doing(id);
  expect(await idsIn('quarantined')).not.toContain(id);
  expect(await idsIn('done')).toContain(id);
  expect(await queueCounts(house.db)).toMatchObject({
    quarantined: before.quarantined - 1,
    done: before.done + 1,
  });
  expect(await handlingOf(house.db, id)).toEqual({ by: 'Kim', at: expect.any(Date) });
});

test('is taken back by anybody, who is then named', async () => {
  const id = await quarantined();
  await doing(id);
  await reopen(house, { messageId: id, accountId: other });
  expect(await stateOf(id)).toBe('quarantined');
  expect(await handlingOf(house.db, id)).toMatchObject({ by: 'Mara' });
  await doing(id, other);
  expect(await stateOf(id)).toBe('done');
});

test('counts once, of many at the same time', async () => {
  const id = await quarantined();
  const fates = await Promise.allSettled(Array.from({ length: 10 }, () => doing(id)));
  expect(fates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('is for quarantined mail only', async () => {
  const { id } = await arrive(house);
  await expect(doing(id)).rejects.toMatchObject({ code: 'state_changed' });
  await expect(reopen(house, { messageId: id, accountId: other })).rejects.toMatchObject({
    code: 'state_changed',
  });
  await expect(doing(999_999)).rejects.toMatchObject({ code: 'not_found' });
  expect(await stateOf(id)).toBe('answerable');
});

test.each([
  ['nothing', ''],
  ['noise', '\u0001\u00ff\u0000\u0090'],
  ['a mail without a sender', 'Subject: Kettle\r\n\r\nWhere is it?\r\n'],
])('closes %s: nobody to answer to, but what can be read of it is there', async (_what, raw) => {
  const { id } = await arriveRaw(house, Buffer.from(raw, 'latin1'));
  const { state, state_reason, new_text } = await house.db
    .selectFrom('message')
    .select(['state', 'state_reason', 'new_text'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  expect([state, state_reason]).toEqual(['quarantined', expect.stringMatching('no sender')]);
  if (raw.includes('Kettle')) expect(new_text).toContain('Where is it?');
  await markDone(house, { messageId: id, accountId: house.account.id });
  expect(await stateOf(id)).toBe('done');
});
