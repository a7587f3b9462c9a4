/** Check: every amount of money and percentage stands in a policy or in what we wrote before. */

import { type Check, findingAt } from './check.ts';

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

function isBacked(amount: Amount, known: readonly Amount[]): boolean {
  return known.some(
    (other) =>
      other.unit === amount.unit && amount.values.some((value) => other.values.includes(value)),
  );
}

/** What the customer claims is no evidence: "you promised me 50 %" is how a refund is talked out. */
export const amountCheck: Check = {
  name: 'amounts',
  inspect({ fields, input, policies }) {
    const ours = input.turns.filter((turn) => turn.direction === 'outbound');
    const sources = [...policies.sections.values()].map((section) => section.text);
    const known = [...sources, ...ours.map((turn) => turn.text)].flatMap(amountsIn);
    const invented = amountsIn(fields.reply).filter((amount) => !isBacked(amount, known));
    return findingAt(invented, (count) =>
      count === 1
        ? 'An amount stands in no policy and in none of our mails.'
        : `${count} amounts stand in no policy and in none of our mails.`,
    );
  },
};
