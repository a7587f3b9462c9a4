/** Retry: the wait grows, never ends in a hot loop and never beyond its caps. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDelayMs } from '../../src/pipeline/retry.ts';

test.each([
  [0, 500, 1_000],
  [1, 1_000, 2_000],
  [2, 2_000, 4_000],
  [5, 16_000, 32_000],
  [9, 256_000, 512_000],
  [10, 300_000, 600_000],
  [1_000, 300_000, 600_000],
])('after %i failures it waits between %i and %i ms', (failures, least, most) => {
  const delays = Array.from({ length: 200 }, () => retryDelayMs(failures, null));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(least);
  expect(Math.max(...delays)).toBeLessThanOrEqual(most);
  // Jitter: those who failed together do not come back together.
  expect(new Set(delays).size).toBeGreaterThan(100);
});

test.each([
  [0, 1_000],
  [-5, 1_000],
  [999, 1_000],
  [30_000, 30_000],
  [3_600_000, 3_600_000],
  [86_400_000, 3_600_000],
])('asked to wait %i ms it waits %i ms', (asked, waited) => {
  expect(retryDelayMs(0, asked)).toBe(waited);
  expect(retryDelayMs(50, asked)).toBe(waited);
});

test('whatever happened, it waits between half a second and an hour', () => {
  const asked = fc.option(fc.double({ noNaN: true }), { nil: null });
  fc.assert(
    fc.property(fc.nat(), asked, (failures, ms) => {
      const delay = retryDelayMs(failures, ms);
      return delay >= 500 && delay <= 3_600_000;
    }),
  );
});
