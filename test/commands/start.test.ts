/** `replywright start` as a process: it says when it is ready, and a signal stops it in order. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-port.ts';
import { temporaryFolder } from './run-command.ts';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');

async function startIn(cwd: string, ...words: string[]) {
  const [port] = await freePorts(1);
  const args = [main, 'start', '--port', String(port), ...words];
  const env = { PATH: process.env.PATH, HOME: cwd, REPLYWRIGHT_LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, args, { cwd, env });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines = createInterface({ input: child.stdout });
  return { child, ended, lines, port };
}

test('the sandbox starts, answers and stops', async () => {
  const { child, ended, lines, port } = await startIn(temporaryFolder(), '--json');
  const [line] = await once(lines, 'line');
  const told = JSON.parse(line);
  expect(told).toMatchObject({ url: `http://127.0.0.1:${port}`, sandbox: true, pid: child.pid });
  expect(told.loginLink).toMatch(/\/login\/[\w-]{43}$/);
  expect((await fetch(`${told.url}/healthz`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('the start text holds the one link that logs in', async () => {
  const { child, ended, lines } = await startIn(temporaryFolder());
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (line.includes('Ctrl+C')) child.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
  expect(text.match(/\/login\//g)).toHaveLength(1);
  expect(text).toMatch(/^ {2}Database {3}/m);
  expect(text).toContain('Stopped.');
});

test('a busy port is told in three sentences', async () => {
  const first = await startIn(temporaryFolder(), '--json');
  await once(first.lines, 'line');
  const child = spawn(process.execPath, [main, 'start', '--port', String(first.port)], {
    cwd: temporaryFolder(),
    env: { PATH: process.env.PATH, REPLYWRIGHT_LOG_LEVEL: 'silent' },
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(err).toContain(`Port ${first.port} on 127.0.0.1 is already in use.`);
  first.child.kill('SIGTERM');
  expect(await first.ended).toEqual([0, null]);
});
