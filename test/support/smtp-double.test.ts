/** Drives the SMTP double with nodemailer at every point where it can break. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTransport, type Transporter } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readJournal,
  type SmtpDouble,
  type SmtpDoubleOptions,
  type SmtpPoint,
  startSmtpDouble,
} from './smtp-double.ts';

const RAW =
  'From: support@example.test\r\nTo: dana@example.test\r\nMessage-ID: <1@example.test>\r\nSubject: x\r\n\r\n.dot\r\nbody\r\n';
let double: SmtpDouble;

beforeEach(async () => {
  double = await startSmtpDouble();
});

afterEach(() => double.close());

function client(server = double, more: object = {}): Transporter {
  return createTransport({
    host: '127.0.0.1',
    port: server.port,
    ignoreTLS: true,
    logger: false,
    ...more,
  });
}

function send(
  transport = client(),
  to: string[] = ['dana@example.test'],
  raw: string | Buffer = RAW,
) {
  return transport.sendMail({ envelope: { from: 'support@example.test', to }, raw });
}

async function replaced(options: SmtpDoubleOptions): Promise<SmtpDouble> {
  await double.close();
  double = await startSmtpDouble(options);
  return double;
}

/** A client in which the test writes every byte. */
function rawClient(port: number): { socket: Socket; until(text: RegExp): Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  let seen = '';
  const until = (text: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!text.test(seen)) return;
        socket.off('data', look);
        resolve(seen);
      };
      socket.on('data', look);
      look();
    });
  socket.on('data', (chunk) => {
    seen += chunk.toString();
  });
  return { socket, until };
}

describe('acceptance', () => {
  it('journals the exact bytes and the envelope', async () => {
    const waiting = double.waitForAccepted(1);
    await send();
    const [message] = await waiting;
    expect(message).toMatchObject({
      sequence: 1,
      from: 'support@example.test',
      to: ['dana@example.test'],
      messageId: '<1@example.test>',
    });
    expect(message?.raw.toString()).toBe(RAW);
    expect(readJournal(double.journal)).toEqual(double.accepted);
  });

  it('reads its journal again after a restart', async () => {
    const journal = mkdtempSync(path.join(tmpdir(), 'rw-journal-'));
    await replaced({ journal });
    await send();
    await replaced({ journal });
    await send();
    expect(double.accepted.map((message) => message.sequence)).toEqual([1, 2]);
    rmSync(journal, { recursive: true });
  });

  it('takes a large message and an empty one, whole and pipelined', async () => {
    const large = `Subject: x\r\n\r\n${'.a line of text\r\n'.repeat(400_000)}`;
    await send(client(), ['dana@example.test'], large);
    expect(double.accepted[0]?.raw.equals(Buffer.from(large))).toBe(true);
    const { socket, until } = rawClient(double.port);
    socket.write('EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n.\r\nQUIT\r\n');
    await until(/221 bye/);
    expect(double.accepted[1]).toMatchObject({ from: '', to: ['a@b'], raw: Buffer.alloc(0) });
  });

  it('ends a message only at CRLF dot CRLF', async () => {
    const { socket, until } = rawClient(double.port);
    await until(/220 /);
    socket.write(
      'HELO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\none\n.\nMAIL FROM:<evil@b>\r\n',
    );
    await until(/354/);
    for (const piece of ['..x\r\n\r', '\n', '.', '\r', '\n']) socket.write(piece);
    await until(/250 2.0.0/);
    expect(double.accepted[0]?.raw.toString()).toBe('one\n.\nMAIL FROM:<evil@b>\r\n.x\r\n\r\n');
    socket.destroy();
  });

  it('refuses what is too big, by SIZE and by count', async () => {
    await replaced({ maxSize: 100 });
    await expect(send()).rejects.toMatchObject({ responseCode: 552 });
    expect(double.accepted).toEqual([]);
  });
});

