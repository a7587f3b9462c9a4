/** Business hours: when a shop answers, and the next moment at which it does. */

import { changesAround, momentsOf, shownAt } from './zoned-time.ts';

/** From a minute of the day up to another, which is no longer part of it; 0 to 1440. */
export interface Span {
  from: number;
  to: number;
}

export interface BusinessHours {
  /** The spans of each day of the week, Sunday first, as JavaScript counts; at least one is open. */
  days: readonly (readonly Span[])[];
  /** Days on which nobody works, `2026-12-25`. */
  holidays: readonly string[];
}

/** When a reply leaves: once its undo window is over, at a chosen time, or within business hours. */
export const leavings = ['at_once', 'at_time', 'business_hours'] as const;

export type Leaving = (typeof leavings)[number];

/** How and when the approved replies of a mailbox leave. */
export interface LeavingRules {
  /** IANA name. */
  timeZone: string;
  /** Null where a shop has named none. */
  hours: BusinessHours | null;
  /** What happens to an approved reply where nobody chooses. */
  approved: 'at_once' | 'business_hours';
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The spans of the day that a shown time falls on; none on a holiday. */
function spansOf(shown: number, { days, holidays }: BusinessHours): readonly Span[] {
  const day = new Date(shown);
  if (holidays.includes(day.toISOString().slice(0, 10))) return [];
  return days[day.getUTCDay()] ?? [];
}

function startOfDay(shown: number): number {
  return Math.floor(shown / dayMs) * dayMs;
}

/** True when clocks of the zone show a time within the hours. */
export function isWithin(at: Date, hours: BusinessHours, timeZone: string): boolean {
  const shown = shownAt(at, timeZone);
  const minute = (shown - startOfDay(shown)) / minuteMs;
  return spansOf(shown, hours).some(({ from, to }) => from <= minute && minute < to);
}

/** Every moment of a day at which hours can begin: where a span does, or where clocks jump into one. */
function beginnings(day: number, hours: BusinessHours, timeZone: string): number[] {
  const spans = spansOf(day, hours);
  if (spans.length === 0) return [];
  return [
    ...spans.flatMap(({ from }) => momentsOf(day + from * minuteMs, timeZone)),
    ...changesAround(day, timeZone),
  ];
}

/**
 * The first moment from `now` on that is within the hours, on the days that the zone's clocks count:
 * a day on which they are changed opens and closes at its usual times.
 */
export function nextWithin(now: Date, hours: BusinessHours, timeZone: string): Date {
  if (isWithin(now, hours, timeZone)) return now;
  const today = startOfDay(shownAt(now, timeZone));
  // Every week has an open day, unless holidays close it.
  const longest = 7 * (hours.holidays.length + 2);
  for (let ahead = 0; ahead <= longest; ahead += 1) {
    const found = beginnings(today + ahead * dayMs, hours, timeZone)
      .filter((ms) => ms >= now.getTime() && isWithin(new Date(ms), hours, timeZone))
      .toSorted((left, right) => left - right);
    if (found[0] !== undefined) return new Date(found[0]);
  }
  throw new Error('No day of the business hours is open.');
}
