/** What each mistake in the settings is told as: code, place, and the way to mend it. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Env, failure, folders, folderWith, servers } from './settings-fixture.ts';

describe('broken YAML is told by its line and in plain words', () => {
  test.each<[what: string, text: string, place: string, told: string]>([
    ['a list', 'shop:\n  linkDomains: [a, b\nmailboxes: []\n', '2, column 21', 'not closed by ]'],
    ['a list over two lines', 'shop:\n  x: [a,\n    b\ny: 1\n', '3, column 6', 'not closed by ]'],
    ['a list at the end', 'shop:\n  linkDomains: [a, b', '2, column 21', 'not closed by ]'],
    ['a group', 'shop: {name: x\n\nmailboxes: []\n', '1, column 15', 'not closed by }'],
    ['a quote', 'shop:\n  name: "My shop\nmailboxes: []\n', '2, column 9', 'the quote that begins'],
    ['a quote with another in it', `shop:\n  name: 'It''s my\nx: 1\n`, '2, column 9', 'the quote'],
    ['an escaped quote', 'shop:\n  name: "My \\"shop\nx: 1\n', '2, column 9', 'the quote that'],
    ['a tab', 'shop:\n\tname: x\n', '2, column 1', 'indent with spaces'],
    ['a key twice', 'shop: {}\nshop: {}\n', '2, column 1', 'a second time'],
    ['too little indented', 'a:\n    b: 1\n  c: 2\n', '3, column 1', 'the same column'],
    ['too much indented', 'a:\n  b: x\n   c: 2\n', '2, column 6', 'indented deeper'],
    ['a colon in a text', 'shop:\n  name: My: shop\n', '2, column 9', 'needs quotes'],
    ['no colon', 'shop:\n  name\n  x: 1\n', '2, column 3', 'no "key: value"'],
    ['no space', 'shop:\n  name:x\n  y: 1\n', '2, column 3', 'a colon and a space'],
    ['no comma', 'x: ["a" "b"]\n', '1, column 9', 'a comma is missing'],
    ['a reserved character', 'name: @home\n', '1, column 7', 'needs quotes'],
    ['a path in double quotes', 'data: "C:\\path"\n', '1, column 10', 'use single quotes'],
    ['two documents', 'a: 1\n---\nb: 2\n', '2, column 1', 'only one is read'],
    ['text behind a quote', 'name: "Ada" shop\n', '1, column 13', 'behind a closing quote'],
    ['what has no words of ours', 'x: [a]]\n', '1, column 7', 'Unexpected flow-seq-end token'],
  ])('%s', (_what, text, place, told) => {
    const { code, message } = failure({ 'replywright.yaml': text });
    expect(code).toBe('config_malformed');
    expect(message).toContain(`at line ${place}:`);
    expect(message).toContain(told);
    expect(message).toMatch(/[^.]\.$/);
  });
});

describe('mistakes in the file', () => {
  const shop = 'shop: {name: Shop}\n';
  const box = (rest: string): string =>
    `${shop}mailboxes:\n  - name: support\n    address: a@b.example\n${rest}`;
  test.each<[string, string, string, string, string]>([
    // [what, yaml, code, a part of what happened, a part of how to mend it]
    ['a broken line', 'shop: [', 'config_malformed', 'line 1, column 8', 'that line'],
    ['a tab', 'desk:\n\tport: 1', 'config_malformed', 'line 2, column 1', 'that line'],
    ['a key twice', `${shop}shop: {name: B}`, 'config_malformed', 'line 2, column 1', 'that line'],
    ['a list', '- a', 'config_malformed', 'line 1, column 1', 'that line'],
    ['an alias bomb', `a: &a [x,x]\n${bomb()}`, 'config_malformed', 'line', 'that line'],
    [
      'swapped letters',
      `${folders}desk:\n  prot: 1`,
      'config_unknown_key',
      '"desk.prot" at line 5',
      'Did you mean "port"?',
    ],
    [
      'another case',
      `${folders}Desk: {}`,
      'config_unknown_key',
      '"Desk" at line 4',
      'Did you mean "desk"?',
    ],
    [
      'another place',
      `${folders}port: 1`,
      'config_unknown_key',
      '"port" at line 4',
      'Did you mean "desk.port"?',
    ],
    ['nothing like it', `${folders}zebra: 1`, 'config_unknown_key', '"zebra"', 'The nearest is '],
    [
      'an unknown key in a list',
      box('    imap:\n      host: h\n      hots: h\n'),
      'config_unknown_key',
      '"mailboxes[0].imap.hots" at line 7',
      '"host"',
    ],
    [
      'a password',
      box('    imap:\n      password: x\n'),
      'config_unknown_key',
      '"mailboxes[0].imap.password" at line 6',
      'REPLYWRIGHT_SUPPORT_IMAP_PASSWORD',
    ],
    [
      'an SMTP password',
      box('    smtp: {pass: x}\n'),
      'config_unknown_key',
      'smtp.pass',
      'REPLYWRIGHT_SUPPORT_SMTP_PASSWORD',
    ],
    [
      'a model key',
      `${folders}model: {apiKey: x}`,
      'config_unknown_key',
      'model.apiKey',
      'ANTHROPIC_API_KEY',
    ],
    ['a database', `${folders}databaseUrl: x`, 'config_unknown_key', 'databaseUrl', 'DATABASE_URL'],
    [
      'an unknown key beside a missing one',
      'shpo: {name: Shop}',
      'config_unknown_key',
      '"shpo" at line 1',
      '"shop"',
    ],
    [
      'an empty file',
      '',
      'config_invalid',
      'The setting shop is not valid: expected a group of settings, it is missing',
      'docs/settings.md',
    ],
    ['no mailbox', `${shop}mailboxes: []`, 'config_invalid', 'at least one mailbox', 'settings.md'],
    [
      'a number for a text',
      'shop: {name: 5}\nmailboxes: []',
      'config_invalid',
      'The setting shop.name is not valid: expected text, found 5 (line 1)',
      '',
    ],
    [
      'a port too high',
      `${folders}desk: {port: 70000}`,
      'config_invalid',
      'desk.port is not valid: expected at most 65535, found 70000 (line 4)',
      '',
    ],
    [
      'a port too low',
      `${folders}desk: {port: 0}`,
      'config_invalid',
      'expected at least 1, found 0',
      '',
    ],
    [
      'half a port',
      `${folders}desk: {port: 1.5}`,
      'config_invalid',
      'a whole number, found 1.5',
      '',
    ],
    [
      'no such choice',
      box('    imap: {host: h, security: ssl}\n    outbox: o\n'),
      'config_invalid',
      'mailboxes[0].imap.security is not valid: expected one of tls, starttls, none; found "ssl" (line 5)',
      '',
    ],
    [
      'yes for true',
      `${folders.replace('}\n', '}\n').trimEnd().slice(0, -1)}, saveSent: yes}`,
      'config_invalid',
      'expected true or false, found "yes"',
      '',
    ],
    [
      'no address',
      folders.replace('a@b.example', 'nobody'),
      'config_invalid',
      'mailboxes[0].address is not valid: expected an e-mail address, found "nobody"',
      '',
    ],
    [
      'no web address',
      `${folders}model: {baseUrl: 'ftp://x'}`,
      'config_invalid',
      'model.baseUrl is not valid: expected an address like https://host',
      '',
    ],
    [
      'no source',
      box('    outbox: o\n'),
      'config_invalid',
      'mailboxes[0] is not valid: expected exactly one of `imap` and `folder`; neither is there (line 3)',
      '',
    ],
    [
      'two sources',
      box('    imap: {host: h}\n    folder: f\n    outbox: o\n'),
      'config_invalid',
      '`imap` and `folder`; both are there',
      '',
    ],
    [
      'no way out',
      box('    folder: f\n'),
      'config_invalid',
      'exactly one of `smtp` and `outbox`; neither',
      '',
    ],
    [
      'two ways out',
      box('    folder: f\n    smtp: {host: h}\n    outbox: o\n'),
      'config_invalid',
      '`smtp` and `outbox`; both',
      '',
    ],
    ['a bad name', box('').replace('support', '1 st'), 'config_invalid', 'mailboxes[0].name', ''],
    [
      'two names alike',
      `${folders}  - {name: SUPPORT, address: a@b.example, folder: in, outbox: out}`,
      'config_invalid',
      'mailboxes[1].name is not valid: "SUPPORT" is too much like "support" above (line 4)',
      '',
    ],
    [
      'a prompt without a version',
      `${folders}prompt: support`,
      'config_invalid',
      'prompt is not valid: expected <prompt>/<version>',
      '',
    ],
    [
      'a group that is a text',
      `${folders}desk: here`,
      'config_invalid',
      'desk is not valid: expected a group of settings, found "here"',
      '',
    ],
  ])('%s', (_what, yaml, code, happened, mend) => {
    const error = failure({ 'replywright.yaml': yaml });
    expect.soft(error.code).toBe(code);
    expect.soft(error.message).toContain(happened);
    expect.soft(error.mend).toContain(mend);
    expect(error.message + error.mend).not.toMatch(/\{\w+\}/);
  });
});

/** Ten levels of ten references each: ten billion entries if they were followed. */
function bomb(): string {
  const names = 'abcdefghijk'.split('');
  const level = (name: string, index: number) =>
    `${name}: &${name} [${Array.from({ length: 10 }, () => `*${names[index]}`).join(',')}]`;
  return names.slice(1).map(level).join('\n');
}

