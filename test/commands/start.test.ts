/** `replywright start` as a process: it says when it is ready, and a signal stops it in order. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-port.ts';
import { temporaryFolder } from './run-command.ts';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');

/** The port of a server that answers nobody. */
async function listening(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  server.on('connection', (socket) => socket.destroy());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

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
  let told = '';
  for await (const line of lines) {
    told += `${line}\n`;
    if (line.includes('Ctrl+C')) child.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
  expect(told.match(/\/login\//g)).toHaveLength(1);
  expect(told).toMatch(/^ {2}Database {3}[\s\S]*\/login\/[\w-]{43}\n\n {2}Ctrl\+C/m);
  expect(told).toContain('Stopped.');
});

test('the sandbox logs no mail unless asked to', async () => {
  const [port] = await freePorts(1);
  const cwd = temporaryFolder();
  const env = { PATH: process.env.PATH, HOME: cwd };
  const child = spawn(process.execPath, [main, 'start', '--port', String(port)], { cwd, env });
  const log = text(child.stderr);
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('Ctrl+C')) child.kill('SIGINT');
  expect(await log).toBe('');
});

/** What a start says that finds its port taken, in three sentences. */
async function failedStart(cwd: string, port: number | undefined): Promise<string> {
  const child = spawn(process.execPath, [main, 'start', '--port', String(port)], {
    cwd,
    env: { PATH: process.env.PATH, REPLYWRIGHT_LOG_LEVEL: 'silent' },
  });
  const err = text(child.stderr);
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect((await err).trimEnd().split('\n')).toHaveLength(3);
  return await err;
}

test('a busy port is told by who has it', async () => {
  const home = temporaryFolder();
  const first = await startIn(home, '--json');
  await once(first.lines, 'line');
  const again = await failedStart(home, first.port);
  expect(again).toContain(
    `Another Replywright (process ${first.child.pid}) is running on ${path.join(home, 'data')}.`,
  );
  expect(again).toContain('npx replywright user reset owner --link');
  const cwd = temporaryFolder();
  expect(await failedStart(cwd, first.port)).toContain('another Replywright, with another data');
  expect(readdirSync(cwd)).toEqual([]);
  const stranger = await listening(createServer().listen(0, '127.0.0.1'));
  expect(await failedStart(cwd, stranger)).toContain(`Port ${stranger} on 127.0.0.1 is already in`);
  first.child.kill('SIGTERM');
  expect(await first.ended).toEqual([0, null]);
});

// Nothing can be made in /proc, and the system says so in its own way.
test.each([
  ['a file', 'file', 'it is not a folder'],
  ['a folder in a file', 'file/data', 'it is not a folder'],
  ['a folder in /proc', '/proc/replywright/data', 'it does not exist and cannot be made'],
])('%s as data folder ends the start', async (_what, data, told) => {
  const cwd = temporaryFolder({ file: '' });
  const [port] = await freePorts(1);
  const env = {
    ...{ PATH: process.env.PATH, REPLYWRIGHT_LOG_LEVEL: 'silent' },
    ...{ REPLYWRIGHT_DATA: data, REPLYWRIGHT_PORT: String(port) },
  };
  const child = spawn(process.execPath, [main, 'start'], { cwd, env });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(err).toContain(`The data folder ${path.resolve(cwd, data)} cannot be used: ${told}.`);
  expect(err).toContain('Nothing was started or changed.');
});
