/** `bench start`: how long the sandbox takes to its first draft, and again to ready, and how much memory it needs. */

import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openLog } from '../../src/log.ts';
import { startEmbeddedServer } from '../../src/storage/embedded.ts';
import { type Figures, type MeasurementOptions, median } from '../figures.ts';
import {
  type FreshFolder,
  freshFolder,
  logIn,
  type SandboxProcess,
  startSandbox,
  waitForAllDrafts,
  waitForFirstDraft,
} from '../sandbox-process.ts';

export const description =
  'the sandbox: cold start to the first draft, warm start to ready, memory of the Node process';

const runs = 3;

/** What one run measures; each figure is the median of all runs. */
type Sample = Record<
  | 'cold_ready_ms'
  | 'cold_first_draft_ms'
  | 'cold_all_drafts_ms'
  | 'warm_ready_ms'
  | 'rss_mb'
  | 'rss_peak_mb',
  number
>;

type ReferenceSample = Record<'bare_node_ms' | 'bare_database_ms', number>;

/**
 * The memory that a process has in RAM now and had at most, as proc_pid_status(5) tells it.
 *
 * @throws Error where there is no /proc, which is everywhere but on Linux.
 */
export function residentMemory(status: string): { rss_mb: number; rss_peak_mb: number } {
  const megabytes = (field: string): number => {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kib === undefined) throw new Error(`/proc/PID/status has no ${field}.`);
    return (Number(kib) * 1024) / 1_000_000;
  };
  return { rss_mb: megabytes('VmRSS'), rss_peak_mb: megabytes('VmHWM') };
}

/** Runs `work` with a sandbox on `folder`, which is stopped whatever happens. */
async function withSandbox<T>(
  folder: FreshFolder,
  work: (sandbox: SandboxProcess) => Promise<T>,
): Promise<T> {
  const sandbox = await startSandbox(folder.path);
  try {
    return await work(sandbox);
  } finally {
    await sandbox.stop();
  }
}

/** What Node compiled at earlier starts; a first start has none of it. */
const compileCache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'replywright');

async function measureCold(folder: FreshFolder) {
  await rm(compileCache, { recursive: true, force: true });
  return await withSandbox(folder, async ({ url, loginLink, pid, spawnedAt, readyMs }) => {
    const cookie = await logIn(loginLink);
    await waitForFirstDraft(url, cookie);
    const firstDraftMs = performance.now() - spawnedAt;
    await waitForAllDrafts(folder.path);
    const allDraftsMs = performance.now() - spawnedAt;
    const memory = residentMemory(await readFile(`/proc/${pid}/status`, 'utf8'));
    return {
      cold_ready_ms: readyMs,
      cold_first_draft_ms: firstDraftMs,
      cold_all_drafts_ms: allDraftsMs,
      ...memory,
    };
  });
}

async function measureWarm(folder: FreshFolder): Promise<{ warm_ready_ms: number }> {
  return await withSandbox(folder, async ({ url, spawnedAt }) => {
    const { ok } = await fetch(`${url}/healthz`);
    if (!ok) throw new Error('/healthz is not well after a warm start.');
    return { warm_ready_ms: performance.now() - spawnedAt };
  });
}

async function measureOnce(): Promise<Sample> {
  const folder = await freshFolder();
  try {
    return { ...(await measureCold(folder)), ...(await measureWarm(folder)) };
  } finally {
    await folder.remove();
  }
}

/** What cannot be had faster: an empty Node program, and a database created and started for nothing. */
async function measureReference(): Promise<ReferenceSample> {
  const nodeAt = performance.now();
  await promisify(execFile)(process.execPath, ['-e', '']);
  const bareNodeMs = performance.now() - nodeAt;
  const folder = await freshFolder();
  try {
    const databaseAt = performance.now();
    const server = await startEmbeddedServer(`${folder.path}/data`, openLog('silent'));
    const bareDatabaseMs = performance.now() - databaseAt;
    await server.stop();
    return { bare_node_ms: bareNodeMs, bare_database_ms: bareDatabaseMs };
  } finally {
    await folder.remove();
  }
}

/** The median of each figure, in whole units. */
export function mediansOf<Name extends string>(
  samples: readonly Record<Name, number>[],
): Record<Name, number> {
  const names = Object.keys(samples[0] ?? {}) as Name[];
  return Object.fromEntries(
    names.map((name) => [name, Math.round(median(samples.map((sample) => sample[name])))]),
  ) as Record<Name, number>;
}

function told(sample: Record<string, number>): string {
  return Object.entries(sample)
    .map(([name, value]) => `${name} ${Math.round(value)}`)
    .join(', ');
}

/** Measures a few times in turn with the reference, so that a slow moment of the machine meets both. */
export async function run({ progress }: MeasurementOptions): Promise<Figures> {
  const samples: Sample[] = [];
  const references: ReferenceSample[] = [];
  for (let round = 1; round <= runs; round += 1) {
    const reference = await measureReference();
    const sample = await measureOnce();
    progress(`run ${round} of ${runs}: ${told(sample)}; ${told(reference)}`);
    references.push(reference);
    samples.push(sample);
  }
  return {
    figures: mediansOf(samples),
    reference: mediansOf(references),
    targets: {
      cold_first_draft_ms: { below: 10_000 },
      warm_ready_ms: { below: 3_000 },
      rss_mb: { below: 250 },
      rss_peak_mb: { below: 250 },
    },
  };
}
