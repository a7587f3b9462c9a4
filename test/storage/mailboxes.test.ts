/** A mailbox is an account and a folder: under another one nothing read before counts. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  advanceMark,
  ensureMailbox,
  readMark,
  wishedSince,
  wishForMailSince,
} from '../../src/storage/mailboxes.ts';
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
async function openRead(name: string, source = 'imap://a@one:993/INBOX') {
  const { db } = database;
  const settings = { name, address: 'help@shop.example', source };
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

const none = { uidvalidity: 0, uid: 0 };

test.each(['imap://a@two:993/INBOX', 'imap://a@one:993/Support'])(
  'another place of the account (%s) is read anew, whatever its numbers',
  async (source) => {
    const { settings, id, store } = await openRead(`place ${source}`);
    const other = await ensureMailbox(database.db, { ...settings, account: 'imap://a@', source });
    expect(other).toMatchObject({ id, mark: none });
    expect(await readMark(database.db, id)).toEqual(none);
    expect(await store(letter())).toHaveLength(1);
  },
);

test('another account begins as the first scan says, and its mail is stored', async () => {
  const { settings, id, store } = await openRead('other');
  const account = { account: 'imap://b@', source: 'imap://b@one:993/INBOX' };
  await wishForMailSince(database.db, id, new Date(0));
  const other = await ensureMailbox(database.db, { ...settings, ...account });
  expect(other).toMatchObject({ id, mark: null });
  expect(await wishedSince(database.db, id)).toBeNull();
  expect(await store(letter())).toHaveLength(1);
});

describe('a mailbox under another name', () => {
  const source = () => `imap://${randomUUID()}@one:993/INBOX`;

  test('is the same, with its mark and its mail', async () => {
    const { settings, id } = await openRead('before', source());
    const renamed = { ...settings, name: 'after' };
    expect(await ensureMailbox(database.db, renamed, ['after', 'same'])).toMatchObject({
      id,
      mark,
    });
    const rows = await database.db
      .selectFrom('mailbox')
      .select('name')
      .where('id', '=', id)
      .execute();
    expect(rows).toEqual([{ name: 'after' }]);
    // And still at the next start.
    expect(await ensureMailbox(database.db, renamed, ['after', 'same'])).toMatchObject({
      id,
      mark,
    });
  });

  test('is one more while the first is in the settings, too', async () => {
    const { settings, id } = await openRead('first', source());
    const second = { ...settings, name: 'second' };
    const made = await ensureMailbox(database.db, second, ['first', 'second']);
    expect(made.mark).toBeNull();
    expect(made.id).not.toBe(id);
  });

  test('is made once when two programs start together', async () => {
    const { settings, id } = await openRead('early', source());
    const late = { ...settings, name: 'late' };
    const made = await Promise.all([1, 2].map(() => ensureMailbox(database.db, late, ['late'])));
    expect(made.map((each) => each.id)).toEqual([id, id]);
  });
});
