/** SMTP: what became of a mail, told apart at every phase against a scripted server. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLog } from '../../src/log.ts';
import { checkSmtp, openTransport, type SmtpSettings } from '../../src/mail/smtp.ts';
import { freePorts } from '../support/free-port.ts';
import {
  type SmtpAction,
  type SmtpDouble,
  type SmtpDoubleOptions,
  type SmtpPoint,
  startSmtpDouble,
} from '../support/smtp-double.ts';

const log = openLog('silent');

const settings = (port: number, change: Partial<SmtpSettings> = {}): SmtpSettings => ({
  host: '127.0.0.1',
  port,
  security: 'none',
  user: null,
  password: null,
  caFile: null,
  timeoutSeconds: 20,
  ...change,
});

const mail = (bytes = 'Subject: x\r\n\r\n.hello\r\n', to = ['ann@c.example']) => ({
  envelope: { from: 'support@shop.example', to },
  bytes: Buffer.from(bytes),
  messageId: '<rw.1@shop.example>',
});

const deliver = (server: SmtpDouble, change: Partial<SmtpSettings> = {}, outgoing = mail()) =>
  openTransport({ kind: 'smtp', smtp: settings(server.port, change) }, log).deliver(outgoing);

async function serve(options: SmtpDoubleOptions): Promise<SmtpDouble> {
  const server = await startSmtpDouble(options);
  onTestFinished(() => server.close());
  return server;
}

describe('deliver', () => {
  let server: SmtpDouble;
  beforeAll(async () => {
    server = await startSmtpDouble();
  });
  afterEach(() => {
    server.clearScript();
    server.release();
  });
  afterAll(() => server.close());

  it('sends the exact bytes once, to the envelope', async () => {
    const before = server.accepted.length;
    expect(await deliver(server)).toMatchObject({ outcome: 'sent', rejected: [] });
    expect(server.accepted).toHaveLength(before + 1);
    const accepted = server.accepted.at(-1);
    expect(accepted?.from).toBe('support@shop.example');
    expect(accepted?.to).toEqual(['ann@c.example']);
    expect(accepted?.raw.toString()).toBe('Subject: x\r\n\r\n.hello\r\n');
  });

  it('asks for SMTPUTF8 where an address needs it, and else does not', async () => {
    const outgoing = mail(undefined, ['jürgen@c.example']);
    expect(await deliver(server, {}, outgoing)).toMatchObject({ outcome: 'sent' });
    expect(server.accepted.at(-1)?.to).toEqual(['jürgen@c.example']);
    expect(server.commands.findLast((line) => line.startsWith('MAIL'))).toContain(' SMTPUTF8');
    await deliver(server);
    expect(server.commands.findLast((line) => line.startsWith('MAIL'))).not.toContain('SMTPUTF8');
  });

  it.each<[string, SmtpPoint, SmtpAction]>([
    ['takes it all the same', 'noop', 'drop'],
    ['refuses the sender', 'mail', { reply: 550 }],
    ['refuses the recipient', 'rcpt', { reply: 553 }],
  ])('says clearly that a server without SMTPUTF8 %s', async (_what, point, action) => {
    const before = server.accepted.length;
    server.script('ehlo', { reply: 250, text: 'localhost' });
    server.script(point, action);
    const outcome = await deliver(
      server,
      {},
      mail(undefined, ['ann@c.example', 'jürgen@c.example']),
    );
    expect(outcome).toMatchObject({ outcome: 'refused', permanent: true, code: null });
    expect(outcome).toHaveProperty('response', expect.stringContaining('jürgen@c.example'));
    expect(server.accepted).toHaveLength(before);
  });

  it('does not send what the server has said to be too large', async () => {
    const small = await serve({ maxSize: 100 });
    const outcome = await deliver(small, {}, mail(`Subject: x\r\n\r\n${'x'.repeat(200)}\r\n`));
    expect(outcome).toMatchObject({ outcome: 'refused', permanent: true, tooLarge: true });
  });

  it.each<[SmtpPoint, SmtpAction, object]>([
    ['connect', 'drop', { outcome: 'not_sent', error: { code: 'smtp_unreachable' } }],
    ['connect', 'reset', { outcome: 'not_sent', error: { code: 'smtp_unreachable' } }],
    ['banner', 'drop', { outcome: 'not_sent' }],
    ['banner', { reply: 421 }, { outcome: 'not_sent', error: { code: 'smtp_unreachable' } }],
    ['banner', { reply: 554 }, { outcome: 'not_sent', error: { code: 'smtp_unreachable' } }],
    ['ehlo', 'drop', { outcome: 'not_sent' }],
    ['mail', 'drop', { outcome: 'not_sent' }],
    ['mail', { reply: 451 }, { outcome: 'refused', permanent: false, code: 451 }],
    ['mail', { reply: 550 }, { outcome: 'refused', permanent: true, code: 550 }],
    ['mail', { reply: 530 }, { outcome: 'not_sent', error: { code: 'smtp_credentials' } }],
    ['rcpt', 'drop', { outcome: 'not_sent' }],
    ['rcpt', { reply: 450 }, { outcome: 'refused', permanent: false, code: 450 }],
    ['rcpt', { reply: 550 }, { outcome: 'refused', permanent: true, code: 550 }],
    ['rcpt', { reply: 421 }, { outcome: 'not_sent', error: { code: 'smtp_unreachable' } }],
    ['data', 'drop', { outcome: 'not_sent' }],
    ['data', 'reset', { outcome: 'not_sent' }],
    ['data', { reply: 452 }, { outcome: 'refused', permanent: false, code: 452 }],
    ['data', { reply: 554 }, { outcome: 'refused', permanent: true, code: 554 }],
    ['dot', 'drop', { outcome: 'uncertain' }],
    ['dot', 'reset', { outcome: 'uncertain' }],
    ['dot', { reply: 451 }, { outcome: 'refused', permanent: false, code: 451 }],
    ['dot', { reply: 554 }, { outcome: 'refused', permanent: true, code: 554 }],
    ['dot', { reply: 421 }, { outcome: 'refused', permanent: false, code: 421 }],
    ['accepted', 'drop', { outcome: 'uncertain' }],
    ['accepted', 'reset', { outcome: 'uncertain' }],
    ['accepted', 'answer-then-drop', { outcome: 'sent' }],
    ['quit', 'drop', { outcome: 'sent' }],
  ])('at %s, %j: %j', async (point, action, expected) => {
    server.script(point, action);
    expect(await deliver(server)).toMatchObject(expected);
  });

  it('is certain that a large mail broken off in the middle was not sent', async () => {
    server.script('body', 'drop');
    const large = mail(`Subject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(300_000)}`);
    expect(await deliver(server, {}, large)).toMatchObject({ outcome: 'not_sent' });
  });

  it.each<[SmtpPoint, string]>([
    ['banner', 'not_sent'],
    ['mail', 'not_sent'],
    ['data', 'not_sent'],
    ['accepted', 'uncertain'],
  ])('when the server says nothing at %s: %s', async (point, outcome) => {
    server.script(point, 'hang');
    const impatient = { timeoutSeconds: 0.3, answerSeconds: 0.3 };
    expect(await deliver(server, impatient)).toMatchObject({ outcome });
  });

  it('waits longer for the answer to a mail than for a greeting: ten minutes', async () => {
    const create = vi.spyOn(nodemailer, 'createTransport');
    onTestFinished(() => create.mockRestore());
    await deliver(server, { timeoutSeconds: 60 });
    await checkSmtp(settings(server.port, { timeoutSeconds: 60 }));
    const greeting = { connectionTimeout: 60_000, greetingTimeout: 60_000 };
    expect(create.mock.calls.map(([options]) => options)).toEqual([
      expect.objectContaining({ ...greeting, socketTimeout: 600_000 }),
      expect.objectContaining({ ...greeting, socketTimeout: 60_000 }),
    ]);
  });

  it.each([
    [550, []],
    [450, ['bob@c.example']],
  ])('names the recipients that were not taken with %i', async (reply, deferred) => {
    server.script('rcpt', { reply, recipient: 'bob@c.example' });
    const two = mail(undefined, ['ann@c.example', 'bob@c.example']);
    expect(await deliver(server, {}, two)).toMatchObject({
      outcome: 'sent',
      rejected: ['bob@c.example'],
      deferred,
    });
  });

  it('finds a mail undeliverable without asking a server twice', async () => {
    expect(await deliver(server, {}, mail(undefined, []))).toMatchObject({
      outcome: 'refused',
      permanent: true,
      code: null,
    });
  });

  it('says that nothing listens', async () => {
    const [port = 0] = await freePorts(1);
    const outcome = await openTransport({ kind: 'smtp', smtp: settings(port) }, log).deliver(
      mail(),
    );
    expect(outcome).toMatchObject({
      outcome: 'not_sent',
      error: { code: 'smtp_unreachable', message: expect.stringContaining(`on port ${port}`) },
    });
  });
});

describe('with a login and TLS', () => {
  const login = { user: 'support', password: 'secret' };
  const good = { user: 'support', password: 'secret' };

  it('logs in and sends', async () => {
    const server = await serve({ login });
    await checkSmtp(settings(server.port, good));
    expect(server.accepted).toHaveLength(0);
    expect(await deliver(server, good)).toMatchObject({ outcome: 'sent' });
  });

  it('names a wrong password, and a missing login', async () => {
    const server = await serve({ login });
    await expect(
      checkSmtp(settings(server.port, { ...good, password: 'x' })),
    ).rejects.toMatchObject({ code: 'smtp_credentials' });
    expect(await deliver(server, { ...good, password: 'x' })).toMatchObject({
      outcome: 'not_sent',
      error: { code: 'smtp_credentials' },
    });
    expect(await deliver(server)).toMatchObject({
      outcome: 'not_sent',
      error: { code: 'smtp_credentials' },
    });
  });

  it('tells a login that is refused for now from a wrong password', async () => {
    const server = await serve({ login });
    server.script('auth', { reply: 454 });
    await expect(checkSmtp(settings(server.port, good))).rejects.toMatchObject({
      code: 'smtp_unreachable',
    });
  });

  it.each([
    ['starttls', 'starttls'],
    ['tls', 'implicit'],
  ] as const)(
    'refuses an untrusted certificate before the password (%s), takes it when named',
    async (security, tls) => {
      const server = await serve({ login, tls });
      const secure = { ...good, security };
      await expect(checkSmtp(settings(server.port, secure))).rejects.toMatchObject({
        code: 'smtp_certificate',
      });
      expect(await deliver(server, secure)).toMatchObject({
        outcome: 'not_sent',
        error: { code: 'smtp_certificate' },
      });
      expect(server.commands.join('\n')).not.toMatch(/AUTH/i);
      const folder = await mkdtemp(path.join(tmpdir(), 'rw-ca-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const caFile = path.join(folder, 'ca.pem');
      await writeFile(caFile, server.certificate ?? '');
      await checkSmtp(settings(server.port, { ...secure, caFile }));
      expect(await deliver(server, { ...secure, caFile })).toMatchObject({ outcome: 'sent' });
    },
  );

  it('sends nothing in the clear when STARTTLS is not offered', async () => {
    const server = await serve({ login });
    const outcome = await deliver(server, { ...good, security: 'starttls' });
    expect(outcome).toMatchObject({ outcome: 'not_sent', error: { code: 'smtp_unreachable' } });
    expect(server.commands.join('\n')).not.toMatch(/AUTH|MAIL/i);
  });

  it('says that the file with the authority cannot be read', async () => {
    const server = await serve({});
    await expect(
      checkSmtp(settings(server.port, { caFile: '/nowhere.pem' })),
    ).rejects.toMatchObject({
      code: 'ca_file_unusable',
      message: expect.stringContaining(
        '/nowhere.pem with a certificate authority cannot be used: it does not exist',
      ),
    });
  });
});

describe('the outbox', () => {
  it('writes each mail once, whole, under a name of its Message-ID', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'rw-outbox-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const place = path.join(folder, 'new', 'outbox');
    const transport = openTransport({ kind: 'folder', path: place }, log);
    expect(await transport.deliver(mail())).toMatchObject({ outcome: 'sent', rejected: [] });
    expect(await transport.deliver(mail())).toMatchObject({ outcome: 'sent' });
    const names = await readdir(place);
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.eml$/)]);
    expect(await readFile(path.join(place, names[0] ?? ''), 'utf8')).toBe(
      'Subject: x\r\n\r\n.hello\r\n',
    );
  });

  it('says that it cannot write', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'rw-outbox-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    const outcome = await openTransport({ kind: 'folder', path: file }, log).deliver(mail());
    expect(outcome).toMatchObject({ outcome: 'not_sent', error: { code: 'folder_unreadable' } });
  });
});
