/** Closes a test run with one plain line, such as "123 passed, 0 failed, 0 skipped", for people and for scripts. */

import type { Reporter } from 'vitest/node';

/** What the line counts, of vitest's test modules (files) and of the suites in them. */
interface Counted {
  errors(): readonly unknown[];
  children: {
    allTests(): Iterable<{ result(): { state: string } }>;
    allSuites(): Iterable<{ errors(): readonly unknown[] }>;
  };
}

/**
 * The line for a finished run. Whatever did not pass and was not skipped counts as failed: a test that never ended,
 * a file that could not be loaded, an error outside of any test.
 *
 * @param loose how many errors no test could be blamed for.
 */
export function plainSummary(modules: readonly Counted[], loose: number): string {
  const count = { passed: 0, failed: loose, skipped: 0 };
  for (const module of modules) {
    for (const suite of [module, ...module.children.allSuites()])
      if (suite.errors().length > 0) count.failed += 1;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      count[state === 'passed' || state === 'skipped' ? state : 'failed'] += 1;
    }
  }
  return `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
}

/** The reporter; it stands last in vitest.config.ts, so that its line is the last one. */
export default class PlainSummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly Counted[], unhandled: readonly unknown[]): void {
    process.stdout.write(`\n${plainSummary(modules, unhandled.length)}\n`);
  }
}
