/** A mailbox that logs in by OAuth, through the real program: connected, renewed, taken back, connected again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { openTestDatabase } from '../support/database.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { customerMail } from '../support/mail-texts.ts';
import { type OAuthDouble, startOAuthDouble } from '../support/oauth-double.ts';
import {
  makeProductFolder,
  type Product,
  removeProductFolder,
  startProduct,
} from '../support/product.ts';
import { requirement } from '../support/requirements.ts';
import { type SmtpDouble, startSmtpDouble } from '../support/smtp-double.ts';
import { patience } from './desk.ts';
import { approve, logIn } from './http-desk.ts';

const { available } = await requirement('dovecot');
const main = path.resolve(import.meta.dirname, '../../src/main.ts');
const address = 'support@example.test';

/** Grants access as a person does: opens the printed link, and is sent back to this machine. */
async function connect(folder: string): Promise<void> {
  const words = ['connect', 'generic', '--json', '--no-browser', '--timeout', '60'];
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(process.execPath, [main, ...words], { cwd: folder, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exited = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => Promise.reject(new Error(errors))),
  ]);
  const page = await fetch(JSON.parse(line).link);
  expect(await page.text()).toContain('has been granted access');
  expect(await exited).toEqual([0, null]);
}

describe.skipIf(!available)('OAuth', () => {
  let oauth: OAuthDouble;
  let dovecot: DovecotServer;
  let smtp: SmtpDouble;
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let folder: string;
  let product: Product;
  let serial = 0;
  let cookie: string | null = null;

  beforeAll(async () => {
    oauth = await startOAuthDouble();
    const [mail, server, own, made] = await Promise.all([
      startDovecot({ introspectionUrl: oauth.introspectionUrl }),
      startSmtpDouble({ accepts: (user, token) => oauth.accepts(user, token) }),
      openTestDatabase(),
      makeProductFolder(),
    ]);
    if (mail === null) throw new Error('Dovecot was there a moment ago');
    [dovecot, smtp, database, folder] = [mail, server, own, made];
    const config = {
      shop: { name: 'Example Shop' },
      mailboxes: [
        {
          name: 'support',
          address,
          oauth: oauth.settings,
          imap: {
            host: '127.0.0.1',
            port: dovecot.ports.imap,
            security: 'none',
            auth: 'oauth',
            firstScan: 'all',
          },
          smtp: { host: '127.0.0.1', port: smtp.port, security: 'none' },
          saveSent: false,
        },
      ],
      desk: { undoSeconds: 0 },
    };
    const env = { DATABASE_URL: database.url };
    await writeFile(path.join(folder, '.env'), `DATABASE_URL='${database.url}'\n`);
    await writeFile(path.join(folder, 'replywright.yaml'), stringify(config));
    product = await startProduct({ folder, config, env });
  });
  afterAll(async () => {
    await product?.kill9();
    await Promise.all([oauth?.close(), dovecot?.close(), smtp?.close(), database?.drop()]);
    if (folder) await removeProductFolder(folder);
  });
  afterEach(async () => expect(await subjects()).toEqual(received));

  const received: string[] = [];
  async function receive(): Promise<string> {
    serial += 1;
    const subject = `Mail ${serial}`;
    received.push(subject);
    const id = `<${serial}@customer.test>`;
    await dovecot.deliver(customerMail({ id, subject, text: 'Where is it?' }), address);
    return subject;
  }
  const subjects = async () => {
    const rows = await database.db
      .selectFrom('message')
      .select('subject')
      .where('direction', '=', 'inbound')
      .where('state', '!=', 'stored')
      .orderBy('id')
      .execute();
    return rows.map(({ subject }) => subject);
  };
  const arrived = () =>
    vi.waitFor(async () => expect(await subjects()).toEqual(received), patience);
  const trouble = async () => {
    const row = await database.db
      .selectFrom('mailbox')
      .select('error_code')
      .executeTakeFirstOrThrow();
    return row.error_code;
  };
  /** What the program says to whatever watches it. */
  const health = async () => {
    const told = (await (await fetch(`${product.url}/healthz`)).json()) as {
      mailboxes: { ok: boolean }[];
    };
    return told.mailboxes.map(({ ok }) => ok);
  };
  const inTrouble = (code: string) =>
    vi.waitFor(async () => expect(await trouble()).toBe(code), patience);
  const wellAgain = () => vi.waitFor(async () => expect(await health()).toEqual([true]), patience);

  test('before it is connected, health says so; then mail comes in without a restart', async () => {
    await inTrouble('oauth_missing');
    expect(await health()).toEqual([false]);
    await receive();
    await connect(folder);
    await arrived();
    await wellAgain();
  });

  test('a token that ends while the program runs is renewed, and every mail comes once', async () => {
    const before = oauth.refreshes;
    oauth.expire();
    await receive();
    await arrived();
    // The session lives on; the next login is refused.
    await dovecot.signalImap('SIGKILL');
    await receive();
    await receive();
    await arrived();
    expect(oauth.refreshes).toBe(before + 1);
    await wellAgain();
  });

  /** Approves the reply to any mail that has none. */
  async function approveOne(): Promise<void> {
    const drafts = database.db
      .selectFrom('draft')
      .select(['id', 'message_id as messageId', 'reply', 'state'])
      .where('state', 'in', ['ready', 'needs_person']);
    const draft = await vi.waitFor(() => drafts.executeTakeFirstOrThrow(), patience);
    cookie ??= await logIn(product);
    const shown = { ...draft, reply: draft.reply ?? '' };
    expect(await approve(product, cookie, shown, 'It is on its way.')).toBe(303);
  }
  const delivered = (...expected: object[]) =>
    vi.waitFor(async () => {
      const rows = database.db.selectFrom('delivery').select(['state', 'attempt', 'answer']);
      expect(await rows.orderBy('id').execute()).toMatchObject(expected);
    }, patience);

  test('an approved reply goes out with a token that was renewed for it', async () => {
    oauth.expire();
    await approveOne();
    expect(await smtp.waitForAccepted(1)).toHaveLength(1);
    await delivered({ state: 'sent', attempt: 1 });
  });

  test('access that was taken back is told; granted again, what waited comes once', async () => {
    oauth.revoke();
    await dovecot.signalImap('SIGKILL');
    await inTrouble('oauth_expired');
    expect(await health()).toEqual([false]);
    await receive();
    await approveOne();
    const answer = expect.stringContaining('has expired or was taken back');
    await delivered({ state: 'sent' }, { state: 'queued', answer });
    const before = oauth.refreshes;
    await connect(folder);
    await arrived();
    await wellAgain();
    await sql`update pgboss.job set start_after = now() where state = 'created'`.execute(
      database.db,
    );
    await delivered({ state: 'sent' }, { state: 'sent' });
    expect(smtp.accepted).toHaveLength(2);
    // A grant that is over is not asked for again and again.
    expect(oauth.refreshes).toBe(before);
  });
});
