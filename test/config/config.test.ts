/** What replywright.yaml, .env and the environment become. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { localTimeZone } from '../../src/domain/zoned-time.ts';
import { type Env, folders, folderWith, load, servers } from './settings-fixture.ts';

const imapPassword = { REPLYWRIGHT_SUP_PORT_IMAP_PASSWORD: 'secret' };

describe('where values come from', () => {
  test('the process wins over .env, and .env over the file', () => {
    const files = {
      'replywright.yaml': `${folders}desk: {port: 1, host: file}\nlog: {level: warn}`,
      '.env': 'REPLYWRIGHT_PORT=2\nREPLYWRIGHT_HOST=dotenv\n',
    };
    const { desk, log } = load(files, { REPLYWRIGHT_PORT: '3' });
    expect(desk).toMatchObject({ port: 3, host: 'dotenv' });
    expect(log.level).toBe('warn');
  });

  test('an empty variable counts as none', () => {
    const files = { 'replywright.yaml': `${folders}desk: {port: 1}` };
    expect(load(files, { REPLYWRIGHT_PORT: '' }).desk.port).toBe(1);
  });

  test('a secret from a file, without the line end of its last line', () => {
    const files = { 'replywright.yaml': servers, secret: ' pass word \r\n' };
    const config = load(files, { REPLYWRIGHT_SUP_PORT_IMAP_PASSWORD_FILE: 'secret' });
    expect(config.mailboxes[0]?.source).toMatchObject({ imap: { password: ' pass word ' } });
  });

  test('a secret file of the process wins over a value in .env', () => {
    const files = { secret: 'from the file', '.env': 'ANTHROPIC_API_KEY=from .env' };
    const config = load(files, { ANTHROPIC_API_KEY_FILE: 'secret' });
    expect(config.model?.apiKey).toBe('from the file');
  });

  test('SMTP takes the password of IMAP, or its own', () => {
    const own = { ...imapPassword, REPLYWRIGHT_SUP_PORT_SMTP_PASSWORD: 'other' };
    const password = (env: Env) =>
      load({ 'replywright.yaml': servers }, env).mailboxes[0]?.transport;
    expect(password(imapPassword)).toMatchObject({ smtp: { password: 'secret' } });
    expect(password(own)).toMatchObject({ smtp: { password: 'other' } });
  });

  test('a server without a login wants no password', () => {
    const yaml = folders.replace('outbox: out', 'smtp: {host: h, user: null, security: none}');
    const smtp = load({ 'replywright.yaml': yaml }).mailboxes[0]?.transport;
    expect(smtp).toMatchObject({ smtp: { user: null, password: null, port: 25 } });
  });
});

describe('what is filled in', () => {
  test('a mailbox with servers', () => {
    const { mailboxes } = load({ 'replywright.yaml': servers }, imapPassword);
    expect(mailboxes[0]).toEqual({
      name: 'sup-port',
      address: 'help@shop.example',
      aliases: [],
      trustedForms: [],
      displayName: 'Shop',
      signature: 'Shop',
      quoteHistory: 'last',
      dkim: null,
      responder: 'support/3',
      language: null,
      oauth: null,
      byToken: { imap: false, smtp: false },
      source: {
        kind: 'imap',
        imap: {
          host: 'imap.shop.example',
          port: 993,
          security: 'tls',
          user: 'help@shop.example',
          password: 'secret',
          folder: 'INBOX',
          sentFolder: null,
          watchSent: true,
          caFile: null,
          pollSeconds: 120,
          firstScan: 'new',
          firstSince: null,
          idleSeconds: 45,
          answerSeconds: 20,
          maxBytes: 40 * 1024 * 1024,
        },
      },
      transport: {
        kind: 'smtp',
        smtp: {
          host: 'smtp.shop.example',
          port: 465,
          security: 'tls',
          user: 'help@shop.example',
          password: 'secret',
          caFile: null,
          timeoutSeconds: 60,
        },
      },
      authservId: null,
      plusAddressing: false,
      saveSent: true,
      leaving: { timeZone: localTimeZone(), hours: null, approved: 'at_once' },
    });
  });

  test.each([
    ['tls', 993, 465],
    ['starttls', 143, 587],
    ['none', 143, 25],
  ])('the ports of %s', (security, imap, smtp) => {
    const yaml = servers.replaceAll('.example}', `.example, security: ${security}}`);
    const [mailbox] = load({ 'replywright.yaml': yaml }, imapPassword).mailboxes;
    expect(mailbox).toMatchObject({
      source: { imap: { port: imap } },
      transport: { smtp: { port: smtp } },
    });
  });

  test('paths start from the folder of the settings file', () => {
    const folder = folderWith({});
    mkdirSync(path.join(folder, 'etc'));
    writeFileSync(path.join(folder, 'etc', 'my.yaml'), folders);
    writeFileSync(path.join(folder, 'etc', '.env'), 'REPLYWRIGHT_PORT=7');
    const config = loadConfig({ cwd: folder, env: {}, configPath: 'etc/my.yaml' });
    expect(config.folder).toBe(path.join(folder, 'etc'));
    expect(config.data).toBe(path.join(folder, 'etc', 'data'));
    expect(config.mailboxes[0]?.source).toMatchObject({ path: path.join(folder, 'etc', 'in') });
    expect(config.desk.port).toBe(7);
  });

  test("prompts and policies: the project's, or else the program's own", () => {
    const folder = folderWith({ 'replywright.yaml': folders });
    mkdirSync(path.join(folder, 'policies'));
    const config = loadConfig({ cwd: folder, env: {} });
    expect(config.policies).toBe(path.join(folder, 'policies'));
    expect(config.prompts).toBe(path.resolve(import.meta.dirname, '../../prompts'));
  });

  test('an empty group is no group', () => {
    const config = load({ 'replywright.yaml': `${folders}desk:\nlog:\n  # level: debug\n` });
    expect(config.desk.port).toBe(4180);
    expect(config.log.level).toBeNull();
  });
});

describe('the model', () => {
  const name = 'claude-sonnet-5-5';
  test.each<[string, string, Env, object | null]>([
    ['nothing: offline', '', {}, null],
    ['an address alone asks for nothing', '', { ANTHROPIC_BASE_URL: 'http://x' }, null],
    ['a key alone', '', { ANTHROPIC_API_KEY: 'k' }, { name, apiKey: 'k', baseUrl: null }],
    [
      'a key and an address',
      '',
      { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://x' },
      { name, baseUrl: 'http://x' },
    ],
    [
      'the address of the environment wins',
      'model: {baseUrl: "http://y"}',
      { ANTHROPIC_BASE_URL: 'http://x' },
      { baseUrl: 'http://x' },
    ],
    [
      'a server of your own wants no key',
      'model: {name: m, baseUrl: "http://y"}',
      {},
      { name: 'm', apiKey: '' },
    ],
    ['an empty section', 'model:', { ANTHROPIC_API_KEY: 'k' }, { name }],
    ['offline in spite of a key', 'model: {name: offline}', { ANTHROPIC_API_KEY: 'k' }, null],
  ])('%s', (_what, yaml, env, expected) => {
    const { model } = load({ 'replywright.yaml': `${folders}${yaml}` }, env);
    if (expected === null) expect(model).toBeNull();
    else expect(model).toMatchObject(expected);
  });
});

test('without a file, the sandbox', () => {
  const config = load({});
  expect(config).toMatchObject({ sandbox: true, file: null, mailboxes: [], model: null });
  expect(load({ 'replywright.yaml': folders }).sandbox).toBe(false);
});

test('everything is frozen', () => {
  const config = load({ 'replywright.yaml': servers }, { ...imapPassword, ANTHROPIC_API_KEY: 'k' });
  const unfrozen: string[] = [];
  const visit = (value: unknown, place: string) => {
    if (typeof value !== 'object' || value === null) return;
    if (!Object.isFrozen(value)) unfrozen.push(place);
    for (const [key, inner] of Object.entries(value)) visit(inner, `${place}.${key}`);
  };
  visit(config, 'config');
  expect(unfrozen).toEqual([]);
});
