/** The closing line of a test run counts honestly: what did not pass and was not skipped, failed. */

import { describe, expect, it } from 'vitest';
import { plainSummary } from '../support/plain-summary-reporter.ts';

function suite(...errors: string[]) {
  return { errors: () => errors };
}

function file(states: string[], errors: string[] = [], suites = [suite()]) {
  const allTests = () => states.map((state) => ({ result: () => ({ state }) }));
  return { ...suite(...errors), children: { allTests, allSuites: () => suites } };
}

describe('plainSummary', () => {
  it('adds up all files', () => {
    const files = [file(['passed', 'passed']), file(['failed', 'skipped', 'passed'])];
    expect(plainSummary(files, 0)).toBe('3 passed, 1 failed, 1 skipped');
    expect(plainSummary([], 0)).toBe('0 passed, 0 failed, 0 skipped');
  });

  it('counts a file that did not load, a suite that did not start, and errors of no test', () => {
    expect(plainSummary([file([], ['no such module'])], 0)).toBe('0 passed, 1 failed, 0 skipped');
    const broken = file(['skipped'], [], [suite('beforeAll')]);
    expect(plainSummary([broken], 2)).toBe('0 passed, 3 failed, 1 skipped');
  });

  it('counts a test that never ended as failed', () => {
    expect(plainSummary([file(['pending', 'passed'])], 0)).toBe('1 passed, 1 failed, 0 skipped');
  });
});
