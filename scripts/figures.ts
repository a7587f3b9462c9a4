/** Measurements as commands: finds them, runs one, and prints its figures for people and for machines. */

import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** What a figure should be; the unit stands at the end of its name (`p95_ms`, `rss_mb`). */
export type Target = { below: number } | { atLeast: number };

export interface Figures {
  /** Measured now. */
  figures: Record<string, number>;
  /** What they are compared with, measured in the same run on the same machine. */
  reference: Record<string, number>;
  /** For the figures that have to reach something. */
  targets: Record<string, Target>;
  /** Names of what failed, by kind of failure, for whoever wants to look. */
  failures?: Record<string, readonly string[]>;
}

export interface MeasurementOptions {
  /** The folder of test data that is not part of the project; null where none was named. */
  corpora: string | null;
  /** How much to measure with; null where the measurement's own number is wanted. */
  n: number | null;
  /** Tells a person what is going on. */
  progress(line: string): void;
}

/** What a file in scripts/bench or scripts/eval exports. */
export interface Measurement {
  /** One line for the list. */
  description: string;
  run(options: MeasurementOptions): Promise<Figures>;
}

/** Where a measuring command gets its words from and puts its own. */
export interface Surroundings {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
}

/** True when `value` is what `target` asks for; a figure that was not measured misses it. */
export function meets(value: number | undefined, target: Target): boolean {
  if (value === undefined || !Number.isFinite(value)) return false;
  return 'below' in target ? value < target.below : value >= target.atLeast;
}

/** True when all targets are met. */
export function passes({ figures, targets }: Pick<Figures, 'figures' | 'targets'>): boolean {
  return Object.entries(targets).every(([name, target]) => meets(figures[name], target));
}

/** The middle value; of an even number of them, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error('There is no median of no values.');
  return (low + high) / 2;
}

/** The figures as the one line of JSON that ends the output. */
export function figuresLine(name: string, measured: Figures): string {
  const { figures, reference, targets, failures } = measured;
  const pass = passes(measured);
  return JSON.stringify({ name, figures, reference, targets, pass, failures });
}

/** The figures as a table, each with its target and whether it is met. */
export function figuresTable({ figures, reference, targets }: Figures): string {
  const rows = Object.entries(figures).map(([name, value]) => {
    const target = targets[name];
    if (target === undefined) return [name, String(value), ''];
    const asked = 'below' in target ? `below ${target.below}` : `at least ${target.atLeast}`;
    return [name, String(value), `${asked}: ${meets(value, target) ? 'met' : 'MISSED'}`];
  });
  const compared = Object.entries(reference).map(([name, value]) => [
    name,
    String(value),
    'reference',
  ]);
  const all = [...rows, ...compared];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(([name = '', value = '', note = '']) =>
      `  ${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${note}`.trimEnd(),
    )
    .join('\n');
}

/** The names of the measurements in a folder; none when there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

async function load(folder: string, name: string): Promise<Measurement> {
  return (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as Measurement;
}

async function helpText(command: string, folder: string): Promise<string> {
  const names = await namesIn(folder);
  const rows = await Promise.all(
    names.map(async (name) => `  ${name.padEnd(14)} ${(await load(folder, name)).description}`),
  );
  return `Usage: npm run ${command} -- NAME [--json] [--corpora DIR] [--n NUMBER]

${rows.length === 0 ? '  none yet' : rows.join('\n')}

  --json           end with one line of JSON: name, figures, reference, targets, pass
  --corpora DIR    the folder of test data; default is REPLYWRIGHT_CORPORA
  --n NUMBER       how much to measure with, where a measurement says so

Exits with 0 when it measured, whatever it found.
`;
}

const usageExit = 2;

/**
 * Runs one measurement of a folder, by the name on the command line.
 *
 * @returns the exit code: 0 when it measured, 1 when it could not, 2 for a wrong command line.
 */
export async function runMeasurement(
  command: 'bench' | 'eval',
  folder: string,
  { argv, env, out, err }: Surroundings,
): Promise<number> {
  const parsed = parseCommandLine(argv);
  if ('mistake' in parsed) {
    err(`${parsed.mistake}\n\n${await helpText(command, folder)}`);
    return usageExit;
  }
  const { name, json, help } = parsed;
  if (help) {
    out(await helpText(command, folder));
    return 0;
  }
  if (name === null || !(await namesIn(folder)).includes(name)) {
    const mistake = name === null ? `Which ${command}?` : `There is no ${command} "${name}".`;
    err(`${mistake}\n\n${await helpText(command, folder)}`);
    return usageExit;
  }
  const corpora = parsed.corpora ?? env.REPLYWRIGHT_CORPORA ?? '';
  try {
    const measured = await (await load(folder, name)).run({
      corpora: corpora === '' ? null : resolve(corpora),
      n: parsed.n,
      progress: (line) => err(`${line}\n`),
    });
    out(`\n${command} ${name}\n${figuresTable(measured)}\n`);
    if (json) out(`${figuresLine(name, measured)}\n`);
    return 0;
  } catch (error) {
    err(`${command} ${name} could not measure: ${(error as Error).stack ?? error}\n`);
    return 1;
  }
}

function parseCommandLine(argv: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        corpora: { type: 'string' },
        n: { type: 'string' },
      },
    });
    if (positionals.length > 1) return { mistake: 'One name at a time, please.' };
    const n = values.n === undefined ? null : Number(values.n);
    if (n !== null && !(Number.isInteger(n) && n > 0)) return { mistake: '--n wants a number.' };
    return { ...values, n, name: positionals[0] ?? null };
  } catch (error) {
    return { mistake: (error as Error).message };
  }
}
