/** The program is killed with its built-in PostgreSQL left running, and nobody hurries anything. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openLog } from '../../src/log.ts';
import { findEmbeddedServer } from '../../src/storage/embedded.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { requirement } from '../support/requirements.ts';
import { approve, logIn } from './http-desk.ts';
import { openShop } from './shop.ts';

const found = await requirement('dovecot');
let dovecot: DovecotServer;
beforeAll(async () => {
  const started = await startDovecot();
  if (started !== null) dovecot = started;
});
afterAll(() => dovecot?.close());

/** A dead program's mailbox and jobs are given up after 30 s and 10 s. */
const patience = { timeout: 120_000, interval: 200 };

async function postmaster(data: string): Promise<number> {
  const file = path.join(data, 'postgres', 'postmaster.pid');
  return Number((await readFile(file, 'utf8')).split('\n')[0]);
}

describe.skipIf(!found.available)('with the built-in PostgreSQL', () => {
  test('the server is adopted, and work goes on by itself', { timeout: 240_000 }, async () => {
    const shop = await openShop({ dovecot, databaseUrl: null });
    onTestFinished(() => shop.close());
    const data = path.join(shop.folder, 'data');
    const before = await shop.start();
    const cookie = await logIn(before);
    shop.model.script({ kind: 'hang' });
    await shop.receive({ subject: 'Asked before', text: 'Where is my parcel?' });
    await shop.model.nextRequest();
    const server = await postmaster(data);
    await before.kill9();
    expect(await findEmbeddedServer(data)).not.toBeNull();
    await shop.receive({ subject: 'Asked meanwhile', text: 'Where is mine?' });

    const after = await shop.start();
    expect(await postmaster(data)).toBe(server);
    const settings = { databaseUrl: null, dataFolder: data };
    const database = await openDatabase(settings, openLog('silent'), { start: false });
    onTestFinished(() => database.close());
    const ready = database.db
      .selectFrom('draft')
      .select(['id', 'message_id as messageId', 'reply'])
      .where('state', '=', 'ready');
    await vi.waitFor(async () => expect(await ready.execute()).toHaveLength(2), patience);
    for (const { reply, ...draft } of await ready.execute()) {
      const shown = { ...draft, reply: reply ?? '' };
      expect(await approve(after, cookie, shown, shown.reply)).toBe(303);
    }
    await shop.smtp.waitForAccepted(2);
    await vi.waitFor(async () => {
      expect(await shop.sent()).toHaveLength(2);
      expect(await database.db.selectFrom('pair').select('id').execute()).toHaveLength(2);
    }, patience);
    expect(await database.db.selectFrom('message').select('id').execute()).toHaveLength(4);
    await database.close();
    await after.stop();
    expect(shop.smtp.accepted).toHaveLength(2);
    expect(await findEmbeddedServer(data)).toBeNull();
  });
});
