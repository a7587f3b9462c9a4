/** Checks the private Dovecot with imapflow: delivery, crash, UIDVALIDITY change, half-open connections. */
import { readFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DovecotServer, startDovecot } from './dovecot.ts';
import { requirement } from './requirements.ts';

const dovecot = await requirement('dovecot');
const USER = 'support@example.test';

describe.skipIf(!dovecot.available)('private Dovecot', () => {
  let server: DovecotServer;

  beforeAll(async () => {
    const started = await startDovecot();
    if (started === null) throw new Error('Dovecot is missing');
    server = started;
  });

  afterAll(() => server.close());

  async function connect(user = USER, pass = 'secret'): Promise<ImapFlow> {
    const tls = { ca: readFileSync(server.certificate, 'utf8') };
    const client = new ImapFlow({
      host: 'localhost',
      port: server.ports.imaps,
      secure: true,
      tls,
      auth: { user, pass },
      logger: false,
    });
    client.on('error', () => client.close());
    await client.connect();
    return client;
  }

  async function uidValidity(): Promise<bigint> {
    const client = await connect();
    const status = await client.status('INBOX', { uidValidity: true });
    await client.logout();
    return status === false ? 0n : (status.uidValidity ?? 0n);
  }

  it('delivers by LMTP and appends exact bytes', async () => {
    await server.addUser('new@example.test', 'other');
    await server.deliver('Subject: one\r\n\r\nbody\r\n', 'new@example.test');
    await server.append('Subject: two\r\n\r\nexact\r\n', 'new@example.test', 'Sent', ['\\Seen']);
    const [inbox] = await server.messages('new@example.test');
    expect(inbox?.raw.toString()).toMatch(/^Return-Path: [\s\S]*Subject: one\r\n\r\nbody\r\n$/);
    const [sent] = await server.messages('new@example.test', 'Sent');
    expect(sent?.raw.toString()).toBe('Subject: two\r\n\r\nexact\r\n');
    expect(sent?.flags.has('\\Seen')).toBe(true);
    await expect(server.deliver('x', 'nobody@example.test')).rejects.toMatchObject({
      responseCode: 550,
    });
  });

  it('refuses a wrong password with AUTHENTICATIONFAILED', async () => {
    await expect(connect(USER, 'wrong')).rejects.toMatchObject({
      serverResponseCode: 'AUTHENTICATIONFAILED',
    });
  });

  it('keeps the mails through a kill and a restart', async () => {
    await server.deliver('Subject: kept\r\n\r\nx\r\n', USER);
    const client = await connect();
    const closed = new Promise((resolve) => client.once('close', resolve));
    await server.stop({ kill: true });
    await closed;
    await server.restart();
    expect(await server.messages(USER)).toHaveLength(1);
  });

  it('changes UIDVALIDITY and keeps the mails', async () => {
    const before = await uidValidity();
    await server.recreateMailbox(USER);
    expect(await uidValidity()).not.toBe(before);
    expect(await server.messages(USER)).toHaveLength(1);
  });

  it('stops and continues the process of a session', async () => {
    const client = await connect();
    await client.mailboxOpen('INBOX');
    expect(await server.signalImap('SIGSTOP')).toBe(1);
    let answered = false;
    const noop = client.noop().then(() => {
      answered = true;
    });
    await server.deliver('Subject: meanwhile\r\n\r\nx\r\n', 'customer@example.test');
    expect(answered).toBe(false);
    await server.signalImap('SIGCONT');
    await noop;
    await client.logout();
  });
});
