/** Trying IMAP settings, and the copy in the Sent folder, against a real Dovecot. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkImap } from '../../src/mail/check-imap.ts';
import { isInSent, saveToSent } from '../../src/mail/sent-copy.ts';
import type { ImapSettings } from '../../src/mail/watched.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { freePorts } from '../support/free-port.ts';
import { requirement } from '../support/requirements.ts';

const { available } = await requirement('dovecot');

const users = Array.from({ length: 20 }, (_, n) => `user${n}@example.test`);
let serial = 0;

describe.skipIf(!available)('IMAP', () => {
  let dovecot: DovecotServer;
  let user: string;

  beforeAll(async () => {
    // All users from the start: Dovecot reads them again only once a second.
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

  describe('checkImap', () => {
    it('tells what is there', async () => {
      await dovecot.append('Subject: one\r\n\r\none\r\n', user);
      expect(await checkImap(settings())).toMatchObject({
        folder: 'INBOX',
        messages: 1,
        sentFolder: 'Sent',
        idle: true,
      });
      expect(await checkImap(settings({ sentFolder: 'Nowhere' }))).toMatchObject({
        sentFolder: null,
      });
    });

    it('names a wrong password', async () => {
      await expect(checkImap(settings({ password: 'wrong' }))).rejects.toMatchObject({
        code: 'imap_credentials',
      });
    });

    it('names a missing folder and those there are', async () => {
      await expect(checkImap(settings({ folder: 'Orders' }))).rejects.toMatchObject({
        code: 'imap_no_folder',
        mend: expect.stringContaining('INBOX'),
      });
    });

    it('names a port where nothing listens, and a host that is none', async () => {
      const [port = 0] = await freePorts(1);
      await expect(checkImap(settings({ port }))).rejects.toMatchObject({
        code: 'imap_unreachable',
        message: expect.stringContaining(`nothing listens on port ${port}`),
      });
      await expect(checkImap(settings({ host: 'nowhere.invalid' }))).rejects.toMatchObject({
        code: 'imap_unreachable',
      });
    });

    it('names TLS spoken to a port without it', async () => {
      await expect(checkImap(settings({ security: 'tls' }))).rejects.toMatchObject({
        code: 'imap_unreachable',
        message: expect.stringContaining('TLS'),
      });
    });

    it.each(['tls', 'starttls'] as const)(
      'refuses an untrusted certificate (%s), takes it when named',
      async (security) => {
        const secure = settings({
          security,
          port: security === 'tls' ? dovecot.ports.imaps : dovecot.ports.imap,
        });
        await expect(checkImap(secure)).rejects.toMatchObject({ code: 'imap_certificate' });
        await expect(checkImap({ ...secure, caFile: dovecot.certificate })).resolves.toMatchObject({
          messages: 0,
        });
      },
    );
  });

  it('finds in the Sent folder what stands there, and nothing where there is none', async () => {
    const id = '<rw.1@shop.example>';
    expect(await isInSent(settings(), id)).toBe(false);
    const kept = `X-Kept: yes\r\nMessage-Id: ${id}\r\nSubject: x\r\n\r\nhello\r\n`;
    await dovecot.append(Buffer.from(kept), user, 'Sent');
    expect(await isInSent(settings(), id)).toBe(true);
    expect(await isInSent(settings(), '<rw.2@shop.example>')).toBe(false);
    expect(await isInSent(settings({ sentFolder: 'Gone' }), id)).toBe(false);
  });

  describe('saveToSent', () => {
    const sent = {
      messageId: '<rw.1@shop.example>',
      bytes: Buffer.from('Message-ID: <rw.1@shop.example>\r\nSubject: x\r\n\r\nhello\r\n'),
    };

    it('saves a copy once, as read', async () => {
      expect(await saveToSent(settings(), sent)).toBe('saved');
      expect(await saveToSent(settings(), sent)).toBe('already there');
      const copies = await dovecot.messages(user, 'Sent');
      expect(copies.map((copy) => copy.raw.toString())).toEqual([sent.bytes.toString()]);
      expect(copies[0]?.flags).toContain('\\Seen');
    });

    it('uses the configured folder, and names one that is not there', async () => {
      expect(await saveToSent(settings({ sentFolder: 'Archive' }), sent)).toBe('saved');
      expect(await dovecot.messages(user, 'Archive')).toHaveLength(1);
      await expect(saveToSent(settings({ sentFolder: 'Gone' }), sent)).rejects.toMatchObject({
        code: 'imap_no_folder',
      });
    });
  });
});
