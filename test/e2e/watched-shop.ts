/** The program taking mail in from a real Dovecot, in this process: what it stored and what it says of itself. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, onTestFinished, vi } from 'vitest';
import { stringify } from 'yaml';
import { type RunningApp, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import type { Taking } from '../../src/pipeline/mailbox-notes.ts';
import { openTestDatabase } from '../support/database.ts';
import type { DovecotServer } from '../support/dovecot.ts';
import { customerMail } from '../support/mail-texts.ts';
import { silentLog } from '../support/parts.ts';
import { makeProductFolder, removeProductFolder } from '../support/product.ts';
import { logIn } from './http-desk.ts';

const patience = { timeout: 50_000, interval: 50 };

/** What /healthz says of a mailbox. */
export interface PublicHealth {
  state: string;
  alarm: boolean;
  error: string | null;
  since: string | null;
  nextTryAt: string | null;
  contactedAt: string | null;
  readAt: string | null;
  lagSeconds: number | null;
  waiting: number;
  taking: { done: number; total: number } | null;
}

/** A mail with this word as its text and Message-ID. */
export const mailOf = (word: string) =>
  customerMail({ id: `<${word}@customer.test>`, subject: word, text: word });

interface Options {
  imap?: Record<string, unknown>;
  password?: string;
}

async function settingsIn(folder: string, dovecot: DovecotServer, user: string, options: Options) {
  const imap = { host: '127.0.0.1', port: dovecot.ports.imap, security: 'none' };
  const quick = { idleSeconds: 0.5, answerSeconds: 2, firstScan: 'all' };
  const mailbox = { name: 'support', address: user, pollSeconds: 60, outbox: './outbox' };
  const settings = {
    shop: { name: 'Example Shop' },
    mailboxes: [{ ...mailbox, imap: { ...imap, ...quick, ...options.imap } }],
  };
  await writeFile(path.join(folder, 'replywright.yaml'), stringify(settings));
}

type Database = Awaited<ReturnType<typeof openTestDatabase>>;

/** What is in the database, and how to keep mail out of it. */
function storedMail({ db, url }: Database) {
  async function words(): Promise<string[]> {
    const rows = await db.selectFrom('message').select('raw').execute();
    return rows.map(({ raw }) => /Message-ID: <(.*)@/.exec(raw.toString())?.[1] ?? '').sort();
  }
  /** Waits until so many mails are stored. */
  const counts = (least: number) =>
    vi.waitFor(async () => {
      const { count } = db.fn;
      const row = await db.selectFrom('message').select(count('id').as('n')).executeTakeFirst();
      expect(Number(row?.n)).toBeGreaterThanOrEqual(least);
    }, patience);
  return {
    counts,
    /** Waits until these mails are stored, and no other, each of them once. */
    async holds(wanted: readonly string[]): Promise<void> {
      await counts(wanted.length);
      expect(await words()).toEqual([...wanted].sort());
    },
    /** Notes every trouble from now on, even one that is over before anybody looks. @returns their words */
    async noteTroubles(): Promise<() => Promise<string[]>> {
      await sql`create table noted (text text)`.execute(db);
      await sql`create function note() returns trigger language plpgsql as
        'begin insert into noted values (new.error_text); return new; end'`.execute(db);
      await sql`create trigger note after update on mailbox for each row
        when (new.error_text is not null) execute function note()`.execute(db);
      return async () =>
        (await sql<{ text: string }>`select text from noted`.execute(db)).rows.map(
          (row) => row.text,
        );
    },
    /** Stops every mail on its way into the database, in the middle of a scan, until released. */
    async holdStoring(): Promise<() => Promise<void>> {
      const client = new pg.Client({ connectionString: url });
      // A test that failed before the release drops the database under it.
      client.on('error', () => {});
      await client.connect();
      await client.query('begin; lock table message in share mode');
      return () => client.end();
    },
  };
}

/** What the desk at this address tells, and what can be done there. */
function deskAt(at: () => { url: string; cookie: string }) {
  async function health(): Promise<PublicHealth> {
    const answer = (await (await fetch(`${at().url}/healthz`)).json()) as {
      mailboxes: PublicHealth[];
    };
    const [first] = answer.mailboxes;
    if (first === undefined) throw new Error('/healthz knows no mailbox.');
    return first;
  }
  return {
    /** Waits until /healthz says this of the mailbox. */
    says: (wanted: object) =>
      vi.waitFor(async () => {
        const found = await health();
        expect(found).toMatchObject(wanted);
        return found;
      }, patience),
    status: async (query = '') => (await fetch(`${at().url}/healthz${query}`)).status,
    page: async (place = '/queue/approve') =>
      await (await fetch(`${at().url}${place}`, { headers: { cookie: at().cookie } })).text(),
    /** Presses "Check now". */
    async check(): Promise<number> {
      const { url, cookie } = at();
      const headers = { cookie, origin: url };
      const form = { method: 'POST', redirect: 'manual', headers } as const;
      return (await fetch(`${url}/mailboxes/1/check`, form)).status;
    },
  };
}

/** Opens a shop on the user's mailbox; nothing runs yet, and everything ends with the test. */
export async function openWatchedShop(dovecot: DovecotServer, user: string) {
  const database = await openTestDatabase();
  onTestFinished(() => database.drop());
  const folder = await makeProductFolder();
  onTestFinished(() => removeProductFolder(folder));
  let app: RunningApp | null = null;
  let cookie = '';
  const takings: Taking[] = [];
  const stop = async () => {
    await app?.stop();
    app = null;
  };
  onTestFinished(stop);
  return {
    ...{ db: database.db, takings, stop },
    ...storedMail(database),
    ...deskAt(() => ({ url: app?.url ?? '', cookie })),
    async start(options: Options = {}, since: Date | null = null): Promise<void> {
      await settingsIn(folder, dovecot, user, options);
      const password = options.password ?? 'secret';
      const env = { DATABASE_URL: database.url, REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: password };
      const config = loadConfig({ cwd: folder, env });
      // The system gives a free port.
      const desk = { ...config.desk, port: 0 };
      const onTaking = (taking: Taking) => void takings.push(taking);
      const rest = { roles: ['poll', 'web'] as const, log: silentLog, version: '1.2.3' };
      app = await startApp({ ...config, desk }, { ...rest, since, onTaking });
      cookie = await logIn({ url: app.url ?? '', loginLink: app.loginLink ?? '' });
    },
  };
}

export type WatchedShop = Awaited<ReturnType<typeof openWatchedShop>>;
