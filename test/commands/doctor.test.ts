/** The doctor tells apart what can be wrong with settings, files and this machine. */

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runChecks } from '../../src/commands/findings.ts';
import { checkDataFolder, checkInbox, checkOutbox } from '../../src/commands/machine-checks.ts';
import { instanceOf } from '../../src/web/desk-url.ts';
import { freePorts } from '../support/free-port.ts';
import { examine, folders, project } from './examine.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const root = path.resolve(import.meta.dirname, '../..');

const rsa = {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
} as const;

describe('settings and files', () => {
  test('everything in order', async () => {
    const { failed, finding } = await examine(project());
    expect(failed).toEqual([]);
    expect(finding('database')).toMatchObject({ state: 'open', fact: 'built in, not running now' });
    expect(finding('model')?.fact).toContain('offline');
    expect(finding('test draft')?.state).toBe('ok');
  });

  test('the sandbox', async () => {
    const { failed, finding } = await examine(temporaryFolder());
    expect(failed).toEqual([]);
    expect(finding('policies')?.state).toBe('ok');
    expect(finding('examples')?.state).toBe('ok');
  });

  test('what a real shop still has of the invented one', async () => {
    const cwd = project();
    mkdirSync(path.join(cwd, 'data/sandbox'), { recursive: true });
    const { failed, finding } = await examine(cwd);
    expect(failed).toEqual([]);
    for (const [name, mend] of [
      ['policies', `to ${path.join(cwd, 'policies')} and write your own`],
      ['examples', `to ${path.join(cwd, 'prompts')} and write your own`],
      ['data folder', `move ${path.join(cwd, 'data')} away`],
    ] as const)
      expect(finding(name)).toMatchObject({ state: 'open', mend: expect.stringContaining(mend) });
  });

  test('policies and examples of its own', async () => {
    const cwd = project();
    for (const name of ['prompts', 'policies'])
      cpSync(path.join(root, name), path.join(cwd, name), { recursive: true });
    writeFileSync(path.join(cwd, 'policies/privacy.md'), '# Privacy\n\n## Data {#data}\nKept.\n');
    const own = { id: 'a', language: 'en', category: 'other', mail: 'Hello', reply: 'Hello,' };
    writeFileSync(path.join(cwd, 'prompts/support/examples.yaml'), JSON.stringify([own]));
    const { finding } = await examine(cwd);
    expect(finding('policies')?.state).toBe('ok');
    expect(finding('examples')?.state).toBe('ok');
  });

  test.each([
    ['malformed YAML', 'shop: [', 'settings: config_malformed'],
    ['an unknown key', `${folders}zebra: 1`, 'settings: config_unknown_key'],
    ['an invalid value', `${folders}prompt: x`, 'settings: config_invalid'],
    ['a missing secret', `${folders}model: {}`, 'settings: secret_missing'],
  ])('%s', async (_what, yaml, expected) => {
    const cwd = temporaryFolder({ 'replywright.yaml': yaml });
    expect((await examine(cwd)).failed).toEqual([expected]);
  });

  test('a missing prompt', async () => {
    const { failed, finding } = await examine(project('prompt: support/99'));
    expect(failed).toEqual(['prompt: prompt_missing', 'examples: prompt_missing']);
    expect(finding('test draft')?.state).toBe('open');
  });

  const prompt = readFileSync(path.join(root, 'prompts/support/1.hbs'), 'utf8');
  test.each<[string, (text: string) => string, string]>([
    ['an unknown variable', (text) => `${text}\n{{shpo}}\n`, 'prompt_template'],
    ['a block that is not closed', (text) => `${text}\n{{#if shop}}\n`, 'prompt_template'],
    ['broken front matter', (text) => text.replace('---', '---\na: ['), 'prompt_front_matter'],
    ['no front matter', (text) => text.replace(/^---[\s\S]*?\n---\n/, ''), 'prompt_front_matter'],
  ])('a prompt with %s', async (_what, change, expected) => {
    const cwd = project('prompt: support/own');
    cpSync(path.join(root, 'prompts'), path.join(cwd, 'prompts'), { recursive: true });
    writeFileSync(path.join(cwd, 'prompts/support/own.hbs'), change(prompt));
    expect((await examine(cwd)).failed).toContain(`prompt: ${expected}`);
  });

  test('a policy and an examples file that are broken', async () => {
    const cwd = project();
    for (const name of ['prompts', 'policies'])
      cpSync(path.join(root, name), path.join(cwd, name), { recursive: true });
    writeFileSync(path.join(cwd, 'policies/extra.md'), '# Extra\n\n## No id\nText.\n');
    writeFileSync(path.join(cwd, 'prompts/support/examples.yaml'), '- nothing');
    const { failed } = await examine(cwd);
    expect(failed).toEqual(['policies: policy_invalid', 'examples: examples_invalid']);
  });

  test.each([
    [
      'is on another domain',
      generateKeyPairSync('rsa', rsa).privateKey,
      [],
      'is not on shop.example',
    ],
    ['is none', 'hello', ['settings: dkim_key_unusable'], null],
  ])('a DKIM key that %s', async (_what, key, expected, remark) => {
    const dkim = 'dkim: {domain: shop.example, selector: s1, keyFile: key.pem}, outbox: out';
    const yaml = folders.replace('outbox: out', dkim);
    const cwd = temporaryFolder({ 'replywright.yaml': yaml, 'key.pem': key });
    mkdirSync(path.join(cwd, 'in'));
    chmodSync(path.join(cwd, 'key.pem'), 0o600);
    const { failed, finding } = await examine(cwd);
    expect(failed).toEqual(expected);
    const found = finding('mailbox support, DKIM');
    expect(found?.state ?? null).toBe(remark === null ? null : 'open');
    expect(found?.fact ?? '').toContain(remark ?? '');
  });

  test('a folder mailbox that is not there, and an outbox that is a file', async () => {
    const yaml = folders
      .replace('folder: in', 'folder: nowhere')
      .replace('outbox: out', 'outbox: file');
    const cwd = temporaryFolder({ 'replywright.yaml': yaml, file: '' });
    const { failed, finding } = await examine(cwd);
    expect(failed).toEqual([
      'mailbox support, incoming: folder_unreadable',
      'mailbox support, outgoing: folder_unreadable',
    ]);
    expect(finding('mailbox support, incoming')?.fact).toContain('it does not exist');
    expect(finding('mailbox support, outgoing')?.fact).toContain('it is not a folder');
  });

  test('a data folder that is a file', async () => {
    const cwd = project('data: ./replywright.yaml');
    expect((await examine(cwd)).failed).toContain('data folder: data_folder_unusable');
  });

  test('a database that does not answer', async () => {
    const [port] = await freePorts(1);
    const { failed } = await examine(project(), {
      DATABASE_URL: `postgres://x@127.0.0.1:${port}/x`,
    });
    expect(failed).toEqual(['database: database_unreachable']);
  });

  test('a busy port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    // It accepts and says nothing: no desk of ours.
    server.on('connection', (socket) => socket.destroy());
    const { failed } = await examine(project(), { REPLYWRIGHT_PORT: String(port) });
    expect(failed).toEqual(['port: port_busy']);
  });

  test.each([
    ['this Replywright, already running', '', 'open', null],
    ['the Replywright of another folder', 'x', 'failed', 'port_other_desk'],
  ])('a port with %s', async (_what, change, state, code) => {
    const cwd = project();
    const instance = `${instanceOf(path.join(cwd, 'data'))}${change}`;
    const health = { version: '1', instance, database: 'ok', mailboxes: [] };
    const server = createHttpServer((_request, response) => response.end(JSON.stringify(health)));
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { finding } = await examine(cwd, { REPLYWRIGHT_PORT: String(port) });
    expect(finding('port')).toMatchObject({ state, code });
  });

  test('an address that is not of this machine', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737).
    const { failed } = await examine(project(), { REPLYWRIGHT_HOST: '192.0.2.1' });
    expect(failed).toEqual(['port: host_unusable']);
  });
});

