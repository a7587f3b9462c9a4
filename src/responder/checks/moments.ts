/** Finds dates, days of the week and times of the day in a text, in the languages we ship and some more. */

import { atTime, type Claim, justBefore } from './periods.ts';

/** January to December: English, German, French, Spanish, Italian, Polish, Dutch, Portuguese. */
const months: readonly string[] = [
  'jan(?:\\.|uary|uar|vier|uari|eiro)?|jänner|enero|gennaio|styczni?a?|styczeń',
  'feb(?:\\.|ruary|ruar|brero|braio|rero|ruari)?|février|fevereiro|luty|lutego',
  'mar(?:\\.|ch|s|zo|ca|zec)?|märz|maart|março',
  'apr(?:\\.|il|ile)?|avril|abril|kwiecień|kwietnia',
  'May|mai|mayo|maggio|maj|maja|mei|maio',
  'june?\\.?|juni|juin|junio|giugno|czerwiec|czerwca|junho',
  'july?\\.?|juli|juillet|julio|luglio|lipiec|lipca|julho',
  'aug(?:\\.|ust|ustus)?|août|agosto|sierpień|sierpnia',
  'sept?(?:\\.|ember|embre|iembre)?|settembre|wrzesień|września|setembro',
  'o[ck]t(?:\\.|ober|obre|ubre)?|ottobre|październik|października|outubro',
  'nov(?:\\.|ember|embre|iembre)?|listopada?|novembro',
  'de[cz](?:\\.|ember|embre|iembre)?|décembre|diciembre|dicembre|grudzień|grudnia|dezembro',
];
const monthNames = months.map((names) => `(${names})`).join('|');
const day = '\\d{1,2}(?:st|nd|rd|th|er|º|°|\\.)?';
const year = '(?:,? (?:de |del )?(\\d{4}))?';
const dayFirst = new RegExp(
  `(?<![\\p{L}\\d.,#])(${day}) (?:of |de |di |d['’])?(?:${monthNames})(?![\\p{L}])${year}(?!\\d)`,
  'giu',
);
const monthFirst = new RegExp(
  `(?<![\\p{L}\\d])(?:${monthNames}) (?:the )?(\\d{1,2})(?:st|nd|rd|th)?(?![\\d.:]|,\\d| ?[ap]\\.?m)${year}(?!\\d)`,
  'giu',
);
const isoDate = /(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])/g;
const numericDate = /(?<![\d./-])(\d{1,2})([./])(\d{1,2})\2(\d{4}|\d{2})?(?![\d/])/g;

/** Before `24.12.` these make a date of it. */
const atDate = /(?:am|vom|zum|bis|dem|den|der|ab|seit|vor|und|dnia|do|od) $/iu;

/** Monday to Sunday, and tomorrow. */
const days: readonly string[] = [
  'mondays?|montags?|lundis?|lunes|lunedì|poniedział(?:ek|ku)|maandag|segunda-feira',
  'tuesdays?|dienstags?|mardis?|martes|martedì|wtorek|wtorku|dinsdag|terça-feira',
  'wednesdays?|mittwochs?|mercredis?|miércoles|mercoledì|środ[aęy]|woensdag|quarta-feira',
  'thursdays?|donnerstags?|jeudis?|jueves|giovedì|czwartek|czwartku|donderdag|quinta-feira',
  'fridays?|freitags?|vendredis?|viernes|venerdì|piątek|piątku|vrijdag|sexta-feira',
  'saturdays?|samstags?|sonnabends?|samedis?|sábados?|sabato|sobot[aęy]|zaterdag',
  'sundays?|sonntags?|dimanches?|domingos?|domenica|niedziel[aęi]|zondag',
  'tomorrow|übermorgen|demain|mañana mismo|domani|jutro|jutra',
];
const dayNames = days.map((names) => `(${names})`).join('|');
const toDay = '(?: (?:to|through|till|until|bis|au|à|a|al|e|do|tot) | ?[-–—] ?)';
/** "Monday to Friday" is when we work, not when something happens. */
const dayRange = new RegExp(
  `(?<![\\p{L}])(?:from |von |du |de |dal? |od )?(?:${dayNames})${toDay}(?:${dayNames})(?![\\p{L}])`,
  'giu',
);
const oneDay = new RegExp(`(?<![\\p{L}])(?:${dayNames})(?![\\p{L}])`, 'giu');

