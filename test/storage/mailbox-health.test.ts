/** Mailbox health: what each note makes of it, and that only news is written. */

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import {
  mailboxHealth,
  recordAnswer,
  recordRead,
  recordTaking,
  recordTrouble,
} from '../../src/storage/mailbox-health.ts';
import {
  endWish,
  ensureMailbox,
  holdLease,
  releaseLease,
  wishedSince,
  wishForMailSince,
} from '../../src/storage/mailboxes.ts';
import { openTestDatabase } from '../support/database.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let id = 0;
let serial = 0;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  serial += 1;
  const settings = { name: `mailbox ${serial}`, address: 'help@shop.example', source: '' };
  id = (await ensureMailbox(database.db, settings)).id;
});
afterAll(async () => {
  await database.drop();
});

const soon = new Date(Date.now() + 60_000);
const error = new ReplywrightError('imap_unreachable', { host: 'mail.example', detail: 'gone' });
const read = { waiting: 0, left: null, nextLookAt: soon };
const watch = () => holdLease(database.db, id, 'me', 30);

async function health() {
  const found = (await mailboxHealth(database.db)).find((each) => each.id === id);
  if (found === undefined) throw new Error('There is no such mailbox.');
  return found;
}

/** Names the version of the row; every write makes another. */
async function version() {
  const { rows } = await sql`select xmin::text as xmin from mailbox where id = ${id}`.execute(
    database.db,
  );
  return rows[0];
}

/** Lets time pass for the row. */
const age = (minutes: number) =>
  sql`update mailbox set contacted_at = contacted_at - make_interval(mins => ${minutes}),
    read_at = read_at - make_interval(mins => ${minutes}) where id = ${id}`.execute(database.db);

/** Stores a bare message, received so many minutes ago. */
const received = (direction: string, state: string, minutes: number) =>
  sql`insert into message (mailbox_id, direction, state, raw, raw_sha256, received_at) values (${id},
    ${direction}, ${state}, '', ${`${id} ${minutes}`}, now() - make_interval(mins => ${minutes}))`.execute(
    database.db,
  );

describe('a mailbox', () => {
  it('says when mail last came in, whatever we sent or took from the past', async () => {
    expect((await health()).lastMailAt).toBeNull();
    await received('inbound', 'answerable', 90);
    await received('inbound', 'automated', 60);
    await received('inbound', 'imported', 2);
    await received('outbound', 'outbound', 1);
    const { lastMailAt } = await health();
    expect(Math.round((Date.now() - (lastMailAt?.getTime() ?? 0)) / 60_000)).toBe(60);
  });

  it('is new, watched, left in order, or left without a word', async () => {
    expect(await health()).toMatchObject({ state: 'never', contactedAt: null, lagSeconds: null });
    await watch();
    expect(await health()).toMatchObject({ state: 'never' });
    await recordRead(database.db, id, read);
    expect(await health()).toMatchObject({ state: 'connected', nextTryAt: soon, lagSeconds: 0 });
    await releaseLease(database.db, id, 'me');
    expect(await health()).toMatchObject({ state: 'paused', nextTryAt: null });
    await watch();
    expect(await health()).toMatchObject({ state: 'connected' });
    await sql`update mailbox set lease_until = now() - interval '1 s' where id = ${id}`.execute(
      database.db,
    );
    expect(await health()).toMatchObject({ state: 'unwatched' });
  });

  it('is in trouble since the first failure, until it is read', async () => {
    await watch();
    await recordTrouble(database.db, id, error, soon);
    const first = await health();
    expect(first).toMatchObject({ state: 'trouble', nextTryAt: soon, contactedAt: null });
    expect(first.error).toMatchObject({ code: 'imap_unreachable' });
    expect(first.error?.text).toContain('gone');
    await recordTrouble(database.db, id, error, new Date(soon.getTime() + 1_000));
    const second = await health();
    expect(second.error?.since).toEqual(first.error?.since);
    expect(second.nextTryAt).not.toEqual(first.nextTryAt);
    // An answer between two scans does not mend a scan that failed.
    await recordAnswer(database.db, id);
    expect(await health()).toMatchObject({ state: 'trouble', contactedAt: expect.any(Date) });
    await recordRead(database.db, id, read);
    expect(await health()).toMatchObject({ state: 'connected', error: null });
  });

  it('tells how far a long scan has come, until it ends or breaks off', async () => {
    await watch();
    await recordTaking(database.db, id, { done: 1_200, total: 5_000 });
    expect(await health()).toMatchObject({ taking: { done: 1_200, total: 5_000 } });
    await recordTrouble(database.db, id, error, soon);
    expect(await health()).toMatchObject({ taking: null });
    await recordTaking(database.db, id, { done: 0, total: 3_800 });
    await recordRead(database.db, id, read);
    expect(await health()).toMatchObject({ taking: null });
  });

  it('lags for as long as a mail waits', async () => {
    await watch();
    await recordRead(database.db, id, read);
    await age(10);
    const left = new ReplywrightError('mails_waiting', { mailbox: 'waiting', count: 2 });
    await recordRead(database.db, id, { ...read, waiting: 2, left });
    const waiting = await health();
    expect(waiting).toMatchObject({
      ...{ state: 'connected', contactedAt: expect.any(Date), waiting: 2 },
      error: { text: expect.stringContaining('cannot be taken in wait in waiting: 2.') },
    });
    expect(waiting.lagSeconds).toBeGreaterThanOrEqual(600);
    await recordRead(database.db, id, read);
    expect(await health()).toMatchObject({ waiting: 0, lagSeconds: 0, error: null });
  });

  it('is written only when there is news, or once a minute', async () => {
    await watch();
    await recordRead(database.db, id, read);
    const first = await version();
    await recordRead(database.db, id, { ...read, nextLookAt: new Date(soon.getTime() + 5_000) });
    await recordAnswer(database.db, id);
    expect(await version()).toEqual(first);
    await age(2);
    const aged = await version();
    await recordAnswer(database.db, id);
    expect(await version()).not.toEqual(aged);
  });
});

it('the earliest wish for older mail stands until it is fulfilled', async () => {
  const { db } = database;
  const day = (n: number) => new Date(Date.UTC(2026, 10, n));
  const end = (since: Date) => db.transaction().execute((tx) => endWish(tx, id, since));
  expect(await wishedSince(db, id)).toBeNull();
  await wishForMailSince(db, id, day(5));
  await wishForMailSince(db, id, day(9));
  expect(await wishedSince(db, id)).toEqual(day(5));
  // A scan that began before the earlier wish was made has not fulfilled it.
  await end(day(9));
  expect(await wishedSince(db, id)).toEqual(day(5));
  await end(day(5));
  expect(await wishedSince(db, id)).toBeNull();
});
