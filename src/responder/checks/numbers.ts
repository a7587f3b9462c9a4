/** Check: order numbers, telephone numbers and codes in the reply belong to this conversation or to the shop. */

import { amountsIn } from './amounts.ts';
import { type Check, findingAt, type Span } from './check.ts';
import { conversationTexts, ofPolicyTexts, ourTexts, unionOf } from './evidence.ts';
import { momentsIn } from './moments.ts';
import { periodsIn } from './periods.ts';

/** Digits with what stands between and around them; a link's path is the link check's matter. */
const written =
  /(?<![\p{L}\p{N}/@.])[#+(]?[\p{L}\p{N}][\p{L}\p{N}]*(?:[-/._ ()]{1,2}(?=[\p{L}]{0,4}\d)[\p{L}\p{N}]+){0,8}/gu;

/** Fewer digits name no order: house numbers, sizes, counts. */
const fewestDigits = 4;

/** A code of capitals and digits, such as WELCOME10. */
const isCode = (text: string) => /^(?=.*\d.*\d)(?=.*\p{Lu}.*\p{Lu})[\p{L}\d]{6,}$/u.test(text);

const plain = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();

interface Written extends Span {
  key: string;
  digits: string;
}

/** Numbers of four digits or more, without amounts, dates and periods. */
function numbersIn(text: string): Written[] {
  const others = [...amountsIn(text), ...momentsIn(text), ...periodsIn(text)];
  return [...text.matchAll(written)].flatMap(({ 0: found, index }): Written[] => {
    const digits = found.replace(/\D/g, '');
    if (digits.length < fewestDigits && !isCode(found)) return [];
    const span = { start: index, end: index + found.length };
    if (others.some(({ start, end }) => start < span.end && end > span.start)) return [];
    return [{ ...span, key: plain(found), digits }];
  });
}

/** What is known of numbers, by whatever way they are written. */
interface KnownNumbers {
  keys: ReadonlySet<string>;
  /** A customer writes "48213" or "RW48213" for the order "RW-48213"; the digits decide. */
  digits: ReadonlySet<string>;
  /** Several numbers in a row are cut differently here and there. */
  everything: string;
}

function knownIn(texts: readonly string[]): KnownNumbers {
  const known = texts.flatMap(numbersIn);
  return {
    keys: new Set(known.map(({ key }) => key)),
    digits: new Set(known.map(({ digits }) => digits)),
    everything: texts.map(plain).join('\n'),
  };
}

const policyNumbers = ofPolicyTexts(
  (text) => knownIn([text]),
  (parts): KnownNumbers => ({
    keys: unionOf(parts.map(({ keys }) => keys)),
    digits: unionOf(parts.map(({ digits }) => digits)),
    everything: parts.map(({ everything }) => everything).join('\n'),
  }),
);

function isKnown(number: Written, { keys, digits, everything }: KnownNumbers): boolean {
  return (
    keys.has(number.key) ||
    digits.has(number.digits) ||
    (number.digits.length >= longNumber && everything.includes(number.key))
  );
}

/** Shorter ones stand within others by chance. */
const longNumber = 8;

export const numberCheck: Check = {
  name: 'order_numbers',
  inspect(subject) {
    const known = [
      policyNumbers(subject.policies),
      knownIn([...conversationTexts(subject), ...ourTexts(subject.input)]),
    ];
    const isOurs = (number: Written) => known.some((one) => isKnown(number, one));
    const { reply } = subject.fields;
    const foreign = numbersIn(reply).filter((number) => {
      // "RW-48213 (48213)" is written like one number and is two.
      const parts = numbersIn(reply.slice(number.start, number.end).replace(/[ ()]+/g, '\n'));
      return !isOurs(number) && !(parts.length > 0 && parts.every(isOurs));
    });
    return findingAt(foreign, (count) =>
      count === 1
        ? 'A number stands neither in this conversation nor in the order facts or policies.'
        : `${count} numbers stand neither in this conversation nor in the order facts or policies.`,
    );
  },
};
