/** Poll: what a look at the mailbox found is told where its health is shown. */

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { MailSource, ScanReport } from '../../src/mail/watched.ts';
import { poll } from '../../src/pipeline/poll.ts';
import { openChangeFeed } from '../../src/storage/events.ts';
import { mailboxHealth } from '../../src/storage/mailbox-health.ts';
import { ensureMailbox, readMark } from '../../src/storage/mailboxes.ts';
import { type House, letter, openHouse, silentLog } from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.drop());

/** Polls once, with a source that leaves so many mails behind. */
async function pollOnce(waiting: number) {
  const { db, jobs } = house;
  const settings = { name: 'shop', address: 'help@shop.example', source: '' };
  const { id, name } = await ensureMailbox(db, settings);
  const stop = new AbortController();
  const report: ScanReport = {
    uidvalidity: null,
    stored: 0,
    waiting,
    renumbered: false,
    mark: null,
  };
  const source = {
    scan: async () => {
      stop.abort();
      return report;
    },
    scanSent: async () => null,
    onChange: () => {},
    onConnection: () => {},
    hurry: () => {},
    close: async () => {},
  };
  const parts = { db, jobs, log: silentLog, holder: 'test' };
  await poll(parts, { id, name, source, pollSeconds: 60, sentPlace: null }, stop.signal);
  return (await mailboxHealth(db)).find((mailbox) => mailbox.id === id);
}

test('mails that could not be taken are told, until none is left', async () => {
  const told = await pollOnce(2);
  expect(told?.error?.text).toContain('Mails that cannot be taken in wait in shop: 2.');
  expect(told?.contactedAt).not.toBeNull();
  expect(await pollOnce(0)).toMatchObject({ error: null });
});

test('one process at a time reads a mailbox, and another goes on when it stops', async () => {
  const { db, jobs } = house;
  const settings = { name: 'two', address: 'help@shop.example', source: '' };
  const { id, name } = await ensureMailbox(db, settings);
  const changes = await openChangeFeed(house.database.connection, silentLog);
  onTestFinished(() => changes.close());
  const scans: string[] = [];
  const begin = (holder: string) => {
    const scanned = Promise.withResolvers<void>();
    const hint: { give: () => void } = { give: () => {} };
    const source = {
      scan: async () => {
        scans.push(holder);
        scanned.resolve();
        return { uidvalidity: null, stored: 0, waiting: 0, renumbered: false, mark: null };
      },
      onChange(listener: () => void) {
        hint.give = listener;
      },
      ...{ onConnection: () => {}, hurry: () => {}, close: async () => {} },
      scanSent: async () => null,
    };
    const stop = new AbortController();
    const parts = { db, jobs, log: silentLog, holder, changes };
    const done = poll(
      parts,
      { id, name, source, pollSeconds: 3_600, sentPlace: null },
      stop.signal,
    );
    const end = async () => {
      stop.abort();
      await done;
    };
    return { scanned: scanned.promise, hint: () => hint.give(), end };
  };
  const first = begin('first');
  await first.scanned;
  const second = begin('second');
  second.hint();
  const again = begin('third');
  await again.end();
  expect(scans).toEqual(['first']);
  await first.end();
  await second.scanned;
  expect(scans).toEqual(['first', 'second']);
  expect((await mailboxHealth(db)).find((mailbox) => mailbox.id === id)?.state).toBe('connected');
  await second.end();
  expect((await mailboxHealth(db)).find((mailbox) => mailbox.id === id)?.state).toBe('paused');
});

describe('the Sent folder', () => {
  const place = 'imap://help@mail.shop.example/Sent';
  const empty: ScanReport = {
    ...{
      uidvalidity: 1,
      stored: 0,
      waiting: 0,
      renumbered: false,
      mark: { uidvalidity: 1, uid: 4 },
    },
  };

  async function pollBoth(scanSent: MailSource['scanSent']) {
    const { id, name } = house.mailbox;
    const stop = new AbortController();
    const source: MailSource = {
      scan: async () => empty,
      scanSent: async (mark, store) => {
        stop.abort();
        return await scanSent(mark, store);
      },
      onChange: () => {},
      ...{ onConnection: () => {}, hurry: () => {} },
      close: async () => {},
    };
    const parts = { db: house.db, jobs: house.jobs, log: silentLog, holder: 'test' };
    await poll(parts, { id, name, source, pollSeconds: 60, sentPlace: place }, stop.signal);
    return (await mailboxHealth(house.db)).find((mailbox) => mailbox.id === id);
  }

  test('is looked at after the inbox, from its own mark on', async () => {
    const marks: unknown[] = [];
    const raw = letter({ subject: 'sent by a colleague' });
    const scanSent: MailSource['scanSent'] = async (mark, store) => {
      marks.push(mark);
      await store([{ raw, place: { uidvalidity: 9, uid: 2 }, receivedAt: null }]);
      return { ...empty, stored: 1, mark: { uidvalidity: 9, uid: 3 } };
    };
    await pollBoth(scanSent);
    await pollBoth(scanSent);
    expect(marks).toEqual([null, { uidvalidity: 9, uid: 3 }]);
    expect(await readMark(house.db, house.mailbox.id)).toEqual(empty.mark);
    const stored = await house.db
      .selectFrom('message')
      .select(['direction', 'state'])
      .where('raw', '=', raw)
      .execute();
    expect(stored).toEqual([{ direction: 'outbound', state: 'stored' }]);
  });

  test('does not hold up the inbox when it is in trouble', async () => {
    const health = await pollBoth(() => Promise.reject(new Error('no Sent today')));
    expect(health).toMatchObject({ error: null, contactedAt: expect.any(Date) });
  });
});
