/** The waits between connections: they grow, have an end, and only a good life makes them short again. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Backoff } from '../../src/mail/backoff.ts';

const minute = 60_000;

it('waits about a second, then ever longer, and never longer than 36 seconds', () => {
  const backoff = new Backoff();
  let now = 0;
  const waits = Array.from({ length: 20 }, () => {
    const wait = backoff.failed(now, 0);
    now += wait;
    return wait;
  });
  expect(waits[0]).toBeGreaterThanOrEqual(800);
  expect(waits[0]).toBeLessThanOrEqual(1_200);
  expect(Math.max(...waits)).toBeLessThanOrEqual(36_000);
  expect(Math.min(...waits.slice(10))).toBeGreaterThanOrEqual(24_000);
});

it('forgets its failures only after a connection that lived for five minutes', () => {
  const backoff = new Backoff();
  for (let n = 0; n < 20; n += 1) backoff.failed(0, 0);
  backoff.connected(0);
  expect(backoff.remainingMs(0)).toBe(0);
  expect(backoff.failed(5 * minute - 1, 0)).toBeGreaterThanOrEqual(24_000);
  backoff.connected(10 * minute);
  expect(backoff.failed(15 * minute, 0)).toBeLessThanOrEqual(1_200);
});

it('allows no attempt before its wait is over, whatever happens, unless a person asks', () => {
  const step = fc.record({
    passes: fc.integer({ min: 0, max: 10 * minute }),
    connects: fc.boolean(),
    atLeast: fc.constantFrom(0, 5 * minute),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const backoff = new Backoff();
      let now = 0;
      for (const { passes, connects, atLeast } of steps) {
        if (connects) backoff.connected(now);
        now += passes;
        const wait = backoff.failed(now, atLeast);
        expect(wait).toBeGreaterThanOrEqual(Math.max(800, atLeast));
        expect(backoff.remainingMs(now)).toBe(wait);
        expect(backoff.remainingMs(now + wait)).toBe(0);
      }
      backoff.hurry();
      expect(backoff.remainingMs(now)).toBe(0);
    }),
  );
});
