/** Closes a test run with one plain line, such as "123 passed, 0 failed, 0 skipped", for people and for scripts. */

import type { Reporter } from 'vitest/node';

/** What the line counts, of vitest's test modules (files) and of the suites in them. */
interface Counted {
  errors(): readonly unknown[];
  children: {
    allTests(): Iterable<{ fullName: string; result(): { state: string } }>;
    allSuites(): Iterable<{ errors(): readonly unknown[] }>;
  };
}

export interface Count {
  passed: number;
  failed: number;
  /** The full names of the skipped tests; the reason stands in the name. */
  skipped: string[];
}

/**
 * Counts a finished run. Whatever did not pass and was not skipped counts as failed: a test that never ended, a file
 * that could not be loaded, an error outside of any test.
 *
 * @param loose how many errors no test could be blamed for.
 */
export function countTests(modules: readonly Counted[], loose: number): Count {
  const count: Count = { passed: 0, failed: loose, skipped: [] };
  for (const module of modules) {
    for (const suite of [module, ...module.children.allSuites()])
      if (suite.errors().length > 0) count.failed += 1;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'skipped') count.skipped.push(test.fullName);
      else count[state === 'passed' ? 'passed' : 'failed'] += 1;
    }
  }
  return count;
}

/** The reporter; it stands last in vitest.config.ts, so that its line is the last one. */
export default class PlainSummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly Counted[], unhandled: readonly unknown[]): void {
    const { passed, failed, skipped } = countTests(modules, unhandled.length);
    if (skipped.length > 0) process.stdout.write(`\nSkipped:\n  ${skipped.join('\n  ')}\n`);
    if (skipped.length > 0 && process.env.REPLYWRIGHT_TEST_REQUIRE === 'all') {
      process.stderr.write('\nREPLYWRIGHT_TEST_REQUIRE=all: a skipped test is a failure.\n');
      process.exitCode = 1;
    }
    process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
  }
}
