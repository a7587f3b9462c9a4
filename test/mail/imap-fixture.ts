/** IMAP mailboxes on a real Dovecot, a fresh one for every test, and what other programs do to them. */

import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { openLog } from '../../src/log.ts';
import { openSource } from '../../src/mail/source.ts';
import type { ImapSettings, Mark } from '../../src/mail/watched.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { eachMail } from './each-mail.ts';

const log = openLog('silent');

const users = Array.from({ length: 40 }, (_, n) => `user${n}@example.test`);

/** A mail whose subject, text and Message-ID are this one word. */
export const mailText = (text: string) =>
  `From: ann@c.example\r\nMessage-ID: <${text}@c.example>\r\nSubject: ${text}\r\n\r\n${text}\r\n`;

/** Where the running test has its mailbox. */
interface Place {
  dovecot: DovecotServer;
  user: string;
}

/** What other mail programs do to the mailbox. */
function otherPrograms(at: () => Place) {
  const append = (...texts: string[]) =>
    texts.reduce(
      (before, text) => before.then(() => at().dovecot.append(mailText(text), at().user)),
      Promise.resolve(),
    );

  /** Does something to the mailbox as another mail program would. */
  async function elsewhere(work: (other: ImapFlow) => Promise<unknown>): Promise<void> {
    const other = new ImapFlow({
      host: '127.0.0.1',
      port: at().dovecot.ports.imap,
      secure: false,
      doSTARTTLS: false,
      auth: { user: at().user, pass: 'secret' },
      logger: false,
    });
    await other.connect();
    await other.mailboxOpen('INBOX');
    await work(other);
    await other.logout();
  }

  /** Removes a mail for good. */
  const expunge = (uid: number) =>
    elsewhere((other) => other.messageDelete(String(uid), { uid: true }));

  /** Puts a mail there that the server received so many minutes ago. */
  const appendOld = (text: string, minutes: number) =>
    elsewhere((other) =>
      other.append('INBOX', mailText(text), [], new Date(Date.now() - minutes * 60_000)),
    );

  return { append, appendOld, expunge };
}

/** Opens the mailbox as we do. */
function opener(at: () => Place) {
  const settings = (change: Partial<ImapSettings> = {}): ImapSettings => ({
    host: '127.0.0.1',
    port: at().dovecot.ports.imap,
    security: 'none',
    user: at().user,
    password: 'secret',
    folder: 'INBOX',
    sentFolder: null,
    caFile: null,
    pollSeconds: 60,
    ...change,
  });

  /** A source, and what a careful owner of it keeps: the mails and the mark. */
  return function open(change: Partial<ImapSettings> = {}) {
    const source = openSource({ kind: 'imap', imap: settings(change) }, log);
    onTestFinished(() => source.close());
    const stored: string[] = [];
    const state: { mark: Mark | null } = { mark: null };
    const store = eachMail(async ({ raw, place }) => {
      stored.push(/Subject: (.*)\r/.exec(raw.toString())?.[1] ?? '');
      if (place !== null) state.mark = place;
    });
    const scan = async () => {
      const report = await source.scan(state.mark, store);
      state.mark = report.mark;
      return report;
    };
    const hint = () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      source.onChange(resolve);
      return promise;
    };
    return { source, stored, state, scan, hint, store };
  };
}

/** Starts the server around the tests of a `describe`, and gives each test a mailbox of its own. */
export function imapMailboxes() {
  let dovecot: DovecotServer;
  let user: string;
  let serial = 0;

  beforeAll(async () => {
    // All of them from the start: Dovecot reads its users again only once a second.
    const server = await startDovecot({ users });
    if (server === null) throw new Error('Dovecot was there a moment ago');
    dovecot = server;
  });
  afterAll(() => dovecot.close());
  beforeEach(() => {
    user = users[serial] ?? '';
    serial += 1;
  });

  const at = (): Place => ({ dovecot, user });
  return {
    get dovecot() {
      return dovecot;
    },
    get user() {
      return user;
    },
    ...otherPrograms(at),
    open: opener(at),
  };
}
