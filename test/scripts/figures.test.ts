/** Measuring commands: targets, figures as text and JSON, finding a measurement by name, exit codes. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  figuresLine,
  figuresTable,
  median,
  meets,
  passes,
  runMeasurement,
} from '../../scripts/figures.ts';

describe('targets', () => {
  it('are met below, and at least', () => {
    expect(meets(9_999, { below: 10_000 })).toBe(true);
    expect(meets(10_000, { below: 10_000 })).toBe(false);
    expect(meets(0.9, { atLeast: 0.9 })).toBe(true);
    expect(meets(0.89, { atLeast: 0.9 })).toBe(false);
  });

  it('are missed by what was not measured', () => {
    expect(meets(undefined, { below: 1 })).toBe(false);
    expect(meets(Number.NaN, { atLeast: 0 })).toBe(false);
    expect(passes({ figures: {}, targets: { p95_ms: { below: 1 } } })).toBe(false);
  });

  it('must all be met; figures without one do not count', () => {
    const figures = { p95_ms: 5, rss_mb: 300 };
    expect(passes({ figures, targets: { p95_ms: { below: 6 } } })).toBe(true);
    expect(passes({ figures, targets: { p95_ms: { below: 6 }, rss_mb: { below: 250 } } })).toBe(
      false,
    );
  });
});

describe('median', () => {
  it('is the middle, or the mean of the middle two', () => {
    expect(median([30, 1, 2])).toBe(2);
    expect(median([10, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow('no values');
  });
});

describe('figures', () => {
  const measured = {
    figures: { cold_ms: 1200, rss_mb: 300 },
    reference: { bare_ms: 40 },
    targets: { rss_mb: { below: 250 } },
  };

  it('as JSON have all five parts', () => {
    expect(JSON.parse(figuresLine('start', measured))).toEqual({
      name: 'start',
      ...measured,
      pass: false,
    });
  });

  it('as JSON name what failed', () => {
    const failures = { replies: ['a.txt'] };
    expect(JSON.parse(figuresLine('start', { ...measured, failures })).failures).toEqual(failures);
  });

  it('as a table say which target is missed', () => {
    expect(figuresTable(measured).split('\n')).toEqual([
      '  cold_ms  1200',
      '  rss_mb    300  below 250: MISSED',
      '  bare_ms    40  reference',
    ]);
  });
});

describe('runMeasurement', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rw-measure-'));
    await writeFile(
      join(folder, 'quick.ts'),
      `export const description = 'measures nothing';
       export const run = async ({ corpora, progress }) => {
         progress('looking at ' + corpora);
         return { figures: { n: 1 }, reference: {}, targets: { n: { atLeast: 2 } } };
       };`,
    );
    await writeFile(
      join(folder, 'broken.ts'),
      `export const description = 'breaks'; export const run = async () => { throw new Error('no disk'); };`,
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function call(argv: string[], env: Record<string, string> = {}, where = folder) {
    let [out, err] = ['', ''];
    const exitCode = await runMeasurement('bench', where, {
      argv,
      env,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    });
    return { exitCode, out, err };
  }

  it('ends with the JSON line and 0, although the target is missed', async () => {
    const { exitCode, out, err } = await call(['quick', '--json', '--corpora', '/corpora']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      name: 'quick',
      pass: false,
    });
    expect(err).toBe('looking at /corpora\n');
  });

  it('takes the corpora from the environment, and does without', async () => {
    const named = await call(['quick'], { REPLYWRIGHT_CORPORA: '/elsewhere' });
    expect(named.err).toContain('looking at /elsewhere');
    const { err, out } = await call(['quick'], { REPLYWRIGHT_CORPORA: '' });
    expect(err).toContain('looking at null');
    expect(out).not.toContain('{');
  });

  it('exits with 1 and the reason when it could not measure', async () => {
    const { exitCode, err, out } = await call(['broken', '--json']);
    expect([exitCode, out]).toEqual([1, '']);
    expect(err).toContain('bench broken could not measure: Error: no disk');
  });

  it.each([
    [[], 'Which bench?'],
    [['nope'], 'There is no bench "nope".'],
    [['../figures'], 'There is no bench'],
    [['quick', 'broken'], 'One name at a time'],
    [['quick', '--fast'], "Unknown option '--fast'"],
  ])('exits with 2 and the list for %j', async (argv, reason) => {
    const { exitCode, err } = await call(argv);
    expect(exitCode).toBe(2);
    expect(err).toContain(reason);
    expect(err).toMatch(/ {2}broken +breaks\n {2}quick +measures nothing/);
  });

  it('says so when there is nothing to run yet', async () => {
    const { exitCode, out } = await call(['--help'], {}, join(folder, 'missing'));
    expect(exitCode).toBe(0);
    expect(out).toContain('none yet');
  });
});
