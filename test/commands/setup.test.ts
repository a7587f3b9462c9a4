/** `replywright setup` tries what it is told, writes settings that load, and never overwrites unasked. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Asker } from '../../src/commands/asker.ts';
import { converse } from '../../src/commands/setup-conversation.ts';
import { envText, settingsText } from '../../src/commands/setup-files.ts';
import { loadConfig } from '../../src/config.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { type ModelStub, startModelStub } from '../support/model-stub/server.ts';
import { requirement } from '../support/requirements.ts';
import { type SmtpDouble, startSmtpDouble } from '../support/smtp-double.ts';
import { type Outcome, runCommand, temporaryFolder } from './run-command.ts';

type Answers = Record<string, unknown>;

async function setUp(cwd: string, answers: Answers): Promise<Outcome> {
  writeFileSync(path.join(cwd, 'answers.json'), JSON.stringify(answers));
  return await runCommand(['setup', '--answers', 'answers.json'], { cwd });
}

/** Somebody at the terminal who answers by key; a list is answered one after the other. */
function personWho(answers: Answers): Asker & { offered: Map<string, (string | undefined)[]> } {
  const offered = new Map<string, (string | undefined)[]>();
  const given = (key: string, offer?: string): string => {
    const before = offered.get(key) ?? [];
    offered.set(key, [...before, offer]);
    const answer = answers[key];
    return String((Array.isArray(answer) ? answer[before.length] : answer) ?? offer ?? '');
  };
  return {
    interactive: true,
    offered,
    text: async (key, _message, offer) => given(key, offer),
    secret: async (key) => given(key),
    confirm: async () => false,
    choose: async (key, _message, _choices, offer) => given(key, offer) as typeof offer,
    finish: () => {},
  };
}

const dovecotThere = await requirement('dovecot');

describe.skipIf(!dovecotThere.available)('with real servers', () => {
  let imap: DovecotServer;
  let smtp: SmtpDouble;
  let model: ModelStub;
  let answers: Answers;
  const user = 'support@example.test';

  beforeAll(async () => {
    const started = await startDovecot();
    if (started === null) throw new Error('Dovecot did not start');
    imap = started;
    smtp = await startSmtpDouble({ login: { user, password: 'secret' } });
    model = await startModelStub({ key: 'right' });
    answers = {
      shopName: 'Example & Söhne',
      shopDomain: 'https://shop.example/start',
      address: user,
      imapHost: 'localhost',
      imapPort: imap.ports.imaps,
      imapPassword: 'secret',
      imapCaFile: imap.certificate,
      smtpHost: 'localhost',
      smtpPort: smtp.port,
      smtpSecurity: 'none',
      modelKey: 'right',
      modelUrl: model.url,
    };
  });
  afterAll(() => Promise.all([imap.close(), smtp.close(), model.close()]));

  test('writes settings that load', async () => {
    const cwd = temporaryFolder({ '.env': 'OTHER=1\nANTHROPIC_API_KEY=old\n' });
    const { code, err } = await setUp(cwd, answers);
    expect(err).toBe('');
    expect(code).toBe(0);
    const config = loadConfig({ cwd, env: {} });
    expect(config).toMatchObject({
      shop: { name: 'Example & Söhne', linkDomains: ['shop.example'] },
      mailboxes: [
        {
          name: 'support',
          address: user,
          source: { imap: { port: imap.ports.imaps, password: 'secret', firstScan: 'new' } },
          transport: { smtp: { port: smtp.port, user, password: 'secret', security: 'none' } },
        },
      ],
      model: { apiKey: 'right', baseUrl: model.url, kind: 'auto' },
    });
    expect(statSync(path.join(cwd, '.env')).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(cwd, '.env'), 'utf8')).toMatch(/^OTHER=1$/m);
    expect(readFileSync(path.join(cwd, '.env.bak'), 'utf8')).toContain('ANTHROPIC_API_KEY=old');
    expect(readFileSync(path.join(cwd, 'replywright.yaml'), 'utf8')).not.toContain('secret');
  });

  test.each<[string, Answers, string]>([
    ['a wrong IMAP password', { imapPassword: 'wrong' }, 'refuses the user name or password'],
    ['a certificate that nobody signed', { imapCaFile: '' }, 'The certificate of the mail server'],
    [
      'a wrong SMTP password',
      { smtpPassword: 'wrong' },
      'The outgoing mail server localhost refuses',
    ],
    ['a wrong model key', { modelKey: 'wrong' }, 'refuses the key (401)'],
    ['a missing answer', { shopName: undefined }, 'lack "shopName".'],
    [
      'a missing answer with a slip in its name',
      { shopName: undefined, shopNmae: 'Shop' },
      'lack "shopName"; "shopNmae" may be meant for it',
    ],
    [
      'an answer to nothing',
      { imapPasswrod: 'x' },
      'No question asks for the answer "imapPasswrod"; the nearest is "imapPassword"',
    ],
    ['an answer that does not fit', { imapPort: 'many' }, 'The answer "imapPort" does not fit'],
    ['a domain that is none', { shopDomain: user }, 'The answer "shopDomain" does not fit'],
    ['a choice that there is not', { imapSecurity: 'ssl' }, 'not one of: tls, starttls, none'],
  ])('%s writes nothing', async (_what, change, told) => {
    const cwd = temporaryFolder();
    const { code, err } = await setUp(cwd, { ...answers, ...change });
    expect(code).toBe(1);
    expect(err).toContain(told);
    expect(existsSync(path.join(cwd, 'replywright.yaml'))).toBe(false);
    expect(existsSync(path.join(cwd, '.env'))).toBe(false);
  });

  test('a failing check can be kept', async () => {
    const cwd = temporaryFolder();
    const { code, out } = await setUp(cwd, {
      ...answers,
      imapPassword: 'wrong',
      smtpPassword: 'secret',
      keepFailing: true,
    });
    expect(code).toBe(0);
    expect(out).toContain('refuses the user name or password');
    expect(loadConfig({ cwd, env: {} }).mailboxes).toHaveLength(1);
  });

  test('a person who mistyped one thing is offered the rest as it was', async () => {
    const asker = personWho({
      ...answers,
      imapPassword: ['wrong', 'secret'],
      smtpPassword: ['secret'],
      afterFailure: 'again',
    });
    const context = { cwd: temporaryFolder(), env: {}, input: process.stdin, exitCode: 0 };
    const out = new PassThrough().resume();
    const { settings } = await converse(asker, { ...context, out, err: out });
    expect(asker.offered.get('imapHost')).toEqual(['imap.example.test', 'localhost']);
    expect(asker.offered.get('imapPort')).toEqual(['993', String(imap.ports.imaps)]);
    expect(settings).toMatchObject({ mailboxes: [{ imap: { port: imap.ports.imaps } }] });
  });

  test('existing settings are replaced only when asked to, and kept', async () => {
    const cwd = temporaryFolder({ 'replywright.yaml': 'shop: mine' });
    const refused = await setUp(cwd, answers);
    expect(refused.out).toBe('Nothing was changed.\n');
    expect(readFileSync(path.join(cwd, 'replywright.yaml'), 'utf8')).toBe('shop: mine');
    const { code } = await setUp(cwd, { ...answers, overwrite: true });
    expect(code).toBe(0);
    expect(readFileSync(path.join(cwd, 'replywright.yaml.bak'), 'utf8')).toBe('shop: mine');
    expect(loadConfig({ cwd, env: {} }).sandbox).toBe(false);
  });
});

