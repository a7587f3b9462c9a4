/** Finds periods of time in a text ("5 to 7 working days", "zwei Wochen"), in the languages we ship and some more. */

import type { Span } from './check.ts';

/** One period, or one end of a range of them. */
export interface Claim extends Span {
  /** What it says, comparable between languages; more than one where it may mean either. */
  keys: string[];
}

/** A letter of an ending. Cheaper to compile than every letter there is. */
const l = '[a-zà-öø-ÿąćęłńśźż]';

/** Names of a unit, and how many of the `base` it is; only equal bases are compared. */
const units: readonly { base: string; count: number; names: string }[] = [
  { base: 'minute', count: 1, names: `min(?:\\.|ut${l}{0,3})?` },
  {
    base: 'working day',
    count: 1,
    names: `(?:working|business|work|banking)[ -]days?|(?:werk|arbeits|bankarbeits|geschäfts)tag(?:e|en|s|es)?|jours? (?:ouvrés?|ouvrables?)|días? (?:hábil(?:es)?|laborables?|laborales?)|giorn[oi] lavorativ[oi]|(?:dni|dzień|dnia|dniach) robocz${l}{1,3}|werkdag(?:en)?|dias? út(?:il|eis)|arbetsdag(?:ar)?|hverdage?`,
  },
  {
    base: 'hour',
    count: 1,
    names: 'hours?|hrs?|h|stunden?|std|heures?|horas?|or[ae]|godzin(?:y|ę|ach)?|uur|timmar|timer',
  },
  {
    base: 'hour',
    count: 24,
    names: `(?:calendar |kalender)?(?:days?|tag(?:e|en|es)?)|tägig${l}{0,2}|jours?|días?|giorn[oi]|dni|dzień|dnia|dniach|dobę|dag(?:en|ar|e)?|dias?`,
  },
  {
    base: 'hour',
    count: 168,
    names: `weeks?|wochen?|wöchig${l}{0,2}|semaines?|semanas?|settiman[ae]|tydzień|tygodni(?:e|a|u|ach)?|weken|veckor|uger`,
  },
  {
    base: 'month',
    count: 1,
    names: `months?|monat(?:e|en|s)?|monatig${l}{0,2}|mois|mes(?:es)?|mes[ei]|miesiąc(?:e|a|u|ach)?|miesięcy|maand(?:en)?|månader|måneder`,
  },
  {
    base: 'month',
    count: 12,
    names: `years?|yrs?|jahr(?:e|en|s|es)?|jährig${l}{0,2}|ans?|années?|años?|ann[oi]|rok|roku|lata|latach|jaar|år`,
  },
];

/** Numbers in words, as far as shops write them: English, German, French, Spanish, Italian, Polish. */
const words: readonly (readonly [value: number, names: string])[] = [
  [1, 'one|a single|eine[nmrs]?|une?|uno|una|jeden|jednego|jedną|jedna'],
  [2, 'two|zwei|deux|dos|due|dwa|dwóch|dwie|dwoch'],
  [3, 'three|drei|trois|tres|tre|trzy|trzech'],
  [4, 'four|vier|quatre|cuatro|quattro|cztery|czterech'],
  [5, 'five|fünf|cinq|cinco|cinque|pięć|pięciu'],
  [6, 'six|sechs|seis|sei|sześć|sześciu'],
  [7, 'seven|sieben|sept|siete|sette|siedem|siedmiu'],
  [8, 'eight|acht|huit|ocho|otto|osiem|ośmiu'],
  [9, 'nine|neun|neuf|nueve|nove|dziewięć|dziewięciu'],
  [10, 'ten|zehn|dix|diez|dieci|dziesięć|dziesięciu'],
  [12, 'twelve|zwölf|douze|doce|dodici|dwanaście|dwunastu'],
  [14, 'fourteen|vierzehn|quatorze|catorce|quattordici|czternaście|czternastu'],
  [15, 'fifteen|fünfzehn|quinze|quince|quindici|piętnaście'],
  [20, 'twenty|zwanzig|vingt|veinte|venti|dwadzieścia'],
  [21, 'twenty-one|einundzwanzig'],
  [24, 'twenty-four|vierundzwanzig'],
  [28, 'twenty-eight|achtundzwanzig'],
  [30, 'thirty|dreißig|dreissig|trente|treinta|trenta|trzydzieści|trzydziestu'],
  [45, 'forty-five|fünfundvierzig'],
  [48, 'forty-eight|achtundvierzig'],
  [60, 'sixty|sechzig|soixante|sesenta|sessanta|sześćdziesiąt|sześćdziesięciu'],
  [90, 'ninety|neunzig|noventa|novanta|dziewięćdziesiąt|dziewięćdziesięciu'],
  [100, 'hundred|hundert|cent|cien|cento|sto'],
  [365, 'three hundred(?: and)? sixty-five'],
];

