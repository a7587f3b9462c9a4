/** `replywright export` writes whole files or none. */
import { execFileSync } from 'node:child_process';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeWholeFile } from '../../src/commands/whole-file.ts';
import { openTestDatabase } from '../support/database.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  database = await openTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // The pair alone is under test here, without the conversation it came from.
  await client.query('set session_replication_role = replica');
  await client.query(
    `insert into pair (decision_id, user_turn, reply, origin, reasons)
       select n, 'Mail ' || n, 'Reply ' || n || E'\\nMara', 'edited', '{}'
       from generate_series(1, 1200) n`,
  );
  await client.end();
});
afterAll(() => database.drop());

const env = () => ({ DATABASE_URL: database.url });

test('to a file, for nobody else, leaving nothing behind', async () => {
  const cwd = temporaryFolder({ 'pairs.jsonl': 'an earlier export' });
  const words = ['export', '--format', 'messages', '--out', 'pairs.jsonl', '--json'];
  const { code, out, err } = await runCommand(words, { cwd, env: env() });
  const file = path.join(cwd, 'pairs.jsonl');
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ file, format: 'messages', records: 1200 });
  const records = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records).toHaveLength(1200);
  expect(records[0].messages.at(-1)).toEqual({ role: 'assistant', content: 'Reply 1\nMara' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(cwd)).toEqual(['pairs.jsonl']);
});

test('to standard output, with the count elsewhere', async () => {
  const { code, out, err } = await runCommand(['export', '--out', '-'], {
    cwd: temporaryFolder(),
    env: env(),
  });
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n')).toHaveLength(1200);
  expect(err).toBe('1200 records\n');
});

test.each([
  ['into a folder that is not there', 'no/such/pairs.jsonl', 'its folder does not exist'],
  ['over a folder', '.', 'it is a folder'],
  ['into a file', 'file/pairs.jsonl', 'it is not a folder'],
])('%s', async (_what, out, told) => {
  const cwd = temporaryFolder({ file: '' });
  const { code, err } = await runCommand(['export', '--out', out], { cwd, env: env() });
  expect(code).toBe(1);
  expect(err).toContain(`The file ${path.join(cwd, out)} cannot be written: ${told}.`);
  expect(err).toContain('The records are kept in the database, and no file was changed.');
  expect(readdirSync(cwd)).toEqual(['file']);
});

test('a failure in the middle leaves what was there', async () => {
  const cwd = temporaryFolder({ 'pairs.jsonl': 'an earlier export' });
  const file = path.join(cwd, 'pairs.jsonl');
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  const writing = writeWholeFile(file, async (stream) => {
    stream.write('half a rec');
    throw full;
  });
  await expect(writing).rejects.toBe(full);
  expect(readFileSync(file, 'utf8')).toBe('an earlier export');
  expect(readdirSync(cwd)).toEqual(['pairs.jsonl']);
});

// A pipe of the test's own: a mistake here, run as root, must not be able to hurt a device in /dev.
test('a pipe or device is written to, never replaced', async () => {
  const pipe = path.join(temporaryFolder(), 'pipe');
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
  const reading = text(createReadStream(pipe));
  const { code } = await runCommand(['export', '--out', pipe], {
    cwd: temporaryFolder(),
    env: env(),
  });
  expect(code).toBe(0);
  expect((await reading).trimEnd().split('\n')).toHaveLength(1200);
  expect(statSync(pipe).isFIFO()).toBe(true);
});
