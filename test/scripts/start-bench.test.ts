/** The pure parts of `bench start`: reading memory, medians of runs, seeing a draft on the queue page. */

import { describe, expect, it } from 'vitest';
import { mediansOf, residentMemory } from '../../scripts/bench/start.ts';
import { showsDraft } from '../../scripts/sandbox-process.ts';

describe('residentMemory', () => {
  it('reads what /proc tells, in megabytes', () => {
    const status =
      'Name:\tnode\nVmPeak:\t 9999999 kB\nVmHWM:\t  250000 kB\nVmRSS:\t  200000 kB\nThreads:\t11\n';
    expect(residentMemory(status)).toEqual({ rss_mb: 204.8, rss_peak_mb: 256 });
  });

  it('refuses a status without memory, such as that of a process that ended', () => {
    expect(() => residentMemory('Name:\tnode\nState:\tZ (zombie)\n')).toThrow('no VmRSS');
  });
});

describe('mediansOf', () => {
  it('takes each figure by itself, in whole units', () => {
    expect(
      mediansOf([
        { a_ms: 1.4, b_ms: 30 },
        { a_ms: 3, b_ms: 10 },
        { a_ms: 2.6, b_ms: 20 },
      ]),
    ).toEqual({ a_ms: 3, b_ms: 20 });
  });
});

describe('showsDraft', () => {
  it('sees a row to approve, and none in an empty or another queue', () => {
    expect(showsDraft('<li id="row-c7"><a href="/queue/approve/c7" data-ref="c7">')).toBe(true);
    expect(showsDraft('<a href="/queue/approve" data-do="go-approve">To approve</a>')).toBe(false);
    expect(showsDraft('<a href="/queue/person/c7" data-ref="c7">')).toBe(false);
  });
});
