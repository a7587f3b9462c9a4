/** A conversation keeps its responder, shares are as large as they say, and grow one way only. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holderOf, placeCount, placeOf, reallot, sharesOf } from '../../src/domain/rollout.ts';

const names = ['own', 'careful', 'bold', 'offline'];

/** Shares of a hundred percent together, for two to four responders. */
const shares = fc
  .array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 3 })
  .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), placeCount])
  .map((cuts) =>
    cuts.slice(1).map((cut, index) => ({
      responder: names[index] ?? 'own',
      percent: cut - (cuts[index] ?? 0),
    })),
  );

const allOwn = Array<string>(placeCount).fill('own');

describe('the place of a conversation', () => {
  test('spreads over all places evenly, in both draws', () => {
    for (const draw of ['split', 'shadow'] as const) {
      const counts = Array<number>(placeCount).fill(0);
      for (let id = 1; id <= 100_000; id += 1)
        counts[placeOf(id, draw)] = (counts[placeOf(id, draw)] ?? 0) + 1;
      // 1,000 a place are expected, with a deviation of 31.
      expect(Math.min(...counts)).toBeGreaterThan(850);
      expect(Math.max(...counts)).toBeLessThan(1_150);
    }
  });

  test('in one draw says nothing about the other', () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => index + 1);
    const first = ids.filter((id) => placeOf(id, 'split') < 20);
    const both = first.filter((id) => placeOf(id, 'shadow') < 50).length;
    expect(both / first.length).toBeCloseTo(0.5, 1);
  });
});

test('every share is as large as it says, among many conversations', () => {
  const places = reallot(allOwn, [
    { responder: 'own', percent: 65 },
    { responder: 'careful', percent: 25 },
    { responder: 'bold', percent: 10 },
  ]);
  const held = new Map<string | null, number>();
  for (let id = 1; id <= 20_000; id += 1) {
    const holder = holderOf(places, id, 'split');
    held.set(holder, (held.get(holder) ?? 0) + 1);
  }
  for (const [name, share] of [
    ['own', 0.65],
    ['careful', 0.25],
    ['bold', 0.1],
  ] as const)
    expect(Math.abs((held.get(name) ?? 0) / 20_000 - share)).toBeLessThan(0.01);
});

test('where nobody holds a place, nobody is drawn', () => {
  expect(holderOf([], 7, 'split')).toBeNull();
  const drawn = Array.from({ length: 1_000 }, (_, id) => holderOf(['bold'], id, 'shadow'));
  expect(new Set(drawn)).toEqual(new Set([null, 'bold']));
});

test('places give back the shares that they were allotted for', () => {
  fc.assert(
    fc.property(shares, shares, (first, second) => {
      const places = reallot(reallot(allOwn, first), second);
      expect(places).toHaveLength(placeCount);
      const asked = second.filter(({ percent }) => percent > 0);
      expect(new Map(sharesOf(places).map((share) => [share.responder, share.percent]))).toEqual(
        new Map(asked.map((share) => [share.responder, share.percent])),
      );
    }),
  );
});

test('a change moves only as many places as shares grow, from the shrinking to the growing', () => {
  fc.assert(
    fc.property(shares, shares, (first, second) => {
      const before = reallot(allOwn, first);
      const after = reallot(before, second);
      const of = (list: typeof first, name: string) =>
        list.find(({ responder }) => responder === name)?.percent ?? 0;
      let moved = 0;
      for (const [place, holder] of after.entries()) {
        const was = before[place] ?? '';
        if (was === holder) continue;
        moved += 1;
        expect(of(second, was)).toBeLessThan(of(first, was));
        expect(of(second, holder)).toBeGreaterThan(of(first, holder));
      }
      const growth = names.map((name) => Math.max(0, of(second, name) - of(first, name)));
      expect(moved).toBe(growth.reduce((sum, each) => sum + each, 0));
    }),
  );
});
