/** `replywright connect`: whom it asks, what it takes for an answer, and where the token goes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { openLog } from '../../src/log.ts';
import { readToken } from '../../src/storage/mailbox-tokens.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { openSealingKey } from '../../src/storage/sealing.ts';
import { openTestDatabase } from '../support/database.ts';
import { type OAuthDouble, startOAuthDouble } from '../support/oauth-double.ts';
import { makeProductFolder, removeProductFolder } from '../support/product.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');

let oauth: OAuthDouble;
let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  [oauth, database] = await Promise.all([startOAuthDouble(), openTestDatabase()]);
});
afterAll(() => Promise.all([oauth.close(), database.drop()]));

const mailbox = (name: string, group: object = oauth.settings) => ({
  name,
  address: `${name}@example.test`,
  oauth: group,
  imap: { host: 'imap.example.test', auth: 'oauth' },
  outbox: 'out',
});
const yaml = (...mailboxes: object[]) => stringify({ shop: { name: 'Shop' }, mailboxes });
const withoutId = () => {
  const { clientId: _, ...rest } = oauth.settings;
  return rest;
};

/** Runs the command until it has printed its link. */
async function connectIn(cwd: string, env: Record<string, string>, ...words: string[]) {
  const args = [main, 'connect', 'generic', '--json', '--no-browser', ...words];
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit').then(([code]) => code as number);
  const errors = text(child.stderr);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, exited, errors, link: JSON.parse(line).link as string };
}

const connectSupport = (...words: string[]) =>
  connectIn(
    temporaryFolder({ 'replywright.yaml': yaml(mailbox('support', withoutId())) }),
    { DATABASE_URL: database.url, REPLYWRIGHT_KEY: 'a key of at least 32 characters, yes' },
    ...['--client-id', oauth.settings.clientId, ...words],
  );

async function keptFor(name: string) {
  const key = await openSealingKey('a key of at least 32 characters, yes', '');
  return await readToken(database.db, key, name);
}

test.each<[string, () => string, string[], string]>([
  ['no mailbox of that provider', () => yaml(mailbox('support')), ['gmail'], 'gmail`: none'],
  [
    'several of them',
    () => yaml(mailbox('a'), mailbox('b')),
    ['generic'],
    'Name the mailbox with --mailbox',
  ],
  [
    'another name',
    () => yaml(mailbox('a'), mailbox('b')),
    ['generic', '--mailbox', 'c'],
    'no mailbox c',
  ],
  ['no client id', () => yaml(mailbox('a', withoutId())), ['generic'], '--client-id'],
  [
    'a port that is none',
    () => yaml(mailbox('a')),
    ['generic', '--port', 'x'],
    '--port is a whole',
  ],
  ['a provider that is none', () => yaml(mailbox('a')), ['yahoo'], 'gmail, microsoft, generic'],
])('%s', async (_what, settings, words, told) => {
  const cwd = temporaryFolder({ 'replywright.yaml': settings() });
  const { code, err } = await runCommand(['connect', ...words], { cwd });
  expect(code).toBe(1);
  expect(err).toContain(told);
});

test('only the answer to its own question counts; it comes by browser', async () => {
  const { link, exited } = await connectSupport();
  const redirect = new URL(link).searchParams.get('redirect_uri') ?? '';
  for (const stray of ['', '?code=mine', '?code=mine&state=guessed', '?error=x&state=']) {
    const answer = await fetch(`${redirect}${stray}`);
    expect(answer.status).toBe(404);
  }
  expect((await fetch(redirect, { method: 'POST' })).status).toBe(404);
  const page = await fetch(link);
  expect(await page.text()).toContain('has been granted access');
  expect(await exited).toBe(0);
  const kept = await keptFor('support');
  if (kept === null || kept === 'unreadable') throw new Error('no token is kept');
  expect(kept.clientId).toBe(oauth.settings.clientId);
  expect(oauth.accepts(oauth.user, kept.accessToken)).toBe(true);
});

test('the address can be pasted where the browser is on another machine', async () => {
  const before = await keptFor('support');
  const { link, exited, child } = await connectSupport();
  const consent = await fetch(link, { redirect: 'manual' });
  child.stdin.write(`something else\n${consent.headers.get('location')}\n`);
  expect(await exited).toBe(0);
  expect(await keptFor('support')).not.toEqual(before);
});

test('a person who says no is believed', async () => {
  const before = await keptFor('support');
  oauth.deny('access_denied');
  const { link, exited, errors } = await connectSupport();
  expect(await (await fetch(link)).text()).toContain('was not granted access');
  expect(await exited).toBe(1);
  expect(await errors).toContain('the provider says access_denied');
  expect(await keptFor('support')).toEqual(before);
});

test('a code that nobody takes any more', async () => {
  const { link, exited, errors } = await connectSupport();
  oauth.fail({ error: 'invalid_grant' });
  await fetch(link);
  expect(await exited).toBe(1);
  expect(await errors).toContain('it came too late');
});

test('nobody comes', async () => {
  const { exited, errors } = await connectSupport('--timeout', '0');
  expect(await exited).toBe(1);
  expect(await errors).toContain('nobody granted it within 0 s');
});

test('with the built-in database, which is started for the moment', async () => {
  const folder = await makeProductFolder();
  onTestFinished(() => removeProductFolder(folder));
  writeFileSync(path.join(folder, 'replywright.yaml'), yaml(mailbox('support')));
  const { link, exited } = await connectIn(folder, {});
  await (await fetch(link)).text();
  expect(await exited).toBe(0);
  const { data } = loadConfig({ cwd: folder, env: {} });
  expect(statSync(path.join(data, 'secret.key')).mode & 0o777).toBe(0o600);
  const settings = { databaseUrl: null, dataFolder: data };
  const own = await openDatabase(settings, openLog('silent'), { start: true });
  const kept = await readToken(own.db, await openSealingKey(null, data), 'support');
  await own.close();
  expect(kept).toMatchObject({ clientId: oauth.settings.clientId });
});
