/** IMAP against a real Dovecot: nothing lost, nothing twice, every failure named. */

import { describe, expect, it } from 'vitest';
import type { FetchedMail } from '../../src/domain/message.ts';
import type { Store } from '../../src/mail/watched.ts';
import { freePorts } from '../support/free-port.ts';
import { requirement } from '../support/requirements.ts';
import { eachMail } from './each-mail.ts';
import { imapMailboxes, mailText } from './imap-fixture.ts';

const { available } = await requirement('dovecot');

describe.skipIf(!available)('IMAP', () => {
  const box = imapMailboxes();
  const { append, expunge, open } = box;

  it('takes the exact bytes of every mail once, oldest first, and leaves flags alone', async () => {
    await append('one', 'two');
    const { source, scan, stored, state } = open();
    const raws: Buffer[] = [];
    const noting = eachMail(async ({ raw, receivedAt }) => {
      raws.push(raw);
      expect(receivedAt).toBeInstanceOf(Date);
    });
    await source.scan(null, noting);
    expect(raws.map(String)).toEqual([mailText('one'), mailText('two')]);
    expect(await scan()).toMatchObject({ stored: 2, waiting: 0, renumbered: false });
    expect(stored).toEqual(['one', 'two']);
    expect(await scan()).toMatchObject({ stored: 0 });
    await append('three');
    expect(await scan()).toMatchObject({ stored: 1, mark: state.mark });
    expect(stored).toEqual(['one', 'two', 'three']);
    for (const mail of await box.dovecot.messages(box.user))
      expect(mail.flags).not.toContain('\\Seen');
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
    const failing = eachMail(async (mail) => {
      if (stored.length === 1) throw failure;
      await store([mail]);
    });
    await expect(source.scan(null, failing)).rejects.toBe(failure);
    expect(state.mark?.uid).toBe(1);
    await scan();
    expect(stored).toEqual(['one', 'two', 'three']);
  });

  it('fetches more than a batch, in order', async () => {
    const texts = Array.from({ length: 130 }, (_, n) => `mail-${n}`);
    await box.dovecot.drop(texts.map(mailText), box.user);
    const { scan, stored } = open();
    expect(await scan()).toMatchObject({ stored: 130 });
    expect(stored).toEqual(texts);
  });

  it('fetches only the header of a mail that is too large, and says so', async () => {
    await append('before');
    await box.dovecot.append(`${mailText('large')}${'x'.repeat(5000)}`, box.user);
    await append('after');
    const { source } = open({ maxBytes: 1000 });
    const mails: FetchedMail[] = [];
    const report = await source.scan(
      null,
      eachMail(async (mail) => mails.push(mail)),
    );
    expect(report).toMatchObject({ stored: 3, mark: { uid: 3 } });
    expect(mails.map(({ cut }) => cut?.kept)).toEqual([undefined, 'header', undefined]);
    expect(mails[1]?.raw.toString()).toContain('Subject: large');
    expect(mails[1]?.raw.toString()).not.toContain('xxx');
    expect(mails[1]?.cut?.size).toBeGreaterThan(5000);
  });

  it('tells of new mail at once', async () => {
    const { scan, hint, stored } = open();
    await scan();
    const told = hint();
    await box.dovecot.deliver(mailText('pushed'), box.user);
    await told;
    await scan();
    expect(stored).toEqual(['pushed']);
  });

  it('passes over a mail that is expunged between listing and fetching', async () => {
    await append('one');
    // So large that each is a batch of its own, and the server tells of the expunge between them.
    for (const name of ['large', 'larger'])
      await box.dovecot.append(`${mailText(name)}${'x'.repeat(9_000_000)}`, box.user);
    await append('four', 'five');
    const { source, stored, store } = open();
    const expunging = eachMail(async (mail) => {
      await store([mail]);
      if (mail.place?.uid === 1) await expunge(4);
    });
    expect(await source.scan(null, expunging)).toMatchObject({ stored: 4, mark: { uid: 5 } });
    expect(stored).toEqual(['one', 'large', 'larger', 'five']);
  });

  it('holds no two large mails at a time', async () => {
    for (const name of ['large', 'larger'])
      await box.dovecot.append(`${mailText(name)}${'x'.repeat(9_000_000)}`, box.user);
    const { source, stored, store } = open();
    const expunging = eachMail(async (mail) => {
      await store([mail]);
      await expunge(2);
    });
    // Had the second one been fetched beside the first, it would be stored.
    expect(await source.scan(null, expunging)).toMatchObject({ stored: 1 });
    expect(stored).toEqual(['large']);
  });

  it('comes back after the server was killed in IDLE, and asks for a scan by itself', async () => {
    const { source, scan, stored, hint } = open();
    await scan();
    const again = hint();
    await box.dovecot.signalImap('SIGKILL');
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
    await box.dovecot.append(`${mailText('large')}${'x'.repeat(9_000_000)}`, box.user);
    await append('last');
    const again = hint();
    const broken: Store = async (mails) => {
      await store(mails);
      if (stored.length === 3) await box.dovecot.signalImap('SIGKILL');
    };
    await expect(source.scan(null, broken)).rejects.toMatchObject({ code: 'imap_unreachable' });
    await again;
    await scan();
    expect(stored).toEqual(['one', 'two', 'three', 'large', 'last']);
  });

  it('ends a scan when it is closed', async () => {
    await append('one');
    // Big enough that each mail is a batch of its own.
    await box.dovecot.append(`${mailText('large')}${'x'.repeat(9_000_000)}`, box.user);
    const { source, stored, store } = open();
    const closing: Store = async (mails) => {
      await store(mails);
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
