/** The circuit breaker: when it opens, who may try, and when it closes. */

import { describe, expect, test } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { Breaker } from '../../src/responder/breaker.ts';

const down = new ReplywrightError('model_overloaded', { endpoint: 'x', status: 529 });
const badRequest = new ReplywrightError('model_bad_request', {});

function opened() {
  const clock = { now: 1_000_000 };
  const breaker = new Breaker('model.example', () => clock.now);
  return { clock, breaker };
}

function fail(breaker: Breaker, times: number, error = down): void {
  for (let each = 0; each < times; each += 1) breaker.enter()(error);
}

function codeOf(breaker: Breaker): string | null {
  try {
    breaker.enter()('abandoned');
    return null;
  } catch (error) {
    return (error as ReplywrightError).code;
  }
}

describe('a breaker', () => {
  test('opens after five failures in a row, and says why', () => {
    const { breaker } = opened();
    fail(breaker, 4);
    expect(breaker.trouble).toBeNull();
    fail(breaker, 1);
    expect(codeOf(breaker)).toBe('model_resting');
    expect(breaker.trouble).toMatchObject({ transient: true, waits: true, retryAfterMs: 15_000 });
    expect(breaker.trouble?.message).toContain('overloaded (529)');
  });

  test.each([
    ['an answer', null],
    ['a failure of the request itself', badRequest],
  ])('begins to count anew after %s', (_what, end) => {
    const { breaker } = opened();
    fail(breaker, 4);
    breaker.enter()(end);
    fail(breaker, 4);
    expect(breaker.trouble).toBeNull();
  });

  test('does not count what we gave up ourselves', () => {
    const { breaker } = opened();
    fail(breaker, 4);
    breaker.enter()('abandoned');
    fail(breaker, 1);
    expect(breaker.trouble).not.toBeNull();
  });

  test('lets one call try after its rest, and closes when that is answered', () => {
    const { clock, breaker } = opened();
    fail(breaker, 5);
    clock.now += 15_000;
    const leave = breaker.enter();
    expect(codeOf(breaker)).toBe('model_resting');
    leave(null);
    expect(codeOf(breaker)).toBeNull();
    expect(breaker.trouble).toBeNull();
  });

  test('rests longer each time a try fails, up to five minutes', () => {
    const { clock, breaker } = opened();
    fail(breaker, 5);
    const rests: number[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      clock.now += breaker.trouble?.retryAfterMs ?? 0;
      breaker.enter()(down);
      rests.push(breaker.trouble?.retryAfterMs ?? 0);
    }
    expect(rests).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  });

  test('lets the next one try when the first gave up without an answer', () => {
    const { clock, breaker } = opened();
    fail(breaker, 5);
    clock.now += 15_000;
    breaker.enter()('abandoned');
    breaker.enter()(null);
    expect(breaker.trouble).toBeNull();
  });

  test('waits as long as the endpoint asks', () => {
    const { breaker } = opened();
    fail(
      breaker,
      5,
      new ReplywrightError('model_rate_limited', { endpoint: 'x' }, { retryAfterMs: 90_000 }),
    );
    expect(breaker.trouble?.retryAfterMs).toBe(90_000);
  });
});
