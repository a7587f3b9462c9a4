/** `replywright user` makes accounts, sets passwords and hands out links that log in once. */
import { chmodSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createSession,
  findAccountByName,
  findSession,
  useLoginLink,
} from '../../src/storage/accounts.ts';
import { findEmbeddedServer } from '../../src/storage/embedded.ts';
import { sha256 } from '../../src/storage/hash.ts';
import { verifyPassword } from '../../src/web/password.ts';
import { openTestDatabase } from '../support/database.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.drop());

function user(words: string[], input = '') {
  const env = { DATABASE_URL: database.url, REPLYWRIGHT_PUBLIC_URL: 'https://desk.example/' };
  return runCommand(['user', ...words], { cwd: temporaryFolder(), env, input });
}

async function storedHash(name: string): Promise<string> {
  return (await findAccountByName(database.db, name))?.passwordHash ?? '';
}

test('add with a password from standard input', async () => {
  const { code, err, out } = await user(['add', 'mara'], 'correct horse battery\n');
  expect({ code, err, out }).toEqual({ code: 0, err: 'added: mara\n', out: '' });
  expect(await verifyPassword(await storedHash('mara'), 'correct horse battery')).toBe(true);
  expect(await findAccountByName(database.db, 'mara')).toMatchObject({ role: 'agent' });
});

test('add with a link', async () => {
  const { code, out } = await user(['add', 'jo', '--role', 'lead', '--link', '--json']);
  expect(code).toBe(0);
  const told = JSON.parse(out);
  expect(told).toMatchObject({ what: 'added', name: 'jo', role: 'lead' });
  const token = /^https:\/\/desk\.example\/login\/([\w-]{43})$/.exec(told.link)?.[1] ?? '';
  expect(await useLoginLink(database.db, sha256(token))).toMatchObject({ name: 'jo' });
  expect(await useLoginLink(database.db, sha256(token))).toBeNull();
});

test('reset sets the password and ends sessions', async () => {
  await user(['add', 'kim'], 'the first password');
  const account = await findAccountByName(database.db, 'kim');
  await createSession(database.db, account?.id ?? 0, sha256('token'));
  const { code } = await user(['reset', 'kim'], 'the second password\r\n');
  expect(code).toBe(0);
  expect(await verifyPassword(await storedHash('kim'), 'the second password')).toBe(true);
  const sessions = await database.db.selectFrom('session').selectAll().execute();
  expect(sessions).toEqual([]);
});

test('reset with a link ends sessions too, and leaves the password alone', async () => {
  await user(['add', 'lee'], 'a good long password');
  const account = await findAccountByName(database.db, 'lee');
  await createSession(database.db, account?.id ?? 0, sha256('of lee'));
  const { code, out, err } = await user(['reset', 'lee', '--link']);
  expect(code).toBe(0);
  expect(err).toContain('link made, open sessions ended: lee');
  expect(await findSession(database.db, sha256('of lee'))).toBeNull();
  expect(out).toMatch(/^https:\/\/desk\.example\/login\/[\w-]{43}\n$/);
  expect(await verifyPassword(await storedHash('lee'), 'a good long password')).toBe(true);
});

test.each<[string, string[], string, string]>([
  ['a short password', ['add', 'sam'], 'short\n', 'at least 10 characters'],
  ['no password', ['add', 'sam'], '', 'at least 10 characters'],
  ['a bad name', ['add', 'a b'], 'long enough it is', 'a letter or digit first'],
  ['nobody to reset', ['reset', 'nobody'], 'long enough it is', 'There is no user nobody.'],
  ['nobody to make a link for', ['reset', 'nobody', '--link'], '', 'There is no user nobody.'],
])('%s', async (_what, words, input, told) => {
  const { code, err } = await user(words, input);
  expect(code).toBe(1);
  expect(err).toContain(told);
  expect(await findAccountByName(database.db, words[1] ?? '')).toBeNull();
});

test('a name that is misspelt is told with those that there are', async () => {
  await user(['add', 'nina'], 'a good long password');
  const { err } = await user(['reset', 'nnia', '--link']);
  expect(err).toMatch(/There is: .*\bnina\b.*; `npx replywright user add NAME` makes another\.$/m);
});

test('list, as text and as JSON', async () => {
  await user(['add', 'olga'], 'a good long password');
  await user(['add', 'pia', '--role', 'admin', '--link']);
  const account = await findAccountByName(database.db, 'olga');
  await createSession(database.db, account?.id ?? 0, sha256('of olga'));
  const { code, out } = await user(['list']);
  expect(code).toBe(0);
  expect(out).toMatch(/^olga +agent +password +seen just now$/m);
  expect(out).toMatch(/^pia +admin +no password +not logged in$/m);
  const { users } = JSON.parse((await user(['list', '--json'])).out);
  expect(users).toContainEqual({
    ...{ name: 'olga', role: 'agent', hasPassword: true },
    lastSeenAt: expect.stringMatching(/Z$/),
  });
  expect(users).toContainEqual({
    ...{ name: 'pia', role: 'admin', hasPassword: false, lastSeenAt: null },
  });
});

test('a name that is taken', async () => {
  await user(['add', 'max'], 'a good long password');
  const { code, err } = await user(['add', 'max'], 'another long password');
  expect(code).toBe(1);
  expect(err).toContain('There is already a user max.');
  expect(err).toContain('replywright user reset max');
});

describe('with no program running', () => {
  test('each command opens the built-in database itself, and leaves it closed', async () => {
    const cwd = temporaryFolder();
    // So that root's server finds its cluster inside.
    chmodSync(cwd, 0o755);
    const run = (words: string[], input = '') => runCommand(words, { cwd, input });
    const added = await run(['user', 'add', 'ada', '--role', 'admin'], 'a good long password');
    expect(added).toEqual({ code: 0, err: 'added: ada\n', out: '' });
    const reset = await run(['user', 'reset', 'ada', '--link']);
    expect(reset).toMatchObject({ code: 0, out: expect.stringContaining('/login/') });
    expect((await run(['user', 'list'])).out).toMatch(/^ada +admin +password +not logged in$/m);
    const exported = await run(['export', '--out', 'x.jsonl']);
    expect(exported.err).toBe(`0 records in ${path.join(cwd, 'x.jsonl')}\n`);
    expect(await findEmbeddedServer(path.join(cwd, 'data'))).toBeNull();
  });

  test('only add makes a database where there is none', async () => {
    const cwd = temporaryFolder();
    for (const words of [
      ['user', 'list'],
      ['user', 'reset', 'ada', '--link'],
      ['export', '--out', 'x'],
    ]) {
      const { code, err } = await runCommand(words, { cwd });
      expect(code).toBe(1);
      expect(err).toContain(`There is no database in ${path.join(cwd, 'data')} yet.`);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('a database elsewhere that nobody has filled yet', async () => {
    const empty = await openTestDatabase();
    onTestFinished(() => empty.drop());
    await sql`drop schema public cascade`.execute(empty.db);
    await sql`create schema public`.execute(empty.db);
    const run = (words: string[], input = '') =>
      runCommand(words, { cwd: temporaryFolder(), env: { DATABASE_URL: empty.url }, input });
    expect((await run(['user', 'list'])).err).toContain(
      'There is no database at DATABASE_URL yet.',
    );
    expect((await run(['user', 'add', 'ada'], 'a good long password')).code).toBe(0);
    expect((await run(['user', 'list'])).out).toMatch(/^ada /);
  });
});