/** 14:00, 2 pm, 14 Uhr, 14h30; `14 h` only where a time of the day is due. */
const clockTime =
  /(?<![\d.,:])(\d{1,2})(?:[:h](\d{2})(?!\d))?\s?(?:(a\.?m\b\.?|p\.?m\b\.?)|(uhr\b|h\b))?(?![\d])/giu;

function dateKeys(dayOf: number, month: number, yearOf: number | null): string[] {
  if (month < 1 || month > 12 || dayOf < 1 || dayOf > 31) return [];
  return yearOf === null ? [`date ${month}-${dayOf}`] : [`date ${yearOf}-${month}-${dayOf}`];
}

const asYear = (written: string | undefined): number | null =>
  written === undefined ? null : Number(written) + (written.length === 2 ? 2000 : 0);

function datesIn(text: string): Claim[] {
  const found: Claim[] = [];
  const add = (match: RegExpMatchArray, keys: string[]) => {
    const start = match.index ?? 0;
    if (keys.length > 0) found.push({ start, end: start + match[0].trimEnd().length, keys });
  };
  for (const match of text.matchAll(isoDate))
    add(match, dateKeys(Number(match[3]), Number(match[2]), Number(match[1])));
  for (const match of text.matchAll(numericDate)) {
    const [, a, separator, b, written] = match;
    // `5.6.` may be a number at the end of a sentence; `5/6/` means nothing.
    if (written === undefined && (separator === '/' || !atDate.test(justBefore(text, match.index))))
      continue;
    const yearOf = asYear(written);
    // Which comes first differs by country.
    add(match, [
      ...dateKeys(Number(a), Number(b), yearOf),
      ...dateKeys(Number(b), Number(a), yearOf),
    ]);
  }
  for (const match of text.matchAll(dayFirst)) {
    const [, dayOf, ...rest] = match;
    const month = rest.slice(0, 12).findIndex((name) => name !== undefined) + 1;
    add(match, dateKeys(Number.parseInt(dayOf ?? '', 10), month, asYear(rest[12])));
  }
  for (const match of text.matchAll(monthFirst)) {
    // "You may 5 times" is no date.
    if (!/^\p{Lu}/u.test(match[0])) continue;
    const [, ...rest] = match;
    const month = rest.slice(0, 12).findIndex((name) => name !== undefined) + 1;
    add(match, dateKeys(Number.parseInt(rest[12] ?? '', 10), month, asYear(rest[13])));
  }
  return found;
}

function weekdaysIn(text: string): Claim[] {
  const single = text.replace(dayRange, (found) => ' '.repeat(found.length));
  return [...single.matchAll(oneDay)].map((match) => {
    const which = match.slice(1).findIndex((name) => name !== undefined);
    const start = match.index;
    return { start, end: start + match[0].length, keys: [`weekday ${which}`] };
  });
}

function timesIn(text: string): Claim[] {
  return [...text.matchAll(clockTime)].flatMap((match): Claim[] => {
    const [whole, hour = '', minute, half, sign] = match;
    if (minute === undefined && half === undefined && sign === undefined) return [];
    if (minute === undefined && sign === 'h' && !atTime.test(justBefore(text, match.index)))
      return [];
    const isAfternoon = half !== undefined && /^p/i.test(half);
    const hours = (Number(hour) % (half === undefined ? 24 : 12)) + (isAfternoon ? 12 : 0);
    if (Number(hour) > 24 || Number(minute ?? 0) > 59) return [];
    const start = match.index;
    const end = start + whole.trimEnd().length;
    return [{ start, end, keys: [`time ${hours * 60 + Number(minute ?? 0)}`] }];
  });
}

/** The ways in which evidence may be told again: a date without its year says less, not else. */
export function toldAgain(key: string): string[] {
  const [, shorter] = /^date \d{4}-(.+)$/.exec(key) ?? [];
  return shorter === undefined ? [key] : [key, `date ${shorter}`];
}

/** The keys of the day of `date`, in UTC. */
export function keysOfDay(date: Date): string[] {
  return dateKeys(date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCFullYear());
}

/** Every date, day of the week and time of the day in a text. */
export function momentsIn(text: string): Claim[] {
  const plain = text.replace(/[\s\u00a0\u202f\u2009]/gu, ' ');
  return [...datesIn(plain), ...weekdaysIn(plain), ...timesIn(plain)].sort(
    (a, b) => a.start - b.start,
  );
}