describe('mistakes around the file', () => {
  test('a file that was named but is not there', () => {
    const folder = folderWith({});
    const attempt = () => loadConfig({ cwd: folder, env: {}, configPath: 'other.yaml' });
    expect(attempt).toThrow(/other\.yaml cannot be read: it does not exist/);
  });

  test('a folder in its place', () => {
    const folder = folderWith({});
    mkdirSync(path.join(folder, 'replywright.yaml'));
    const attempt = () => loadConfig({ cwd: folder, env: {} });
    expect(attempt).toThrow(expect.objectContaining({ code: 'config_unreadable' }));
  });

  test.each<[string, string, Env, string]>([
    ['an IMAP password', servers, {}, 'REPLYWRIGHT_SUP_PORT_IMAP_PASSWORD'],
    [
      'an SMTP password',
      folders.replace('outbox: out', 'smtp: {host: h}'),
      {},
      'REPLYWRIGHT_SUPPORT_SMTP_PASSWORD',
    ],
    ['a model key', `${folders}model: {name: m}`, {}, 'ANTHROPIC_API_KEY'],
    ['an empty key', `${folders}model: {name: m}`, { ANTHROPIC_API_KEY: '' }, 'ANTHROPIC_API_KEY'],
  ])('%s is missing', (_what, yaml, env, name) => {
    const error = failure({ 'replywright.yaml': yaml }, env);
    expect(error.code).toBe('secret_missing');
    expect(error.message).toContain(name);
    expect(error.mend).toContain(`${name}_FILE`);
  });

  test('a secret file that is not there', () => {
    const env = { REPLYWRIGHT_SUP_PORT_IMAP_PASSWORD_FILE: 'nowhere' };
    expect(failure({ 'replywright.yaml': servers }, env).code).toBe('config_unreadable');
  });

  test.each<[Env, string]>([
    [
      { REPLYWRIGHT_PORT: 'many' },
      'REPLYWRIGHT_PORT is not valid: expected a number, found "many"',
    ],
    [{ REPLYWRIGHT_PORT: '99999' }, 'REPLYWRIGHT_PORT is not valid: expected at most 65535'],
    [
      { REPLYWRIGHT_LOG_LEVEL: 'loud' },
      'REPLYWRIGHT_LOG_LEVEL is not valid: expected one of debug',
    ],
    [{ REPLYWRIGHT_PUBLIC_URL: 'desk' }, 'REPLYWRIGHT_PUBLIC_URL is not valid'],
  ])('a variable that does not fit: %o', (env, happened) => {
    const error = failure({}, env);
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(happened);
    expect(error.mend).toContain('the environment or .env');
  });

  test('an address of a database is not repeated, because it may hold a password', () => {
    const error = failure({}, { DATABASE_URL: 'mysql://me:hunter2@host/db' });
    expect(error.code).toBe('config_invalid');
    expect(JSON.stringify([error.message, error.mend])).not.toContain('hunter2');
  });
});
