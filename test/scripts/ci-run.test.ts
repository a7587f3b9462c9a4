/** `.ci/run` fails when any of its stages fails, and ends with the closing line of the tests. */

import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '..', '..', '.ci', 'run');

/** Stands in for npm: says what it was asked, and fails where BROKEN says so. */
const npm = `#!/bin/sh
echo "npm $*"
case "$*" in
  test) echo "$TESTS_SAY"; echo "required: $REPLYWRIGHT_TEST_REQUIRE" ;;
esac
for broken in $BROKEN; do
  case "$*" in *"$broken") echo "$broken is broken" >&2; exit 3 ;; esac
done
exit 0
`;

describe('.ci/run', () => {
  let clone = '';

  beforeAll(async () => {
    clone = await mkdtemp(join(tmpdir(), 'rw-ci-'));
    const bin = join(clone, 'node_modules', '.bin');
    await mkdir(join(clone, '.ci'));
    await mkdir(bin, { recursive: true });
    await copyFile(script, join(clone, '.ci', 'run'));
    await writeFile(join(bin, 'npm'), npm);
    await writeFile(join(bin, 'node'), '#!/bin/sh\necho "$NODE_SAYS"\n');
    for (const name of ['npm', 'node']) await chmod(join(bin, name), 0o755);
  });
  afterAll(() => rm(clone, { recursive: true }));

  function run(env: Record<string, string>) {
    const { status, stdout, stderr } = spawnSync(join(clone, '.ci', 'run'), {
      cwd: tmpdir(),
      encoding: 'utf8',
      env: {
        PATH: `${join(clone, 'node_modules', '.bin')}:${process.env.PATH}`,
        TESTS_SAY: '12 passed, 0 failed, 0 skipped',
        NODE_SAYS: 'v24.21.0',
        BROKEN: '',
        ...env,
      },
    });
    return { status, stderr, lines: stdout.trimEnd().split('\n') };
  }

  it('runs every stage, tells its time, and ends with the closing line', () => {
    const { status, lines } = run({});
    expect(status).toBe(0);
    expect(lines.at(-1)).toBe('12 passed, 0 failed, 0 skipped');
    const asked = lines.filter((line) => line.startsWith('npm '));
    expect(asked).toEqual([
      'npm install --no-save --no-progress',
      ...['lint', 'types', 'deadcode', 'docs:check'].map((name) => `npm run --silent ${name}`),
      'npm test',
    ]);
    expect(lines).toContain('required: all');
    for (const name of ['install', 'checks', 'tests'])
      expect(lines.some((line) => line.startsWith(name) && /\d\.\d s/.test(line))).toBe(true);
  });

  it.each(['no-progress', 'lint', 'types', 'deadcode', 'docs:check'])('stops at %s', (stage) => {
    const { status, stderr, lines } = run({ BROKEN: stage });
    expect(status).not.toBe(0);
    expect(stderr).toContain('FAILED');
    expect(lines).not.toContain('npm test');
  });

  it('names every check that failed, not only the first', () => {
    expect(run({ BROKEN: 'lint docs:check' }).stderr).toContain('FAILED: lint docs:check');
  });

  it('fails with the tests, and still ends with their closing line', () => {
    const { status, lines } = run({ BROKEN: 'test', TESTS_SAY: '11 passed, 1 failed, 0 skipped' });
    expect(status).toBe(3);
    expect(lines.at(-1)).toBe('11 passed, 1 failed, 0 skipped');
  });

  it('does not believe an exit code that the closing line contradicts', () => {
    expect(run({ TESTS_SAY: '11 passed, 1 failed, 0 skipped' }).status).toBe(1);
    expect(run({ TESTS_SAY: '11 passed, 10 failed, 0 skipped' }).status).toBe(1);
    expect(run({ TESTS_SAY: 'nothing ran' }).status).toBe(1);
  });

  it('refuses an older Node', () => {
    const { status, stderr } = run({ NODE_SAYS: 'v20.20.2' });
    expect(status).toBe(1);
    expect(stderr).toContain('Node 24');
  });
});
