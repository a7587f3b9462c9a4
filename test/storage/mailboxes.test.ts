/** A mailbox is an account and a folder: under another one nothing read before counts. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { advanceMark, ensureMailbox, readMark } from '../../src/storage/mailboxes.ts';
import { storeRaw } from '../../src/storage/raw-mail.ts';
import { openTestDatabase } from '../support/database.ts';
import { letter } from '../support/parts.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  await database.drop();
});

const mark = { uidvalidity: 7, uid: 40 };

/** A mailbox of one source with one mail, read up to it. */
async function openRead(name: string) {
  const { db } = database;
  const settings = { name, address: 'help@shop.example', source: 'imap://a@one:993/INBOX' };
  const { id } = await ensureMailbox(db, settings);
  const store = (raw: Buffer) =>
    db
      .transaction()
      .execute((tx) => storeRaw(tx, id, [{ raw, place: mark, receivedAt: new Date() }]));
  expect(await store(letter())).toHaveLength(1);
  await db.transaction().execute((tx) => advanceMark(tx, id, mark));
  return { settings, id, store };
}

test('the same source keeps the mark', async () => {
  const { settings, id } = await openRead('same');
  const again = await ensureMailbox(database.db, { ...settings, address: 'hello@shop.example' });
  expect(again).toMatchObject({ id, mark, address: 'hello@shop.example' });
});

test('another source with the same numbers begins anew, and its mail is stored', async () => {
  const { settings, id, store } = await openRead('other');
  const other = await ensureMailbox(database.db, { ...settings, source: 'imap://b@two:993/INBOX' });
  const none = { uidvalidity: 0, uid: 0 };
  expect(other).toMatchObject({ id, mark: none });
  expect(await readMark(database.db, id)).toEqual(none);
  expect(await store(letter())).toHaveLength(1);
});