describe('single checks', () => {
  test('a full disk', async () => {
    const failure = checkDataFolder(temporaryFolder(), async () => 1000);
    await expect(failure).rejects.toMatchObject({ code: 'disk_full' });
  });

  test('the probe leaves nothing behind', async () => {
    const folder = temporaryFolder();
    await checkDataFolder(path.join(folder, 'not', 'yet', 'made'));
    expect(await checkInbox(folder)).toContain('0 .eml files');
    expect(await checkOutbox(path.join(folder, 'later'))).toContain('made at the first delivery');
  });

  test('a check that never ends', async () => {
    const checks = [
      { name: 'stuck', run: () => new Promise<string>(() => {}) },
      { name: 'quick', run: async () => 'fine' },
    ];
    const findings = await runChecks(checks, 0.05);
    expect(findings.map(({ name, state, code }) => [name, state, code])).toEqual([
      ['stuck', 'failed', 'check_timeout'],
      ['quick', 'ok', null],
    ]);
  });

  test('as text, one line a check and the way to mend a failure', async () => {
    const [port] = await freePorts(1);
    const cwd = project('prompt: support/99');
    const env = { REPLYWRIGHT_PORT: String(port) };
    const { out, code } = await runCommand(['doctor', '--no-draft'], { cwd, env });
    expect(code).toBe(1);
    expect(out).toMatch(/^✓ settings: /m);
    expect(out).toMatch(/^– database: built in, not running now$/m);
    expect(out).toMatch(
      /^✗ prompt: The prompt version support\/99 does not exist\.\n {4}→ Set `prompt`/m,
    );
    expect(out).toContain('2 to mend.');
    expect(out).not.toContain('test draft');
  });
});
