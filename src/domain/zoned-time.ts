/** Zoned time: what the clocks of a time zone show, and which moment a shown time is. */

const minuteMs = 60_000;
const dayMs = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError when `timeZone` is none. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: two, day: two },
    ...{ hour: two, minute: two, second: two },
  });
  formats.set(timeZone, format);
  return format;
}

/** The time zone of this machine. */
export function localTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** True for the name of a time zone, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * What a clock of the zone shows at a moment, as the milliseconds that UTC would have then: a number
 * to calculate with, no moment.
 */
export function shownAt(at: Date, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const seconds = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'));
  const rest = ((at.getTime() % 1_000) + 1_000) % 1_000;
  return seconds + of('second') * 1_000 + rest;
}

function offsetAt(ms: number, timeZone: string): number {
  return shownAt(new Date(ms), timeZone) - ms;
}

/**
 * The moments of a day or so around a shown time at which the zone's clocks are changed: the first
 * moment of the new time, each.
 */
export function changesAround(shown: number, timeZone: string): number[] {
  const changes: number[] = [];
  // No zone is further from UTC than 14 hours, and none changes its clocks twice in six.
  for (let from = shown - 2 * dayMs; from < shown + 2 * dayMs; from += dayMs / 4) {
    const to = from + dayMs / 4;
    const before = offsetAt(from, timeZone);
    if (offsetAt(to, timeZone) === before) continue;
    let [old, changed] = [from, to];
    while (changed - old > 1) {
      const middle = Math.floor((old + changed) / 2);
      if (offsetAt(middle, timeZone) === before) old = middle;
      else changed = middle;
    }
    changes.push(changed);
  }
  return changes;
}

/** The moments at which clocks of the zone show a time: one; two or none where they are changed. */
export function momentsOf(shown: number, timeZone: string): number[] {
  const offsets = new Set([
    offsetAt(shown - dayMs, timeZone),
    offsetAt(shown, timeZone),
    offsetAt(shown + dayMs, timeZone),
  ]);
  return [...offsets]
    .map((offset) => shown - offset)
    .filter((ms) => ms + offsetAt(ms, timeZone) === shown)
    .toSorted((left, right) => left - right);
}

/**
 * The moment that somebody means who writes down a local time: of two the first; where the clocks
 * skip it, as long after the change as it is written after it (RFC 5545, section 3.3.5).
 *
 * @param written `2026-11-23T09:00`.
 * @returns null when it is no time.
 */
export function momentOf(written: string, timeZone: string): Date | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(written);
  if (found === null) return null;
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [
    ...[number, number, number, number, number],
  ];
  const shown = Date.UTC(year, month - 1, day, hour, minute);
  // February 30th, 25 o'clock: JavaScript would count on.
  if (!new Date(shown).toISOString().startsWith(written)) return null;
  const [first] = momentsOf(shown, timeZone);
  return new Date(first ?? shown - offsetAt(shown - dayMs, timeZone));
}

/** A moment as a field of a form writes it down, `2026-11-23T09:00`. */
export function writtenAt(at: Date, timeZone: string): string {
  const minute = Math.floor(shownAt(at, timeZone) / minuteMs) * minuteMs;
  return new Date(minute).toISOString().slice(0, 16);
}
