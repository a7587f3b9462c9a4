/** The Sent folder of a real Dovecot, watched over the connection of the inbox. */

import { describe, expect, it } from 'vitest';
import type { Mark } from '../../src/mail/watched.ts';
import { requirement } from '../support/requirements.ts';
import { eachMail } from './each-mail.ts';
import { imapMailboxes, mailText } from './imap-fixture.ts';

const { available } = await requirement('dovecot');

describe.skipIf(!available)('the Sent folder', () => {
  const box = imapMailboxes();
  const send = (text: string) => box.dovecot.append(mailText(text), box.user, 'Sent', ['\\Seen']);

  /** A watch over both folders, with the marks that a careful owner keeps. */
  function watch(change: Parameters<typeof box.open>[0] = {}) {
    const opened = box.open(change);
    const sent: string[] = [];
    const state: { mark: Mark | null } = { mark: null };
    const scanSent = async () => {
      const store = eachMail(async ({ raw, place }) => {
        sent.push(/Subject: (.*)\r/.exec(raw.toString())?.[1] ?? '');
        if (place !== null) state.mark = place;
      });
      const report = await opened.source.scanSent(state.mark, store);
      state.mark = report?.mark ?? state.mark;
      return report;
    };
    return { ...opened, sent, scanSent };
  }

  it('is read from now on, each mail once', async () => {
    await send('before');
    const { scanSent, sent } = watch();
    expect(await scanSent()).toMatchObject({ stored: 0, mark: { uid: 1 } });
    await send('one');
    await send('two');
    expect(await scanSent()).toMatchObject({ stored: 2, renumbered: false });
    expect(await scanSent()).toMatchObject({ stored: 0, mark: { uid: 3 } });
    expect(sent).toEqual(['one', 'two']);
  });

  it('costs no second connection, and news of the inbox still comes', async () => {
    const { scan, scanSent, hint, stored, sent } = watch();
    await scan();
    await scanSent();
    await send('one');
    await scanSent();
    const news = hint();
    await box.append('inbox');
    await news;
    await scan();
    expect([stored, sent]).toEqual([['inbox'], ['one']]);
  });

  it('hides no mail that comes to the inbox meanwhile', async () => {
    const { source, scan, hint, stored } = watch();
    await scan();
    const first = await source.scanSent(null, async () => {});
    await send('one');
    const news = hint();
    await source.scanSent(first?.mark ?? null, () => box.append('meanwhile'));
    await news;
    await scan();
    expect(stored).toEqual(['meanwhile']);
  });

  it('asks for no look after the other where the newest mails were expunged', async () => {
    await box.append('one', 'two');
    await box.expunge(2);
    const { source, scan, scanSent } = watch();
    let hints = 0;
    source.onChange(() => {
      hints += 1;
    });
    await scan();
    await scanSent();
    await send('sent');
    await scanSent();
    expect(hints).toBe(0);
  });

  it('is the configured folder where one is named, and none where there is none', async () => {
    const named = watch({ sentFolder: 'Archive' });
    await named.scanSent();
    await box.dovecot.append(mailText('filed'), box.user, 'Archive');
    await named.scanSent();
    expect(named.sent).toEqual(['filed']);
    expect(await watch({ sentFolder: 'Gone' }).scanSent()).toBeNull();
  });

  it('is not the inbox itself', async () => {
    expect(await watch({ sentFolder: 'INBOX' }).scanSent()).toBeNull();
  });

  it('repeats a mail that could not be stored', async () => {
    const { source } = watch();
    const first = await source.scanSent(null, async () => {});
    await send('one');
    const mark = first?.mark ?? null;
    const full = new Error('disk full');
    await expect(source.scanSent(mark, () => Promise.reject(full))).rejects.toBe(full);
    expect(await source.scanSent(mark, async () => {})).toMatchObject({ stored: 1 });
  });
});
