/** Runs the real program as a child process, as a shop would: its own folder, settings and secrets. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { openLog } from '../../src/log.ts';
import { findEmbeddedServer, startEmbeddedServer } from '../../src/storage/embedded.ts';
import { freePorts } from './free-port.ts';

const run = promisify(execFile);
const program = path.resolve(import.meta.dirname, '../../src/main.ts');
const startAttempts = 3;
/** Graceful ends take jobs under way to their end; after this long it is a hang, and a failure. */
const stopMs = 20_000;

export interface ProductOptions {
  /** Working folder: settings, secrets and data; see `makeProductFolder`. */
  folder: string;
  /** What replywright.yaml holds; null for none, which opens the sandbox. */
  config: object | null;
  /** What .env holds. */
  env?: Readonly<Record<string, string>>;
}

/** The program while it runs. */
export interface Product {
  readonly url: string;
  /** Logs in once. */
  readonly loginLink: string;
  readonly pid: number;
  /** What it logged so far, JSON lines. */
  log(): string;
  /** Ends it as a crash would; the built-in PostgreSQL survives. Resolves when the process is gone. */
  kill9(): Promise<void>;
  /** Asks it to stop and waits. @throws Error when it does not stop, or not with exit code 0 */
  stop(): Promise<void>;
}

/** A temporary working folder that the server's unprivileged user can reach, too. */
export async function makeProductFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rw-e2e-'));
  await chmod(folder, 0o755);
  return folder;
}

/** Removes the folder, after ending a PostgreSQL that a killed program left in it. */
export async function removeProductFolder(folder: string): Promise<void> {
  const data = path.join(folder, 'data');
  if ((await findEmbeddedServer(data)) !== null)
    await (await startEmbeddedServer(data, openLog('silent'))).stop();
  // Root's cluster may live elsewhere, behind a link.
  const cluster = await realpath(path.join(data, 'postgres')).catch(() => null);
  if (cluster !== null) await rm(cluster, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

/** Nothing of the machine's own settings may reach the program under test. */
function cleanEnvironment(folder: string): Record<string, string> {
  const { PATH = '', TMPDIR } = process.env;
  return { PATH, HOME: folder, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}

/** When the test process ends without `stop()`: the last moment at which anything can be ended. */
function endAtOnce(child: ChildProcess, folder: string): void {
  child.kill('SIGKILL');
  const pidFile = path.join(folder, 'data', 'postgres', 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  // SIGINT is PostgreSQL's fast shutdown.
  if (pid > 0) process.kill(pid, 'SIGINT');
}

async function writeSettings(options: ProductOptions, port: number): Promise<void> {
  const { folder, config, env = {} } = options;
  const lines = Object.entries({ ...env, REPLYWRIGHT_PORT: String(port) });
  const text = lines.map(([name, value]) => `${name}='${value}'\n`).join('');
  await writeFile(path.join(folder, '.env'), text, { mode: 0o600 });
  if (config !== null) await writeFile(path.join(folder, 'replywright.yaml'), stringify(config));
}

interface Announced {
  url: string;
  loginLink: string;
  pid: number;
}

/** Spawns the program and resolves with what it announces. @throws Error with its log when it ends instead */
async function launch(
  folder: string,
): Promise<{ child: ChildProcess; log: string[]; announced: Announced }> {
  const log: string[] = [];
  // As a shop starts it: the first line of the program names Node's options.
  const child = spawn(program, ['start', '--json'], {
    cwd: folder,
    env: cleanEnvironment(folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const onExit = () => endAtOnce(child, folder);
  process.once('exit', onExit);
  child.once('exit', () => process.off('exit', onExit));
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const announced = await new Promise<Announced>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
    child.once('error', reject);
    // `close`, not `exit`: the reason is in the last line of the log.
    child.once('close', () => reject(new Error(`Replywright did not start:\n${log.join('\n')}`)));
  });
  return { child, log, announced };
}

/** Starts on a free port; tries again with another one when somebody took it in between. */
async function launchOnFreePort(options: ProductOptions) {
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await freePorts(1);
    await writeSettings(options, port);
    try {
      return await launch(options.folder);
    } catch (error) {
      if (attempt === startAttempts || !String(error).includes(`port ${port}`)) throw error;
    }
  }
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stopGracefully(child: ChildProcess, log: readonly string[]): Promise<void> {
  if (isGone(child)) return;
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(stopMs) });
  child.kill('SIGTERM');
  try {
    const [code] = await exited;
    if (code === 0) return;
  } catch {
    child.kill('SIGKILL');
  }
  throw new Error(`Replywright did not stop in order:\n${log.slice(-20).join('\n')}`);
}

/**
 * Starts the program and resolves when it runs.
 *
 * @throws Error with the program's log when it ends instead
 */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { child, log, announced } = await launchOnFreePort(options);
  return {
    ...announced,
    log: () => log.join('\n'),
    async kill9() {
      if (isGone(child)) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    stop: () => stopGracefully(child, log),
  };
}

/** Runs another command of the program in the same folder, beside the running one. @returns its output */
export async function runCommand(folder: string, ...words: readonly string[]): Promise<string> {
  const options = { cwd: folder, env: cleanEnvironment(folder) };
  return (await run(process.execPath, [program, ...words], options)).stdout;
}
