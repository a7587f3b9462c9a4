/** The closing line of a test run counts honestly: what did not pass and was not skipped, failed. */

import { describe, expect, it } from 'vitest';
import { countTests } from '../support/plain-summary-reporter.ts';

function suite(...errors: string[]) {
  return { errors: () => errors };
}

function file(states: string[], errors: string[] = [], suites = [suite()]) {
  const allTests = () =>
    states.map((state) => ({ fullName: `a ${state} test`, result: () => ({ state }) }));
  return { ...suite(...errors), children: { allTests, allSuites: () => suites } };
}

describe('countTests', () => {
  it('adds up all files', () => {
    const files = [file(['passed', 'passed']), file(['failed', 'skipped', 'passed'])];
    expect(countTests(files, 0)).toEqual({ passed: 3, failed: 1, skipped: ['a skipped test'] });
    expect(countTests([], 0)).toEqual({ passed: 0, failed: 0, skipped: [] });
  });

  it('counts a file that did not load, a suite that did not start, and errors of no test', () => {
    expect(countTests([file([], ['no such module'])], 0)).toEqual({
      passed: 0,
      failed: 1,
      skipped: [],
    });
    const broken = file(['skipped'], [], [suite('beforeAll')]);
    expect(countTests([broken], 2)).toEqual({ passed: 0, failed: 3, skipped: ['a skipped test'] });
  });

  it('counts a test that never ended as failed', () => {
    expect(countTests([file(['pending', 'passed'])], 0)).toEqual({
      passed: 1,
      failed: 1,
      skipped: [],
    });
  });
});
