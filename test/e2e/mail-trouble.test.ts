/** Every trouble a mail server can make, against the real program: nothing lost, nothing twice, health truthful. */

import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { requirement } from '../support/requirements.ts';
import { mailOf, openWatchedShop, type WatchedShop } from './watched-shop.ts';

const { available } = await requirement('dovecot');

const users = Array.from({ length: 12 }, (_, n) => `trouble${n}@example.test`);
let dovecot: DovecotServer;
let user = '';
beforeAll(async () => {
  const started = await startDovecot({ users });
  if (started !== null) dovecot = started;
});
afterAll(async () => {
  await dovecot?.close();
});

/** A mailbox of its own for the running test, with its shop. */
async function openShop(): Promise<WatchedShop> {
  user = users.pop() ?? '';
  return await openWatchedShop(dovecot, user);
}

const deliver = (word: string) => dovecot.deliver(mailOf(word), user);
const many = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${name}-${n}`);
const drop = (words: readonly string[]) => dovecot.drop(words.map(mailOf), user);

/** What is said while mail comes in: no error, and nothing left to wait for. */
const well = { state: 'connected', alarm: false, error: null, since: null, taking: null };

/** In trouble: since when, why, and when it is tried again. */
const trouble = {
  ...{ state: 'trouble', error: 'imap_unreachable' },
  ...{ since: expect.any(String), nextTryAt: expect.any(String) },
};

async function expunge(count: number): Promise<void> {
  const other = new ImapFlow({
    ...{ host: '127.0.0.1', port: dovecot.ports.imap, secure: false, doSTARTTLS: false },
    ...{ auth: { user, pass: 'secret' }, logger: false },
  });
  await other.connect();
  const { exists } = await other.mailboxOpen('INBOX');
  await other.messageDelete(`${exists - count + 1}:${exists}`);
  await other.logout();
}

describe.skipIf(!available)('in trouble', () => {
  test('the server killed in IDLE, and away for a while', async () => {
    const shop = await openShop();
    await deliver('before');
    await shop.start();
    await shop.holds(['before']);
    await shop.says(well);
    await dovecot.stop({ kill: true });
    const told = await shop.says(trouble);
    expect(Date.parse(told.since ?? '')).toBeGreaterThan(Date.parse(told.contactedAt ?? ''));
    expect(await shop.status()).toBe(200);
    const page = await shop.page();
    expect(page).toContain('support not reachable');
    expect(page).toMatch(/mailbox-card look[\s\S]*since[\s\S]*next try/);
    expect(await shop.page('/mailboxes')).toContain('cannot be reached');
    await dovecot.restart();
    await drop(['during']);
    await shop.holds(['before', 'during']);
    await shop.says(well);
    await deliver('after');
    await shop.holds(['before', 'during', 'after']);
    expect(await shop.page()).toContain('support live');
  });

  test('the server killed in a fetch', async () => {
    const shop = await openShop();
    const words = many('waiting', 460);
    await drop(words);
    const release = await shop.holdStoring();
    await shop.start();
    await shop.says({ taking: { done: 0, total: 460 } });
    expect(await shop.page()).toContain('taking in 0 of 460');
    await dovecot.signalImap('SIGKILL');
    await shop.says(trouble);
    await deliver('during');
    await release();
    await shop.holds([...words, 'during']);
    await shop.says(well);
  });

  test('mail expunged during a fetch', async () => {
    const shop = await openShop();
    const words = many('waiting', 460);
    await drop(words);
    const release = await shop.holdStoring();
    await shop.start();
    await shop.says({ taking: { done: 0, total: 460 } });
    await expunge(60);
    await deliver('during');
    await release();
    // Two groups were handed over before: one waits to be stored, and the other behind it.
    await shop.holds([...words.slice(0, 400), 'during']);
    await shop.says({ ...well, waiting: 0 });
  });

  test('a connection that is half open', async () => {
    const shop = await openShop();
    await deliver('before');
    await shop.start({ imap: { idleSeconds: 0.2, answerSeconds: 1 } });
    await shop.holds(['before']);
    await shop.says(well);
    const troubles = await shop.noteTroubles();
    await dovecot.signalImap('SIGSTOP');
    await deliver('during');
    await shop.holds(['before', 'during']);
    await shop.says(well);
    await deliver('after');
    await shop.holds(['before', 'during', 'after']);
    expect((await troubles())[0]).toContain('no sign of life for 1 s');
    await dovecot.signalImap('SIGKILL');
  });

  test('a mailbox made anew', async () => {
    const shop = await openShop();
    await drop(many('old', 60));
    await shop.start();
    await shop.holds(many('old', 60));
    const troubles = await shop.noteTroubles();
    await dovecot.recreateMailbox(user);
    await deliver('after');
    await shop.holds([...many('old', 60), 'after']);
    await shop.says(well);
    expect((await troubles())[0]).toContain('the connection was lost');
  });

  test('a refused password is an alarm at once', async () => {
    const shop = await openShop();
    await shop.start({ password: 'wrong' });
    const told = await shop.says({ ...trouble, error: 'imap_credentials', alarm: true });
    // Tried again too soon, an account gets locked.
    expect(Date.parse(told.nextTryAt ?? '') - Date.parse(told.since ?? '')).toBeGreaterThan(
      200_000,
    );
    expect([await shop.status(), await shop.status('?mail')]).toEqual([200, 503]);
    for (const place of ['/queue/approve', '/queue/sent', '/mailboxes'])
      expect(await shop.page(place)).toMatch(/role="alert">\s*<p class="alarm">[\s\S]*refuses/);
    await shop.stop();
    await shop.start();
    await shop.says(well);
    expect(await shop.status('?mail')).toBe(200);
    expect(await shop.page()).not.toContain('class="alarm"');
  });

  test('silence becomes an alarm on every page', async () => {
    const shop = await openShop();
    await shop.start();
    await shop.says(well);
    await dovecot.stop({ kill: true });
    await shop.says({ ...trouble, alarm: false });
    await shop.db
      .updateTable('mailbox')
      .set({ contacted_at: new Date(Date.now() - 16 * 60_000) })
      .execute();
    await shop.says({ ...trouble, alarm: true });
    expect(await shop.page()).toContain('class="alarm"');
    await dovecot.restart();
    // A person need not wait for the next try.
    expect(await shop.check()).toBe(303);
    await shop.says(well);
  });

  test('hundreds of mails waiting, a restart among them, with progress told', async () => {
    const shop = await openShop();
    const words = many('waiting', 600);
    await drop(words);
    await shop.start();
    await shop.counts(100);
    await shop.stop();
    await deliver('during');
    await shop.start();
    await shop.holds([...words, 'during']);
    await shop.says(well);
    const [first] = shop.takings;
    expect(first).toEqual({ mailbox: 'support', done: 0, total: 600 });
    const last = shop.takings.at(-1);
    expect(last?.done).toBe(last?.total);
  });

  test('only new mail at first, and older mail when asked for it later', async () => {
    const shop = await openShop();
    await drop(many('old', 3));
    await shop.start({ imap: { firstScan: 'new' } });
    await shop.says(well);
    await deliver('new');
    await shop.holds(['new']);
    await shop.stop();
    await shop.start({ imap: { firstScan: 'new' } }, new Date(Date.now() - 60_000));
    await shop.holds([...many('old', 3), 'new']);
    await shop.says(well);
    expect(await shop.db.selectFrom('mailbox').select('wished_since').execute()).toEqual([
      { wished_since: null },
    ]);
  });
});
