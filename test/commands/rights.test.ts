/** What an ordinary user may not do is told in plain words, and costs nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { canReach } from '../../src/storage/service-user.ts';
import { freePorts } from '../support/free-port.ts';
import { temporaryFolder } from './run-command.ts';

const main = path.resolve(import.meta.dirname, '../../src/main.ts');
const nobody = { name: 'nobody', uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;

/** Root becomes nobody, who must reach this copy of the program; anybody else is ordinary already. */
const reaches = !isRoot || [main, process.execPath].every((file) => canReach(nobody, file));
const why = 'another user cannot reach this copy of the program';
if (!reaches && process.env.REPLYWRIGHT_TEST_REQUIRE === 'all') throw new Error(why);
const ordinary = { available: reaches, why: reaches ? '' : ` (skipped: ${why})` };

/** A working folder of the ordinary user. */
function ownFolder(): string {
  const cwd = temporaryFolder();
  if (isRoot) chownSync(cwd, nobody.uid, nobody.gid);
  return cwd;
}

async function runOrdinary(cwd: string, words: string[], env: Record<string, string> = {}) {
  const identity = isRoot ? { uid: nobody.uid, gid: nobody.gid } : {};
  const [port] = await freePorts(1);
  const child = spawn(process.execPath, [main, ...words], {
    ...identity,
    cwd,
    env: { PATH: process.env.PATH, REPLYWRIGHT_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      told += chunk;
    });
  const [code] = await once(child, 'close');
  return { code, told };
}

describe.skipIf(!ordinary.available)(`as an ordinary user${ordinary.why}`, () => {
  test('a data folder without rights', async () => {
    const cwd = ownFolder();
    const data = path.join(cwd, 'closed');
    mkdirSync(data, { mode: 0o500 });
    for (const inside of ['', 'deeper']) {
      const env = { REPLYWRIGHT_DATA: path.join(data, inside) };
      const { code, told } = await runOrdinary(cwd, ['start'], env);
      expect(code).toBe(1);
      expect(told).toContain(`The data folder ${path.join(data, inside)} cannot be used: `);
      expect(told).toContain('permission is denied.');
    }
  });

  test('a mail without the right to read it', async () => {
    const cwd = ownFolder();
    const file = path.join(cwd, 'mail.eml');
    writeFileSync(file, 'From: a@b.example\n\nHi');
    chmodSync(file, 0);
    const { code, told } = await runOrdinary(cwd, ['draft', 'mail.eml']);
    expect(code).toBe(1);
    expect(told).toContain(`The mail ${file} cannot be read: permission is denied.`);
  });

  test('a folder mailbox with a mail that cannot be read', async () => {
    const cwd = ownFolder();
    const inbox = path.join(cwd, 'in');
    mkdirSync(inbox);
    if (isRoot) chownSync(inbox, nobody.uid, nobody.gid);
    for (const name of ['a.eml', 'b.eml']) writeFileSync(path.join(inbox, name), 'x');
    chmodSync(path.join(inbox, 'a.eml'), 0);
    const settings =
      'shop: {name: Shop}\nmailboxes:\n  - {name: support, address: a@b.example, folder: in, outbox: out}\n';
    writeFileSync(path.join(cwd, 'replywright.yaml'), settings);
    const { told } = await runOrdinary(cwd, ['doctor', '--no-draft']);
    expect(told).toContain('2 .eml files, 1 of them wait');
  });

  // Root of a container, and some desktops, let everybody have every port.
  test('a port that only root may have, where there is one', async () => {
    const cwd = ownFolder();
    const { told } = await runOrdinary(cwd, ['doctor', '--no-draft'], { REPLYWRIGHT_PORT: '1' });
    if (told.includes('127.0.0.1:1 is free')) return;
    expect(told).toContain('This user may not listen on port 1.');
    const { code, told: started } = await runOrdinary(cwd, ['start', '--port', '1']);
    expect(code).toBe(1);
    expect(started).toContain('This user may not listen on port 1.');
    expect(existsSync(path.join(cwd, 'data'))).toBe(false);
  });
});