test('where only OAuth logs in, no password is asked for, and the next step is named', async () => {
  const cwd = temporaryFolder();
  mkdirSync(path.join(cwd, 'data/sandbox'), { recursive: true });
  const { code, out } = await setUp(cwd, {
    shopName: 'Example Shop',
    address: 'help@outlook.com',
    oauthClientId: '1b2c',
  });
  expect(code).toBe(0);
  expect(out).toContain('npx replywright connect microsoft');
  expect(out).toContain("Policies are still the invented shop's");
  expect(out).toContain(`move ${path.join(cwd, 'data')} away`);
  expect(existsSync(path.join(cwd, '.env'))).toBe(false);
  const [mailbox] = loadConfig({ cwd, env: {} }).mailboxes;
  expect(mailbox).toMatchObject({
    byToken: { imap: true, smtp: true },
    oauth: { provider: 'microsoft', clientId: '1b2c' },
    source: { imap: { host: 'outlook.office365.com', user: 'help@outlook.com', password: null } },
  });
});

test('without a terminal and without answers', async () => {
  const { code, err } = await runCommand(['setup'], { cwd: temporaryFolder() });
  expect(code).toBe(1);
  expect(err).toContain('--answers');
});

test.each([
  ['not JSON', 'x'],
  ['a list', '[]'],
])('answers that are %s', async (_what, text) => {
  const cwd = temporaryFolder({ 'answers.json': text });
  const { code } = await runCommand(['setup', '--answers', 'answers.json'], { cwd });
  expect(code).toBe(1);
});

test('every secret that .env can hold comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (secret) => {
      const text = ((): string | null => {
        try {
          return envText('BEFORE=1\n', new Map([['SECRET', secret]]));
        } catch {
          return null;
        }
      })();
      if (text === null) return;
      expect(parseEnv(text)).toEqual({ BEFORE: '1', SECRET: secret });
    }),
  );
});

test.each(["it's", 'a "quoted" `one`', 'with # and = and $HOME', 'back\\slash\\n', ' spaces '])(
  'the secret %s can be written',
  (secret) => {
    const text = envText('SECRET=old\nexport OTHER=2\n', new Map([['SECRET', secret]]));
    expect(parseEnv(text)).toEqual({ OTHER: '2', SECRET: secret });
  },
);

test('settings are YAML whatever the names are', () => {
  const settings = { shop: { name: 'yes: "#1" & co\n- *x' } };
  expect(parse(settingsText(settings))).toEqual(settings);
});
