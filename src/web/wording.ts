/** Times, amounts and counts in words, as the pages show them. */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago, in its largest unit: `now`, `26 min`, `3 h`, `2 days`. */
export function elapsed(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  if (ms < minute) return 'now';
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < day) return `${Math.floor(ms / hour)} h`;
  return count(Math.floor(ms / day), 'day', 'days');
}

/** How long ago, as a person says it: `just now`, `26 min ago`, `2 days ago`. */
export function ago(at: Date, now: Date): string {
  const words = elapsed(at, now);
  return words === 'now' ? 'just now' : `${words} ago`;
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});

/** A point in time as people say it: `today 09:12`, `3 Nov 14:40`, `3 Nov 2024`. */
export function clock(at: Date, now: Date): string {
  if (at.toDateString() === now.toDateString()) return `today ${time.format(at)}`;
  if (at.getFullYear() === now.getFullYear()) return `${dayMonth.format(at)} ${time.format(at)}`;
  return dayMonthYear.format(at);
}

/**
 * A moment as the clocks of a zone show it, without the zone's name: `Mon 23 Nov, 09:00`; in another
 * year with that.
 */
export function zonedMoment(at: Date, timeZone: string, now: Date): string {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
  const year = format({ year: 'numeric' });
  const day = format({
    ...{ weekday: 'short', day: 'numeric', month: 'short' },
    ...(year.format(at) === year.format(now) ? {} : { year: 'numeric' }),
  });
  const words = day.format(at).replace(',', '');
  return `${words}, ${format({ hour: '2-digit', minute: '2-digit' }).format(at)}`;
}

/** `1 check`, `2 checks`. */
export function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
}

/** How long something took: `840 ms`, `1.9 s`. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** US dollars with as many digits as a draft's cost needs. */
export function money(usd: number): string {
  return usd !== 0 && usd < 0.1 ? `$${usd.toFixed(4)}` : `$${usd.toFixed(2)}`;
}

const languages = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

/** The name of an ISO 639 language; what is no code stands as it is. */
export function languageName(code: string): string {
  return /^[a-z]{2,3}(-[A-Za-z]{2,4})?$/.test(code) ? (languages.of(code) ?? code) : code;
}

/** `1st`, `2nd`, `3rd`, `4th`. */
export function ordinal(n: number): string {
  const tens = n % 100;
  if (tens >= 11 && tens <= 13) return `${n}th`;
  return `${n}${['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'}`;
}

/** A name from code in words: `address_change` becomes `Address change`. */
export function humanize(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
