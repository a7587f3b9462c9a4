/** Check: every amount of money and percentage stands in a policy, in the order facts, or in what we wrote. */

import type { FactRecord } from '../../domain/facts.ts';
import { type Check, findingAt } from './check.ts';
import { customerTexts, ourTexts } from './evidence.ts';
import { isRestated } from './restating.ts';
import { figureInPolicies } from './told-figures.ts';

export interface Amount {
  start: number;
  end: number;
  /** ISO 4217 code, or `%`. */
  unit: string;
  /** The readings of the digits: one, or two where `1.234` may be either. */
  values: number[];
}

/** How currencies and percentages are written, in the languages we ship. */
const units: readonly [unit: string, written: RegExp][] = [
  ['EUR', /^(?:€|eur|euros?)$/iu],
  ['USD', /^(?:us\$|\$|usd|dollars?|dólares|dolar\p{L}*)$/iu],
  ['GBP', /^(?:£|gbp|pounds?)$/iu],
  ['CHF', /^(?:chf|franken|francs?)$/iu],
  ['PLN', /^(?:zł|pln|złot\p{L}*)$/iu],
  [
    '%',
    /^(?:%|percent|per cent|prozent|pour cent|pourcents?|por ciento|per cento|procent\p{L}*)$/iu,
  ],
];

// Digits with separators between them: dot, comma, apostrophe, and spaces before groups of three.
const number = "\\d{1,12}(?:[.,'’]\\d{1,12}|[\\u0020\\u00a0\\u202f\\u2009]\\d{3}(?!\\d)){0,6}";
const unit =
  '€|%|£|us\\$|\\$|zł(?!\\p{L})|(?:eur|euros?|usd|dollars?|dólares|gbp|pounds?|chf|franken|francs?|pln|złot\\p{L}{0,4}|percent|per cent|prozent|pour cent|pourcents?|por ciento|per cento|procent\\p{L}{0,3})(?![\\p{L}])';
// Leftmost first: in "5 % 10 €" and in "$5 £5" each number keeps its own unit.
const amount = new RegExp(
  `(?<![\\p{L}])(${unit})[\\s\\u00a0\\u202f]{0,2}(${number})|(?<![\\d.,])(${number})[\\s\\u00a0\\u202f]{0,2}(${unit})`,
  'giu',
);

