/** Starting a server while another one comes or goes: `pg_ctl` is a script that tells what it met. */

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCluster } from '../../src/storage/start-cluster.ts';

let folder: string;
const cluster = () => path.join(folder, 'cluster');
const pidFile = () => path.join(cluster(), 'postmaster.pid');

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rw-start-'));
  await mkdir(path.join(folder, 'bin'));
  await mkdir(cluster());
});
afterEach(() => rm(folder, { recursive: true }));

/** One line of shell for each attempt; it counts them in `attempts`. */
async function scripted(attempts: string[]): Promise<void> {
  const cases = attempts.map((line, at) => `${at + 1}) ${line} ;;`).join('\n');
  const script = `#!/bin/sh\necho >> attempts\ncase $(wc -l < attempts | tr -d ' ') in\n${cases}\n*) exit 9 ;;\nesac\n`;
  const file = path.join(folder, 'bin', 'pg_ctl');
  await writeFile(file, script);
  await chmod(file, 0o755);
}

const start = () => startCluster({ folder, version: '18.0.0' }, null, cluster(), cluster());
const attempts = async () =>
  (await readFile(path.join(cluster(), 'attempts'), 'utf8')).split('\n').length - 1;

const refused = 'echo "pg_ctl: could not start server" >&2; exit 1';

test.each([
  ['at once', false, ['exit 0']],
  [
    'after a server that was gone before we looked for it',
    true,
    [`rm postmaster.pid; ${refused}`, 'exit 0'],
  ],
  [
    'after a server that was still there',
    true,
    [refused, `rm postmaster.pid; ${refused}`, 'exit 0'],
  ],
])('starts %s', async (_when, running, lines) => {
  if (running) await writeFile(pidFile(), '1\n');
  await scripted(lines);
  expect(await start()).toBe(cluster());
  expect(await attempts()).toBe(lines.length);
});

test('a start that fails with nobody about is told after a second attempt', async () => {
  await scripted([refused, refused, 'exit 0']);
  await expect(start()).rejects.toMatchObject({ stderr: 'pg_ctl: could not start server\n' });
  expect(await attempts()).toBe(2);
});