const inWords = words
  .map(([, names]) => names)
  .join('|')
  // Longer ones first, or "twenty" would be found in "twenty-one".
  .split('|')
  .sort((a, b) => b.length - a.length)
  .join('|');
const number = `\\d{1,6}(?:[.,]\\d{1,3})?|${inWords}`;
const range = '(?: ?[-–—/] ?| (?:to|and|or|bis|und|oder|à|a|y|o|ou|et|e|i|do|lub|tot|till) )';
/** Words that may stand between the number and its unit. */
const between = `(?:(?:full|more|further|next|additional|consecutive|calendar|whole|extra|volle[nr]?|weitere[nr]?|ganze[nr]?|kalendarzow${l}{1,3}|kolejn${l}{1,3}|pełn${l}{1,3}|prochain${l}{0,2}) ){0,2}`;
const unitNames = units.map(({ names }) => `(${names})`).join('|');
const period = new RegExp(
  `(?<![\\p{L}\\d.,#])(?:(${number})${range})?(${number})[ -]{0,2}${between}(?:${unitNames})(?![\\p{L}\\d])`,
  'giu',
);
/** "Within a day": an article counts only where a period is due. */
const articles =
  '(?:within|in|after|under|innerhalb(?: von)?|binnen|in|nach|sous|dans|en|d’ici|dentro de|tras|entro|tra|fra|dopo|w ciągu|za|po) (a|an|une?|una?|einer|einem|eines|un)';
const articlePeriod = new RegExp(
  `(?<![\\p{L}\\d])${articles} (?:single )?(?:${unitNames})(?![\\p{L}\\d])`,
  'giu',
);

function numberOf(written: string): number {
  const digits = written.replace(',', '.');
  if (/^[\d.]+$/.test(digits)) return Number(digits);
  const found = words.find(([, names]) => new RegExp(`^(?:${names})$`, 'iu').test(written));
  return found?.[0] ?? Number.NaN;
}

function keyOf(written: string, unit: (typeof units)[number]): string {
  return `${unit.base} ${Math.round(numberOf(written) * unit.count * 100) / 100}`;
}

/** The text with every kind of space as one; offsets stay. */
const plainSpaces = (text: string) => text.replace(/[\s\u00a0\u202f\u2009]/gu, ' ');

/** The end of what stands before a place: all of it for each of many places would take too long. */
export function justBefore(text: string, index: number): string {
  return text.slice(Math.max(0, index - 20), index);
}

/** Before `14 h` these make a time of the day of it. */
export const atTime = /(?:avant|après|à|jusqu['’]à|dès|vers|entre|et|las|ore|um|bis) $/iu;

/** "One day" and its sisters are some day, unless a period is due. */
const someDay = /^(?:one|eines|un|una|un[oa]?|pewnego) (?:day|tages|jour|día|giorno|dnia)$/iu;
const dueBefore =
  /(?:within|in|after|for|innerhalb|binnen|nach|sous|dans|en|dentro de|entro|tra|fra|in) $/iu;

/** Every period in a text, in order; a range gives a claim for each of its ends. */
export function periodsIn(text: string): Claim[] {
  const plain = plainSpaces(text);
  const ranged = [...plain.matchAll(period)].flatMap((match): Claim[] => {
    const [whole, from, to = '', ...named] = match;
    const unit = units[named.findIndex((name) => name !== undefined)];
    if (!unit) return [];
    const span = { start: match.index, end: match.index + whole.length };
    const isClock = /^\d{1,2} ?h$/i.test(whole) && atTime.test(justBefore(plain, match.index));
    const isSomeDay = someDay.test(whole) && !dueBefore.test(justBefore(plain, match.index));
    if (isClock || isSomeDay) return [];
    return [from, to].flatMap((end) =>
      end === undefined ? [] : [{ ...span, keys: [keyOf(end, unit)] }],
    );
  });
  const single = [...plain.matchAll(articlePeriod)].flatMap((match): Claim[] => {
    const [whole, , ...named] = match;
    const unit = units[named.findIndex((name) => name !== undefined)];
    const span = { start: match.index, end: match.index + whole.length };
    const taken = ranged.some(({ start, end }) => start < span.end && end > span.start);
    return unit && !taken ? [{ ...span, keys: [keyOf('1', unit)] }] : [];
  });
  return [...ranged, ...single].sort((a, b) => a.start - b.start);
}
