/** Business hours: the next moment within them, whatever the clocks do meanwhile. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BusinessHours,
  isWithin,
  nextWithin,
  type Span,
} from '../../src/domain/business-hours.ts';
import { isTimeZone, momentOf, writtenAt } from '../../src/domain/zoned-time.ts';

const at = (time: string): number => {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
};
const span = (from: string, to: string): Span => ({ from: at(from), to: at(to) });

const nineToFive = [span('09:00', '17:00')];
const week: BusinessHours = {
  days: [[], nineToFive, nineToFive, nineToFive, nineToFive, nineToFive, []],
  holidays: [],
};
const everyDay = (...spans: Span[]): BusinessHours => ({
  days: Array.from({ length: 7 }, () => spans),
  holidays: [],
});
const siesta = everyDay(span('09:00', '12:00'), span('15:00', '18:00'));

// 29 March 2026: 02:00 becomes 03:00 in Berlin; 25 October 2026: 03:00 becomes 02:00.
const berlin = 'Europe/Berlin';
test.each<[what: string, now: string, hours: BusinessHours, zone: string, next: string]>([
  ['within them', '2026-11-23T10:00:00.123Z', week, berlin, '2026-11-23T10:00:00.123Z'],
  ['at their first moment', '2026-11-23T08:00:00Z', week, berlin, '2026-11-23T08:00:00Z'],
  ['before them', '2026-11-23T07:59:59.999Z', week, berlin, '2026-11-23T08:00:00Z'],
  ['at their end', '2026-11-23T16:00:00Z', week, berlin, '2026-11-24T08:00:00Z'],
  ['on Friday evening', '2026-11-20T18:00:00Z', week, berlin, '2026-11-23T08:00:00Z'],
  ['on Saturday', '2026-11-21T10:00:00Z', week, berlin, '2026-11-23T08:00:00Z'],
  ['in the break', '2026-11-23T12:00:00Z', siesta, berlin, '2026-11-23T14:00:00Z'],
  ['over the end of winter time', '2026-03-27T20:00:00Z', week, berlin, '2026-03-30T07:00:00Z'],
  ['over the end of summer time', '2026-10-23T20:00:00Z', week, berlin, '2026-10-26T08:00:00Z'],
  [
    'on a holiday',
    '2026-12-25T09:00:00Z',
    { ...week, holidays: ['2026-12-25', '2026-12-28'] },
    berlin,
    '2026-12-29T08:00:00Z',
  ],
  [
    'on a holiday of another day in UTC',
    '2026-12-24T20:00:00Z',
    { ...everyDay(span('00:00', '24:00')), holidays: ['2026-12-25'] },
    'Pacific/Auckland',
    '2026-12-25T11:00:00Z',
  ],
  [
    'that begin in the hour that is skipped',
    '2026-03-28T23:00:00Z',
    everyDay(span('02:30', '04:00')),
    berlin,
    '2026-03-29T01:00:00Z',
  ],
  [
    'that lie in the hour that is skipped',
    '2026-03-28T23:00:00Z',
    everyDay(span('02:10', '02:50')),
    berlin,
    '2026-03-30T00:10:00Z',
  ],
  [
    'that begin in the hour that comes twice',
    '2026-10-24T22:00:00Z',
    everyDay(span('02:30', '02:45')),
    berlin,
    '2026-10-25T00:30:00Z',
  ],
  [
    'in the second of two such hours',
    '2026-10-25T00:45:00Z',
    everyDay(span('02:30', '02:45')),
    berlin,
    '2026-10-25T01:30:00Z',
  ],
  [
    'that the clocks jump back into',
    '2026-10-25T00:40:00Z',
    everyDay(span('01:30', '02:30')),
    berlin,
    '2026-10-25T01:00:00Z',
  ],
  [
    'where clocks change by half an hour',
    '2026-10-03T13:00:00Z',
    everyDay(span('02:00', '02:15')),
    'Australia/Lord_Howe',
    '2026-10-04T15:00:00Z',
  ],
  [
    'where midnight is skipped',
    '2026-09-05T20:00:00Z',
    everyDay(span('00:00', '01:30')),
    'America/Santiago',
    '2026-09-06T04:00:00Z',
  ],
  [
    'where a whole day is skipped',
    '2011-12-30T09:00:00Z',
    { ...week, days: [[], [], [], [], [], nineToFive, nineToFive] },
    'Pacific/Apia',
    '2011-12-30T19:00:00Z',
  ],
])('%s', (_what, now, hours, zone, next) => {
  expect(nextWithin(new Date(now), hours, zone).toISOString()).toBe(new Date(next).toISOString());
});

describe('whatever the hours, the zone and the day', () => {
  const spans = fc
    .uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 2, maxLength: 4 })
    .map((quarters) => quarters.toSorted((a, b) => a - b).map((quarter) => quarter * 15))
    .map(([a = 0, b = 0, c, d]) => [
      { from: a, to: b },
      ...(c === undefined || d === undefined ? [] : [{ from: c, to: d }]),
    ]);
  const days = fc
    .array(fc.oneof(fc.constant<Span[]>([]), spans), { minLength: 7, maxLength: 7 })
    .filter((each) => each.some((day) => day.length > 0));
  const zones = fc.constantFrom(
    ...['UTC', berlin, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'],
    ...['America/Santiago', 'Africa/Casablanca', 'Pacific/Kiritimati', 'Pacific/Apia'],
  );
  const changes = ['2026-03-29', '2026-10-25', '2026-03-08', '2026-04-05', '2011-12-30'];
  const near = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -2 * 86_400_000, max: 2 * 86_400_000 }))
    .map(([day, ms]) => new Date(Date.parse(day) + ms));
  const some = fc.date({ min: new Date('2000-01-01'), max: new Date('2037-12-31') });
  const now = fc.oneof(near, some).filter((date) => !Number.isNaN(date.getTime()));

  test('the result is within the hours, not before now, and nothing before it is', () => {
    const quarterMs = 900_000;
    fc.assert(
      fc.property(days, zones, now, (open, zone, from) => {
        const hours = { days: open, holidays: [from.toISOString().slice(0, 10)] };
        const next = nextWithin(from, hours, zone);
        expect(next.getTime()).toBeGreaterThanOrEqual(from.getTime());
        expect(isWithin(next, hours, zone)).toBe(true);
        if (next.getTime() === from.getTime()) return;
        // Hours begin and end at quarters, and so do all changes of clocks.
        const earlier = Math.ceil(from.getTime() / quarterMs) * quarterMs;
        for (let ms = earlier; ms < next.getTime(); ms += quarterMs)
          expect(isWithin(new Date(ms), hours, zone), new Date(ms).toISOString()).toBe(false);
        expect(isWithin(new Date(next.getTime() - 1), hours, zone)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a time that somebody writes down', () => {
  test.each([
    ['is that of the zone', '2026-11-23T09:00', berlin, '2026-11-23T08:00:00Z'],
    ['skipped by the clocks, is after the change', '2026-03-29T02:30', berlin, '2026-03-29T01:30Z'],
    ['shown twice, is the first', '2026-10-25T02:30', berlin, '2026-10-25T00:30:00Z'],
    ['far in the east', '2026-11-23T09:00', 'Pacific/Kiritimati', '2026-11-22T19:00:00Z'],
  ])('%s', (_what, written, zone, moment) => {
    expect(momentOf(written, zone)?.getTime()).toBe(Date.parse(moment));
  });

  test.each(['', 'soon', '2026-02-30T09:00', '2026-11-23T25:00', '2026-11-23'])(
    '"%s" is none',
    (written) => {
      expect(momentOf(written, 'UTC')).toBeNull();
    },
  );

  test('is written as it is read', () => {
    expect(writtenAt(new Date('2026-11-23T08:00:59Z'), berlin)).toBe('2026-11-23T09:00');
  });

  test.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Berlin', false],
    ['', false],
  ])('the zone "%s" is known: %s', (name, known) => {
    expect(isTimeZone(name)).toBe(known);
  });
});
