/** Settings that change while the program runs: mailboxes come and go, mistakes change nothing. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { openTestDatabase } from '../support/database.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { customerMail } from '../support/mail-texts.ts';
import {
  makeProductFolder,
  type Product,
  removeProductFolder,
  startProduct,
} from '../support/product.ts';
import { requirement } from '../support/requirements.ts';
import { patience } from './desk.ts';
import { approve, logIn } from './http-desk.ts';

const { available } = await requirement('dovecot');
const address = 'support@example.test';

interface Told {
  settings: string;
  mailboxes: { name: string; ok: boolean }[];
}

describe.skipIf(!available)('changed settings', () => {
  let dovecot: DovecotServer;
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let folder: string;
  let product: Product;

  const ofFolder = (name: string, more: object = {}) => ({
    name,
    address: `${name}@example.test`,
    folder: name,
    outbox: `${name}-sent`,
    pollSeconds: 0.2,
    ...more,
  });
  const byImap = (more: object = {}) => ({
    name: 'support',
    address,
    imap: { host: '127.0.0.1', port: dovecot.ports.imap, security: 'none', firstScan: 'all' },
    outbox: 'support-sent',
    saveSent: false,
    ...more,
  });
  const settings = (...mailboxes: object[]) => ({
    shop: { name: 'Example Shop' },
    mailboxes,
    desk: { undoSeconds: 0 },
  });
  const file = () => path.join(folder, 'replywright.yaml');
  const change = (...mailboxes: object[]) => writeFile(file(), stringify(settings(...mailboxes)));
  const logged = (event: string) =>
    product
      .log()
      .split('\n')
      .filter((line) => line.includes(`"event":"${event}"`)).length;
  /** Does something, and waits until the program has said so. */
  async function and(event: string, work: () => Promise<unknown> | unknown): Promise<void> {
    const before = logged(event);
    await work();
    await vi.waitFor(() => expect(logged(event)).toBeGreaterThan(before), patience);
  }
  const health = async () => (await (await fetch(`${product.url}/healthz`)).json()) as Told;
  const watched = async () => (await health()).mailboxes.map(({ name }) => name);
  /** Puts a mail into a folder mailbox, or delivers it by LMTP. */
  async function receive(name: string, subject: string): Promise<void> {
    const mail = customerMail({ id: `<${subject}@customer.test>`, subject, text: 'Hello?' });
    if (name === 'support') return await dovecot.deliver(mail, address);
    // As a folder mailbox asks of writers: renamed into place when complete.
    const file = path.join(folder, name, `${subject}.eml`);
    await writeFile(`${file}.part`, mail);
    await rename(`${file}.part`, file);
  }
  const subjects = async () => {
    const query = database.db.selectFrom('message').select('subject');
    const rows = await query.where('state', '=', 'answerable').orderBy('id').execute();
    return rows.map(({ subject }) => subject);
  };
  const arrived = (...expected: string[]) =>
    vi.waitFor(async () => expect(await subjects()).toEqual(expected), patience);
  const logins = () => dovecot.log.filter((line) => line.includes('Login: user=')).length;

  beforeAll(async () => {
    const [mail, own, made] = await Promise.all([
      startDovecot(),
      openTestDatabase(),
      makeProductFolder(),
    ]);
    if (mail === null) throw new Error('Dovecot was there a moment ago');
    [dovecot, database, folder] = [mail, own, made];
    for (const name of ['sales', 'press']) await mkdir(path.join(folder, name));
    const env = {
      DATABASE_URL: database.url,
      REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: 'secret',
      REPLYWRIGHT_HELP_IMAP_PASSWORD: 'secret',
    };
    product = await startProduct({ folder, config: settings(byImap()), env });
    await vi.waitFor(() => expect(logged('imap_connected')).toBe(1), patience);
  });
  afterAll(async () => {
    await product?.kill9();
    await Promise.all([dovecot?.close(), database?.drop()]);
    if (folder) await removeProductFolder(folder);
  });

  test('a new mailbox is watched, and the others do not notice', async () => {
    await and('settings_applied', () => change(byImap(), ofFolder('sales')));
    await receive('sales', 'one');
    await arrived('one');
    await receive('support', 'two');
    await arrived('one', 'two');
    expect(await watched()).toEqual(['sales', 'support']);
    expect(logins()).toBe(1);
  });

  test('a mailbox that changes its signature goes on; another folder is another watch', async () => {
    await and('settings_applied', () =>
      change(byImap({ signature: 'Kim' }), ofFolder('sales', { folder: 'press' })),
    );
    expect(logins()).toBe(1);
    expect(logged('mailbox_changed')).toBe(2);
    await receive('press', 'three');
    await arrived('one', 'two', 'three');
  });

  test('a mistake changes nothing, is told, and is over with the next good file', async () => {
    await and('settings_not_applied', () => writeFile(file(), 'shop: {name: Shop}\nmailbox: []\n'));
    expect((await health()).settings).toBe('not applied');
    expect(await watched()).toEqual(['sales', 'support']);
    await receive('support', 'four');
    await arrived('one', 'two', 'three', 'four');
    await and('settings_applied', () => change(byImap(), ofFolder('sales')));
    expect((await health()).settings).toBe('ok');
    expect(logins()).toBe(1);
  });

  test('what only a start can change is named, and the rest is applied', async () => {
    const learning = { learnFromSent: true };
    const write = () =>
      writeFile(file(), stringify({ ...settings(byImap(), ofFolder('sales')), learning }));
    await and('settings_applied', () => and('settings_need_restart', write));
    expect((await health()).settings).toBe('not applied');
    await and('settings_applied', () => change(byImap(), ofFolder('sales')));
  });

  test('a mailbox that is gone is not watched; its mail stays and its replies wait', async () => {
    const { db } = database;
    const draft = await vi.waitFor(
      () =>
        db
          .selectFrom('draft')
          .innerJoin('message', 'message.id', 'draft.message_id')
          .select(['draft.id', 'message.id as messageId', 'draft.reply'])
          .where('message.subject', '=', 'one')
          .where('draft.state', 'in', ['ready', 'needs_person'])
          .executeTakeFirstOrThrow(),
      patience,
    );
    const cookie = await logIn(product);
    await and('settings_applied', () => change(byImap()));
    expect(await watched()).toEqual(['support']);
    const shown = { ...draft, reply: draft.reply ?? '' };
    expect(await approve(product, cookie, shown, 'It is on its way.')).toBe(303);
    const delivery = () =>
      db.selectFrom('delivery').select(['state', 'answer']).executeTakeFirstOrThrow();
    await vi.waitFor(
      async () =>
        expect(await delivery()).toMatchObject({
          state: 'held',
          answer: expect.stringContaining('no longer in the settings'),
        }),
      patience,
    );
    await receive('sales', 'five');
    await receive('support', 'six');
    await arrived('one', 'two', 'three', 'four', 'six');
    // A signal has the settings read again, whether or not a file has changed.
    await and('settings_asked_for', () => process.kill(product.pid, 'SIGHUP'));
    await and('settings_applied', () => change(byImap(), ofFolder('sales')));
    await arrived('one', 'two', 'three', 'four', 'six', 'five');
    await vi.waitFor(async () => expect((await delivery()).state).toBe('sent'), {
      ...patience,
      timeout: 120_000,
    });
    expect(logins()).toBe(1);
  }, 180_000);

  test('a mailbox under another name goes on where it was, and takes nothing twice', async () => {
    const before = await subjects();
    await and('settings_applied', () => change(byImap({ name: 'help' }), ofFolder('sales')));
    expect(await watched()).toEqual(['help', 'sales']);
    await receive('support', 'seven');
    await arrived(...before, 'seven');
  });

  test('with a mailbox taken away and the program stopped, everything ends in order', async () => {
    await and('mailbox_removed', () => change(byImap({ name: 'help' })));
    await product.stop();
  });
});
