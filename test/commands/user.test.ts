/** `replywright user` makes accounts, sets passwords and hands out links that log in once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession, findAccountByName, useLoginLink } from '../../src/storage/accounts.ts';
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

test('reset with a link leaves the password alone', async () => {
  await user(['add', 'lee'], 'a good long password');
  const { code, out } = await user(['reset', 'lee', '--link']);
  expect(code).toBe(0);
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

test('a name that is taken', async () => {
  await user(['add', 'max'], 'a good long password');
  const { code, err } = await user(['add', 'max'], 'another long password');
  expect(code).toBe(1);
  expect(err).toContain('There is already a user max.');
  expect(err).toContain('replywright user reset max');
});

test('with no program running on the data folder', async () => {
  const { code, err } = await runCommand(['user', 'add', 'mara'], {
    cwd: temporaryFolder(),
    input: 'a good long password',
  });
  expect(code).toBe(1);
  expect(err).toContain('Start Replywright first');
});
