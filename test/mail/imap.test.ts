/** IMAP against a real Dovecot: nothing lost, nothing twice, every failure named. */

import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openLog } from '../../src/log.ts';
import { openSource } from '../../src/mail/source.ts';
import type { ImapSettings, Mark, Store } from '../../src/mail/watched.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { freePorts } from '../support/free-port.ts';
import { requirement } from '../support/requirements.ts';

const log = openLog('silent');
const { available } = await requirement('dovecot');

const users = Array.from({ length: 40 }, (_, n) => `user${n}@example.test`);
let serial = 0;
const mailText = (text: string) =>
  `From: ann@c.example\r\nMessage-ID: <${text}@c.example>\r\nSubject: ${text}\r\n\r\n${text}\r\n`;

describe.skipIf(!available)('IMAP', () => {
  let dovecot: DovecotServer;
  let user: string;

  beforeAll(async () => {
    // All of them from the start: Dovecot reads its users again only once a second.
    const server = await startDovecot({ users });
    if (server === null) throw new Error('Dovecot was there a moment ago');
    dovecot = server;
  });
  afterAll(() => dovecot.close());
  // A fresh mailbox for every test.
  beforeEach(() => {
    user = users[serial] ?? '';
    serial += 1;
  });

  const settings = (change: Partial<ImapSettings> = {}): ImapSettings => ({
    host: '127.0.0.1',
    port: dovecot.ports.imap,
    security: 'none',
    user,
    password: 'secret',
    folder: 'INBOX',
    sentFolder: null,
    caFile: null,
    pollSeconds: 60,
    ...change,
  });

  const append = (...texts: string[]) =>
    texts.reduce(
      (before, text) => before.then(() => dovecot.append(mailText(text), user)),
      Promise.resolve(),
    );

  /** Removes a mail for good, as another mail program would. */
  async function expunge(uid: number): Promise<void> {
    const other = new ImapFlow({
      host: '127.0.0.1',
      port: dovecot.ports.imap,
      secure: false,
      doSTARTTLS: false,
      auth: { user, pass: 'secret' },
      logger: false,
    });
    await other.connect();
    await other.mailboxOpen('INBOX');
    await other.messageDelete(String(uid), { uid: true });
    await other.logout();
  }

  /** A source, and what a careful owner of it keeps: the mails and the mark. */
  function open(change: Partial<ImapSettings> = {}) {
    const source = openSource({ kind: 'imap', imap: settings(change) }, log);
    onTestFinished(() => source.close());
    const stored: string[] = [];
    const state: { mark: Mark | null } = { mark: null };
    const store: Store = async ({ raw, place }) => {
      stored.push(/Subject: (.*)\r/.exec(raw.toString())?.[1] ?? '');
      if (place !== null) state.mark = place;
    };
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
  }

  it('takes the exact bytes of every mail once, oldest first, and leaves flags alone', async () => {
    await append('one', 'two');
    const { source, scan, stored, state } = open();
    const raws: Buffer[] = [];
    await source.scan(null, async ({ raw, receivedAt }) => {
      raws.push(raw);
      expect(receivedAt).toBeInstanceOf(Date);
    });
    expect(raws.map(String)).toEqual([mailText('one'), mailText('two')]);
    expect(await scan()).toMatchObject({ stored: 2, waiting: 0, renumbered: false });
    expect(stored).toEqual(['one', 'two']);
    expect(await scan()).toMatchObject({ stored: 0 });
    await append('three');
    expect(await scan()).toMatchObject({ stored: 1, mark: state.mark });
    expect(stored).toEqual(['one', 'two', 'three']);
    for (const mail of await dovecot.messages(user)) expect(mail.flags).not.toContain('\\Seen');
  });

  it('takes only mail from now on when asked, and says from where', async () => {
    await append('old');
    const { scan, stored } = open({ firstScan: 'new' });
    expect(await scan()).toMatchObject({ stored: 0, mark: { uid: 1 } });
    await append('new');
    expect(await scan()).toMatchObject({ stored: 1 });
    expect(stored).toEqual(['new']);
  });

  it('reads an empty mailbox', async () => {
    const { scan } = open();
    expect(await scan()).toMatchObject({ stored: 0, mark: { uid: 0 } });
  });

  it('hands a mail over again when storing it failed, and nothing beyond it', async () => {
    await append('one', 'two', 'three');
    const { source, scan, stored, state, store } = open();
    const failure = new Error('no database');
    const failing: Store = async (mail) => {
      if (stored.length === 1) throw failure;
      await store(mail);
    };
    await expect(source.scan(null, failing)).rejects.toBe(failure);
    expect(state.mark?.uid).toBe(1);
    await scan();
    expect(stored).toEqual(['one', 'two', 'three']);
  });

  it('fetches more than a batch, in order', async () => {
    const texts = Array.from({ length: 130 }, (_, n) => `mail-${n}`);
    await append(...texts);
    const { scan, stored } = open();
    expect(await scan()).toMatchObject({ stored: 130 });
    expect(stored).toEqual(texts);
  });

  it('bounds a mail that is too large', async () => {
    await dovecot.append(`${mailText('large')}${'x'.repeat(5000)}`, user);
    const { source } = open({ maxBytes: 1000 });
    const sizes: number[] = [];
    await source.scan(null, async ({ raw }) => void sizes.push(raw.length));
    expect(sizes).toEqual([1000]);
  });

  it('tells of new mail at once', async () => {
    const { scan, hint, stored } = open();
    await scan();
    const told = hint();
    await dovecot.deliver(mailText('pushed'), user);
    await told;
    await scan();
    expect(stored).toEqual(['pushed']);
  });

  it('passes over a mail that is expunged between listing and fetching', async () => {
    await append('one');
    // So large that what follows is fetched in a later batch.
    await dovecot.append(`${mailText('large')}${'x'.repeat(9_000_000)}`, user);
    await append('three', 'four');
    const { source, stored, store } = open();
    const expunging: Store = async (mail) => {
      await store(mail);
      if (mail.place?.uid === 1) await expunge(3);
    };
    expect(await source.scan(null, expunging)).toMatchObject({ stored: 3, mark: { uid: 4 } });
    expect(stored).toEqual(['one', 'large', 'four']);
  });

  it('hands all mail over again when the server numbers it anew', async () => {
    await append('one', 'two');
    const { scan, stored, state, hint } = open();
    await scan();
    const before = state.mark?.uidvalidity;
    const lost = hint();
    await dovecot.recreateMailbox(user);
    await lost;
    expect(await scan()).toMatchObject({ renumbered: true, stored: 2 });
    expect(state.mark?.uidvalidity).not.toBe(before);
    expect(stored).toEqual(['one', 'two', 'one', 'two']);
    expect(await scan()).toMatchObject({ renumbered: false, stored: 0 });
  });

  it('comes back after the server was killed in IDLE, and asks for a scan by itself', async () => {
    const { source, scan, stored, hint } = open();
    await scan();
    const again = hint();
    await dovecot.signalImap('SIGKILL');
    await append('meanwhile');
    await again;
    await scan();
    expect(stored).toEqual(['meanwhile']);
    await source.close();
  });

  it('rejects, and does not report "no mail", when the server dies during a scan', async () => {
    await append('one', 'two', 'three');
    const { source, stored, store, scan, hint } = open();
    // Big enough that each mail is a batch of its own.
    await dovecot.append(`${mailText('large')}${'x'.repeat(9_000_000)}`, user);
    await append('last');
    const again = hint();
    const broken: Store = async (mail) => {
      await store(mail);
      if (stored.length === 3) await dovecot.signalImap('SIGKILL');
    };
    await expect(source.scan(null, broken)).rejects.toMatchObject({ code: 'imap_unreachable' });
    await again;
    await scan();
    expect(stored).toEqual(['one', 'two', 'three', 'large', 'last']);
  });

  it('ends a scan when it is closed', async () => {
    await append('one', 'two');
    const { source, stored, store } = open();
    const closing: Store = async (mail) => {
      await store(mail);
      await source.close();
    };
    await expect(source.scan(null, closing)).rejects.toMatchObject({ code: 'imap_unreachable' });
    expect(stored).toEqual(['one']);
    await expect(source.scan(null, store)).rejects.toMatchObject({ code: 'imap_unreachable' });
  });

  it('waits before it tries again, and says how long', async () => {
    const [port = 0] = await freePorts(1);
    const { source, store } = open({ port });
    await expect(source.scan(null, store)).rejects.toMatchObject({ code: 'imap_unreachable' });
    const second = await source.scan(null, store).catch((error: unknown) => error);
    expect(second).toMatchObject({ code: 'imap_unreachable', retryAfterMs: expect.any(Number) });
    expect((second as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(1200);
  });
});