/** The number that `digits` may mean, whatever the language: 1.234,56 and 1,234.56 and 1 234,56. */
export function readNumber(digits: string): number[] {
  const plain = digits.replace(/[\s\u00a0\u202f\u2009'’]/gu, '').replace(/[.,]+$/, '');
  const last = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(','));
  if (last < 0) return [Number(plain)];
  const separator = plain[last] ?? '';
  const whole = plain.slice(0, last).replace(/[.,]/g, '');
  const rest = plain.slice(last + 1);
  const decimal = Number(`${whole}.${rest}`);
  const thousands = Number(whole + rest);
  const repeated = plain.indexOf(separator) !== last;
  if (repeated) return [thousands];
  const mixed = /[.,]/.test(plain.slice(0, last));
  if (mixed || rest.length !== 3) return [decimal];
  return [decimal, thousands];
}

function unitOf(written: string): string {
  const word = written.replace(/[\s\u00a0]+/gu, ' ');
  return units.find(([, pattern]) => pattern.test(word))?.[0] ?? written;
}

/** Every amount of money and percentage in a text, in order. */
export function amountsIn(text: string): Amount[] {
  return [...text.matchAll(amount)].map((match) => {
    const [whole, unitBefore, numberAfter, numberBefore, unitAfter] = match;
    return {
      start: match.index,
      end: match.index + whole.length,
      unit: unitOf(unitBefore ?? unitAfter ?? ''),
      values: readNumber(numberAfter ?? numberBefore ?? ''),
    };
  });
}

/** A word that says that an amount is what two prices differ by. */
const differenceWord = /differen[cz]|diff[ée]ren|diferencia|unterschied|różnic|roznic/iu;
/** How far before an amount such a word stands. */
const differenceReach = 60;
/** Most amounts of one text or record that sums and differences are made of. */
const mostTerms = 60;

/** Currencies in which the prices of a record without a unit may be told. */
function unitsOf(texts: readonly string[]): string[] {
  const named = texts.flatMap((text) => {
    const found = units.find(([name, written]) => name !== '%' && written.test(text.trim()));
    return found ? [found[0]] : [];
  });
  return named.length > 0 ? named : units.map(([name]) => name).filter((name) => name !== '%');
}

/** The amounts of one record; shops often keep a price as a plain number beside its currency. */
function recordAmounts({ facts }: FactRecord): Amount[] {
  const currencies = unitsOf(facts.map(({ value }) => value));
  return facts.flatMap(({ value }) => {
    const written = amountsIn(value);
    const plain = /^\s*[-+]?(\d[\d.,'’\s]{0,15})\s*$/u.exec(value)?.[1];
    if (plain === undefined) return written;
    const values = readNumber(plain);
    return currencies.map((unit): Amount => ({ start: 0, end: 0, unit, values }));
  });
}

const cents = (value: number) => Math.round(Math.abs(value) * 100);
const keysOf = ({ unit, values }: Amount) => values.map((value) => `${unit} ${cents(value)}`);

const keysIn = (texts: readonly string[]) => new Set(texts.flatMap(amountsIn).flatMap(keysOf));
const isInPolicies = figureInPolicies((text) =>
  amountsIn(text).map((amount) => ({ ...amount, keys: keysOf(amount) })),
);

/** By how much the prices of one record differ. */
function differencesIn(amounts: readonly Amount[]): string[] {
  const few = amounts.slice(0, mostTerms);
  return few.flatMap((one) =>
    few
      .filter(({ unit }) => unit === one.unit)
      .flatMap((other) =>
        one.values.flatMap((a) => other.values.map((b) => `${one.unit} ${cents(a - b)}`)),
      ),
  );
}

/** The sums of amounts that stand in a row, with their signs: a bill that the reply itself shows. */
function sumsIn(amounts: readonly Amount[], reply: string): Set<string> {
  const sums = new Set<string>();
  const few = amounts.slice(0, mostTerms);
  for (const [from, first] of few.entries()) {
    let sum = 0;
    for (const [length, term] of few.slice(from).entries()) {
      if (term.unit !== first.unit) break;
      const isMinus = /[-−–]\s?$/u.test(reply.slice(Math.max(0, term.start - 2), term.start));
      sum += (isMinus ? -1 : 1) * (term.values[0] ?? 0);
      if (length > 0) sums.add(`${first.unit} ${cents(sum)}`);
    }
  }
  return sums;
}

/** The sentence up to an amount, as far as it is near. */
function beforeIt({ start }: Amount, reply: string): string {
  const near = reply.slice(Math.max(0, start - differenceReach), start);
  return near.split(/[.!?](?=\s)|\n/u).at(-1) ?? '';
}

/** What the customer claims is no evidence: "you promised me 50 %" is how a refund is talked out. */
export const amountCheck: Check = {
  name: 'amounts',
  inspect(subject) {
    const { reply } = subject.fields;
    const { records } = subject.input.facts;
    const prices = records.map(recordAmounts);
    const known = new Set([...keysIn(ourTexts(subject.input)), ...prices.flat().flatMap(keysOf)]);
    const priceKeys = new Set(prices.flat().flatMap(keysOf));
    const differences = new Set(prices.flatMap(differencesIn));
    const isIn = (amount: Amount, keys: ReadonlySet<string>) =>
      keysOf(amount).some((key) => keys.has(key));

    const told = amountsIn(reply);
    const differing = told.filter(
      (amount) => isIn(amount, differences) && differenceWord.test(beforeIt(amount, reply)),
    );
    // Only what the shop's own systems say adds up: sums of policy amounts would be new rules.
    const terms = told.filter((amount) => differing.includes(amount) || isIn(amount, priceKeys));
    const derived = new Set([...differing.flatMap(keysOf), ...sumsIn(terms, reply)]);
    const claimed = keysIn(customerTexts(subject.input));
    const invented = told.filter(
      (amount) =>
        !isIn(amount, known) &&
        !isInPolicies(subject, { ...amount, keys: keysOf(amount) }) &&
        !isIn(amount, derived) &&
        !(isIn(amount, claimed) && isRestated(amount, reply)),
    );
    return findingAt(invented, (count) =>
      count === 1
        ? 'An amount stands in no policy, no order fact and none of our mails.'
        : `${count} amounts stand in no policy, no order fact and none of our mails.`,
    );
  },
};
