/** Data folders and the programs that hold them, each in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openDatabase } from '../../src/storage/open.ts';
import { silentLog } from '../support/parts.ts';

const folders: string[] = [];
const programs: ChildProcess[] = [];

/** A new folder that any user can walk through, so that the server's cluster lies inside. */
export async function newFolder(mode = 0o755): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rw-data-'));
  await chmod(folder, mode);
  folders.push(folder);
  return folder;
}

/** Where the cluster of a data folder really is. */
export function clusterOf(dataFolder: string): string {
  return realpathSync(path.join(dataFolder, 'postgres'));
}

/** Process id of the server that runs on a data folder; null when none does. */
export function serverPid(dataFolder: string): number | null {
  const file = path.join(dataFolder, 'postgres', 'postmaster.pid');
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return isRunning(pid) ? pid : null;
}

/** True for a living process; one that has ended but that nobody has waited for is not. */
export function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

export const open = (dataFolder: string, start = true) =>
  openDatabase({ databaseUrl: null, dataFolder }, silentLog, { start });

interface Line {
  open?: boolean;
  closed?: boolean;
  code?: string;
  message?: string;
}

/** Starts a program on a data folder; `told` is what it says, line by line. */
export function startProgram(dataFolder: string, user: { uid?: number; gid?: number } = {}) {
  const script = path.join(import.meta.dirname, 'program-child.ts');
  const child = spawn(process.execPath, [script, dataFolder], {
    ...user,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
    // A process group of its own, so that what it starts can be killed with it.
    detached: true,
  });
  programs.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told = async (): Promise<Line> => JSON.parse((await lines.next()).value ?? '{}');
  return { child, pid: child.pid ?? 0, told };
}

/** Kills a program, and with `all` everything that it started and still waits for. */
export async function kill(child: ChildProcess, all = false): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(all ? -child.pid : child.pid, 'SIGKILL');
  await gone;
}

/** Ends everything that the tests of a file left behind. */
export async function cleanUp(): Promise<void> {
  for (const child of programs.splice(0)) await kill(child);
  for (const folder of folders.splice(0)) {
    const pid = serverPid(folder);
    if (pid !== null && nameOf(pid) === 'postgres') process.kill(pid, 'SIGQUIT');
    const link = path.join(folder, 'postgres');
    if (existsSync(link) && lstatSync(link).isSymbolicLink())
      await rm(realpathSync(link), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
