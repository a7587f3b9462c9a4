/** Threading, case by case: what belongs together does, and no two customers are merged. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type House, openHouse } from '../support/parts.ts';
import { threadCases } from './thread-cases.ts';
import { expectedGrouping, runCase } from './thread-run.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

test.each(threadCases.map((each, number) => ({ ...each, number })))(
  '$source: $name',
  async ({ number, ...given }) => {
    const { grouping, mergesCustomers } = await runCase(house, given, number);
    expect(grouping).toBe(expectedGrouping(given));
    expect(mergesCustomers).toBe(false);
  },
);

test('there are enough of them, each with a name of its own', () => {
  expect(threadCases.length).toBeGreaterThanOrEqual(60);
  expect(new Set(threadCases.map(({ name }) => name)).size).toBe(threadCases.length);
});