describe('login and TLS', () => {
  const login = { user: 'support', password: 'right' };

  it.each(['PLAIN', 'LOGIN'])('demands the login by %s', async (authMethod) => {
    await replaced({ login });
    await expect(send()).rejects.toMatchObject({ responseCode: 530 });
    await expect(
      send(client(double, { auth: { user: 'support', pass: 'wrong' }, authMethod })),
    ).rejects.toMatchObject({ responseCode: 535, code: 'EAUTH' });
    await send(client(double, { auth: { user: 'support', pass: 'right' }, authMethod }));
    expect(double.accepted).toMatchObject([{ user: 'support', secure: false }]);
  });

  it.each(['starttls', 'implicit'] as const)('speaks TLS (%s)', async (tls) => {
    await replaced({ tls, login });
    const auth = { user: 'support', pass: 'right' };
    const ways = {
      ignoreTLS: false,
      requireTLS: tls === 'starttls',
      secure: tls === 'implicit',
      auth,
    };
    await expect(send(client(double, ways))).rejects.toThrow(/self-signed/);
    await send(client(double, { ...ways, tls: { ca: double.certificate } }));
    expect(double.accepted).toMatchObject([{ secure: true, user: 'support' }]);
  });
});

describe('break points', () => {
  const points: SmtpPoint[] = [
    'connect',
    'banner',
    'ehlo',
    'auth',
    'mail',
    'rcpt',
    'data',
    'body',
    'dot',
    'accepted',
  ];
  const auth = { user: 'u', pass: 'p' };
  const bodies = { small: RAW, large: `${RAW}${'x'.repeat(998)}\r\n`.repeat(1000) };

  for (const point of points) {
    for (const [size, raw] of Object.entries(bodies)) {
      it.each(['drop', 'reset'] as const)(`${point}, ${size} body: %s`, async (action) => {
        double.script(point, action);
        await expect(
          send(client(double, { auth }), ['dana@example.test'], raw),
        ).rejects.not.toHaveProperty('responseCode', 250);
        expect(double.accepted).toHaveLength(point === 'accepted' ? 1 : 0);
      });
    }

    it(`${point}: hang until released`, async () => {
      double.script(point, 'hang');
      const arrived = double.reached(point);
      const sending = send(client(double, { auth }));
      await arrived;
      expect(double.accepted).toHaveLength(point === 'accepted' ? 1 : 0);
      double.release();
      await sending;
      expect(double.accepted).toHaveLength(1);
    });
  }

  it.each([
    ['connect', 421],
    ['banner', 554],
    ['auth', 454],
    ['mail', 451],
    ['rcpt', 450],
    ['data', 451],
    ['body', 554],
    ['dot', 452],
  ] as const)('%s: answers %i', async (point, reply) => {
    double.script(point, { reply });
    await expect(send(client(double, { auth }))).rejects.toMatchObject({ responseCode: reply });
    expect(double.accepted).toEqual([]);
    await send(client(double, { auth }));
  });

  it('refuses one recipient of two', async () => {
    double.script(
      'rcpt',
      { reply: 550, text: 'no such user', recipient: 'gone@example.test' },
      Number.POSITIVE_INFINITY,
    );
    const info = await send(client(), ['dana@example.test', 'gone@example.test']);
    expect(info).toMatchObject({
      accepted: ['dana@example.test'],
      rejected: ['gone@example.test'],
    });
    expect(double.accepted).toMatchObject([{ to: ['dana@example.test'] }]);
  });

  it('answers a refusal after acceptance: the server keeps what it denies', async () => {
    double.script('accepted', { reply: 451 });
    await expect(send()).rejects.toMatchObject({ responseCode: 451 });
    expect(double.accepted).toHaveLength(1);
  });

  it('drops after the answer', async () => {
    double.script('accepted', 'answer-then-drop');
    expect((await send()).response).toMatch(/^250/);
  });

  it('close() ends a hang', async () => {
    double.script('dot', 'hang');
    const arrived = double.reached('dot');
    const sending = expect(send()).rejects.toThrow();
    await arrived;
    await double.close();
    await sending;
  });
});
