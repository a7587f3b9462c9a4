/** Runs `replywright start` as a person would, in a new folder with nothing configured, and leaves nothing behind. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { openLog } from '../src/log.ts';
import { openDatabase } from '../src/storage/open.ts';
import { freePorts } from '../test/support/free-port.ts';

const main = join(import.meta.dirname, '..', 'src', 'main.ts');

/** Longer than any start should take, so that a hanging one ends with its log instead of in silence. */
const startLimitMs = 60_000;
const stopLimitMs = 20_000;

/** A folder to start in; `remove` also takes away a database that was put elsewhere. */
export interface FreshFolder {
  path: string;
  remove(): Promise<void>;
}

/** Makes a folder that the database's unprivileged user can reach when we are root. */
export async function freshFolder(): Promise<FreshFolder> {
  const path = await mkdtemp(join(tmpdir(), 'rw-sandbox-'));
  await chmod(path, 0o755);
  return {
    path,
    async remove() {
      // As root with an unreachable folder, `postgres` is a link to the cluster below /var/lib.
      const cluster = await realpath(join(path, 'data', 'postgres')).catch(() => null);
      if (cluster !== null) await rm(cluster, { recursive: true, force: true });
      await rm(path, { recursive: true, force: true });
    },
  };
}

export interface SandboxProcess {
  url: string;
  /** Logs in once. */
  loginLink: string;
  pid: number;
  /** When it was spawned, on the clock of `performance.now()`. */
  spawnedAt: number;
  /** How long it took to say that everything runs. */
  readyMs: number;
  /** Stops it as Ctrl+C does, and makes sure that nothing of it is left running. */
  stop(): Promise<void>;
}

/** Only what a login shell has: settings and keys of this machine must not reach the sandbox. */
function plainEnvironment(home: string, port: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: home,
    REPLYWRIGHT_PORT: String(port),
  };
}

/** Ends the database server that a killed program left behind. */
async function endOrphan(folder: string): Promise<void> {
  const file = join(folder, 'data', 'postgres', 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return;
  try {
    process.kill(Number(text.split('\n')[0]), 'SIGINT');
  } catch {
    // It ended by itself in the meantime.
    return;
  }
  const limit = performance.now() + stopLimitMs;
  while (performance.now() < limit) {
    if ((await readFile(file).catch(() => null)) === null) return;
    await setTimeout(50);
  }
}

async function stopChild(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const inTime = await Promise.race([ended, setTimeout(stopLimitMs, null, { ref: false })]);
    if (inTime === null) {
      child.kill('SIGKILL');
      await ended;
    }
  }
  await endOrphan(folder);
}

/** The first line on standard output, which `start --json` prints when everything runs. */
async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null || child.stderr === null) throw new Error('The child has no pipes.');
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk).slice(-4_000);
  });
  const lines = createInterface({ input: child.stdout });
  const failed = new AbortController();
  const { signal } = failed;
  try {
    return await Promise.race([
      once(lines, 'line', { signal }).then(([line]) => String(line)),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`replywright start ended with ${code}:\n${log}`);
      }),
      setTimeout(startLimitMs, null, { signal }).then(() => {
        throw new Error(`replywright start is not ready after ${startLimitMs} ms:\n${log}`);
      }),
    ]);
  } finally {
    failed.abort();
  }
}

/**
 * Starts the sandbox in `folder`, on a free port, with the offline responder.
 *
 * @throws Error with the end of the log when it does not come up.
 */
export async function startSandbox(folder: string): Promise<SandboxProcess> {
  const [port = 0] = await freePorts(1);
  const spawnedAt = performance.now();
  const child = spawn(main, ['start', '--json'], {
    cwd: folder,
    env: plainEnvironment(folder, port),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whoever stops us stops the sandbox first; what waits for it fails then, and cleans up.
  const pass = () => child.kill('SIGTERM');
  const signals = ['SIGINT', 'SIGTERM', 'exit'] as const;
  for (const signal of signals) process.on(signal, pass);
  const stop = async () => {
    await stopChild(child, folder);
    for (const signal of signals) process.off(signal, pass);
  };
  try {
    const { url, loginLink } = JSON.parse(await firstLine(child));
    const readyMs = performance.now() - spawnedAt;
    return { url, loginLink, pid: child.pid ?? 0, spawnedAt, readyMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Uses the login link as the button on its page does; returns the cookie of the session. */
export async function logIn(loginLink: string): Promise<string> {
  const answer = await fetch(loginLink, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: new URL(loginLink).origin },
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (answer.status !== 303 || cookie === undefined)
    throw new Error(`The login link answered ${answer.status}: ${await answer.text()}`);
  return cookie;
}

/** True when the queue page has a row, which is a draft that can be approved. */
export function showsDraft(html: string): boolean {
  return /<a href="\/queue\/approve\/c\d+" data-ref=/.test(html);
}

async function until(done: () => Promise<boolean>, everyMs: number, what: string): Promise<void> {
  const limit = performance.now() + startLimitMs;
  while (!(await done())) {
    if (performance.now() > limit) throw new Error(`${what} took more than ${startLimitMs} ms.`);
    await setTimeout(everyMs);
  }
}

/** Looks at the queue page until it shows a draft, as whoever just logged in does. */
export async function waitForFirstDraft(url: string, cookie: string): Promise<void> {
  await until(
    async () => {
      const page = await fetch(`${url}/queue/approve`, { headers: { cookie } });
      if (page.status !== 200) throw new Error(`The queue answered ${page.status}.`);
      return showsDraft(await page.text());
    },
    25,
    'The first draft',
  );
}

/** Waits until every sample mail was taken in, triaged and, where it wants an answer, drafted. */
export async function waitForAllDrafts(folder: string): Promise<void> {
  const dataFolder = join(folder, 'data');
  // Of the samples, not of the mailbox: what was taken in has left that folder for one inside it.
  const samples = await readdir(join(import.meta.dirname, '..', 'src', 'sandbox', 'mails'));
  const mails = samples.filter((name) => name.endsWith('.eml')).length;
  const settings = { databaseUrl: null, dataFolder };
  const { db, close } = await openDatabase(settings, openLog('silent'), { start: false });
  try {
    await until(
      async () => {
        const messages = await db.selectFrom('message').select('state').execute();
        const drafts = await db.selectFrom('draft').select('state').execute();
        const working = [...messages, ...drafts].some(({ state }) =>
          ['stored', 'queued', 'drafting'].includes(state),
        );
        return messages.length >= mails && drafts.length > 0 && !working;
      },
      200,
      'Drafting the sample mails',
    );
  } finally {
    await close();
  }
}
