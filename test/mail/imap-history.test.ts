/** Importing from a real Dovecot: what is of the past, from where it stopped. */

import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/log.ts';
import { openImapHistory, sentFolderOf } from '../../src/mail/imap-history.ts';
import type { ImapSettings, Mark } from '../../src/mail/watched.ts';
import { requirement } from '../support/requirements.ts';
import { imapMailboxes } from './imap-fixture.ts';

const { available } = await requirement('dovecot');
const log = openLog('silent');

describe.skipIf(!available)('an IMAP folder of the past', () => {
  const box = imapMailboxes();
  const settings = (change: Partial<ImapSettings> = {}): ImapSettings => ({
    ...{ host: '127.0.0.1', port: box.dovecot.ports.imap, security: 'none' as const },
    ...{ user: box.user, password: 'secret', folder: 'INBOX', sentFolder: null },
    ...{ caFile: null, pollSeconds: 60, ...change },
  });

  async function read(after: string | null = null, upTo: Mark | null = null) {
    const source = await openImapHistory(settings(), log, { since: null, upTo });
    const mails: { subject: string; position: string }[] = [];
    try {
      await source.read(after, async ({ raw, position }) => {
        mails.push({ subject: /Subject: (.*)\r/.exec(String(raw))?.[1] ?? '', position });
      });
    } finally {
      await source.close();
    }
    return { source, mails };
  }

  it('gives every mail, and goes on after a position', async () => {
    await box.append('one', 'two', 'three');
    const { source, mails } = await read();
    expect(source).toMatchObject({ total: 3, name: expect.stringContaining('INBOX') });
    expect(mails.map(({ subject }) => subject)).toEqual(['one', 'two', 'three']);
    expect((await read(mails[1]?.position)).mails).toEqual(mails.slice(2));
  });

  it('leaves to the watch over the folder what it has not seen yet', async () => {
    await box.append('old', 'new');
    const uidvalidity = Number((await read()).source.fingerprint);
    const { mails } = await read(null, { uidvalidity, uid: 1 });
    expect(mails.map(({ subject }) => subject)).toEqual(['old']);
  });

  it('passes through what the taker throws', async () => {
    await box.append('one');
    const source = await openImapHistory(settings(), log, { since: null, upTo: null });
    const full = new Error('disk full');
    await expect(source.read(null, () => Promise.reject(full))).rejects.toBe(full);
    await source.close();
  });

  it('knows the Sent folder, and a folder that is not there', async () => {
    expect(await sentFolderOf(settings())).toBe('Sent');
    const gone = openImapHistory(settings({ folder: 'Gone' }), log, { since: null, upTo: null });
    await expect(gone).rejects.toMatchObject({ code: 'imap_no_folder' });
  });
});
