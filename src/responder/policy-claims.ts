/**
 * Finds what policies state in numbers, and about what: "You can return any item within 30 days" is
 * 30 days about returning. Two claims about the same with different numbers contradict each other.
 */

import { amountsIn } from './checks/amounts.ts';
import { termsOf } from './terms.ts';

/** A number that a policy states, and the words that say about what. */
export interface Claim {
  /** The words of the policy, for instance `30 days`. */
  words: string;
  /** Offset of those words in the text. */
  start: number;
  /** What is counted: `hours`, `working days`, a currency or `%`. */
  unit: string;
  /** Least and most; equal where one number stands. */
  values: readonly number[];
  /** The words that say about what, sorted and joined; empty when there are too few. */
  subject: string;
}

/** Hours of what the words count; null: working days, which have no fixed length. */
const timeUnits: readonly [words: string, hours: number | null][] = [
  [
    'working days?|business days?|werktagen?|arbeitstagen?|jours? ouvr\\p{L}+|dni robocz\\p{L}+',
    null,
  ],
  ['d[ií]as? h[aá]bil(?:es)?|d[ií]as? laborables?|giorni lavorativi|jours? ouvr\\p{L}+', null],
  ['hours?|stunden?|heures?|horas?|ore|godzin\\p{L}{0,2}', 1],
  ['days?|tagen?|jours?|d[ií]as?|giorni|dni', 24],
  ['weeks?|wochen?|semaines?|semanas?|settiman[ae]|tygodni\\p{L}{0,2}', 168],
  ['months?|monaten?|mois|mes(?:es)?|mes[ei]|miesi[eę]c\\p{L}{0,3}', 730],
  ['years?|jahren?|ans?|a[nñ]os?|ann[io]|lata?|lat', 8760],
];
const spelt =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen'.split(' ');
const digits = `\\d{1,4}|${spelt.join('|')}`;
const duration = new RegExp(
  `(?<![\\p{L}\\p{N}.,])(${digits})(?:\\s{0,2}(?:-|–|to|bis|und|and|à|a|do)\\s{0,2}(${digits}))?[\\s-]{1,2}(${timeUnits
    .map(([words]) => words)
    .join('|')})(?!\\p{L})`,
  'giu',
);

/** Before a number, these make it a condition and not a promise: "for orders below €60". */
const conditionBefore =
  /(?:below|under|over|above|than|least|from|every|each|unter|über|ab|mindestens|als|moins|plus|más|menos|oltre|sotto|powyżej|poniżej)\s*$/iu;
const conditionAfter =
  /^\s*(?:or (?:more|less|above|over)|oder (?:mehr|weniger)|ou plus|o más|o più)/iu;
/** What follows is when the time begins, or a reason, and says nothing of the subject. */
const reference =
  /\b(?:after|since|of|from|once|until|when|if|before|without|counted|and|but|or|nach|ab|seit|ohne|wenn|sobald|après|dès|depuis|sans|después|desde|sin|dopo|da|senza|po|od|bez)\b|[,:()]/iu;
/** Words that every shop says in every sentence. */
const general = new Set(
  termsOf(
    'item items good goods product products article articles order orders thing things parcel purchase purchases within about usually only always every each any all also least more most you your customer customers shop possible accept accepted may must should right period time deadline artikel ware waren produkt produkte innerhalb binnen frist kunden',
  ),
);
/** What is done to a matter, which alone does not say which. */
const light = new Set(
  termsOf(
    'take takes cost costs need needs send sends get gets make makes give gives ask pay keep write last lasts amount amounts valid wait offer charge charges allow leave reply answer dauert kostet betragt gilt',
  ),
);

function numberOf(written: string): number {
  const word = spelt.indexOf(written.toLowerCase());
  return word >= 0 ? word + 1 : Number(written);
}

/** One form of a word whatever its number: `returns`, `returned` and `returning` are `return`. */
function rootOf(term: string): string {
  return term.length > 3 ? term.replace(/(?:s|e|en|ed)$/, '') : term;
}

function subjectOf(sentence: string, start: number, end: number): string {
  const after = sentence.slice(end);
  const stop = reference.exec(after)?.index ?? after.length;
  const before = sentence.slice(0, start);
  // In a sentence with several numbers, each has the words that follow the one before it.
  const terms = termsOf(`${before} ${after.slice(0, stop)}`).filter((term) => !general.has(term));
  if (!terms.some((term) => !light.has(term))) return '';
  return [...new Set(terms.map(rootOf))].sort().join(' ');
}

interface Quantity {
  start: number;
  end: number;
  unit: string;
  values: readonly number[];
}

const unitPatterns = timeUnits.map(
  ([words, hours]) => [new RegExp(`^(?:${words})$`, 'iu'), hours] as const,
);

function unitOf(written: string, values: readonly number[]): { unit: string; values: number[] } {
  const known = unitPatterns.find(([pattern]) => pattern.test(written));
  const hours = known?.[1] ?? null;
  if (hours === null) return { unit: 'working days', values: [...values] };
  return { unit: 'hours', values: values.map((value) => value * hours) };
}

function quantitiesIn(sentence: string): Quantity[] {
  const times = [...sentence.matchAll(duration)].map((match): Quantity => {
    const [whole, first = '', second, unit = ''] = match;
    const values = [first, second ?? first].map(numberOf);
    return { start: match.index, end: match.index + whole.length, ...unitOf(unit, values) };
  });
  return [...times, ...amountsIn(sentence)].sort((left, right) => left.start - right.start);
}

/** Sentences with their offsets; a semicolon also ends one. A dot between digits does not. */
function sentencesIn(text: string): { text: string; start: number }[] {
  const found: { text: string; start: number }[] = [];
  let start = 0;
  for (const match of text.matchAll(/[.!?;](?=\s|$)|\n\s*\n|\n(?=\s*[-*\d])/g)) {
    found.push({ text: text.slice(start, match.index), start });
    start = match.index + match[0].length;
  }
  return [...found, { text: text.slice(start), start }];
}

function isCondition(sentence: string, { start, end }: Quantity): boolean {
  return conditionBefore.test(sentence.slice(0, start)) || conditionAfter.test(sentence.slice(end));
}

/**
 * What a text states in numbers, in order. A sentence with several numbers of one kind names several
 * cases, whose words cannot be told apart; those are left out. Never throws.
 */
export function claimsIn(text: string): Claim[] {
  return sentencesIn(text).flatMap((sentence) => {
    const quantities = quantitiesIn(sentence.text);
    return quantities.flatMap((quantity): Claim[] => {
      const { start, end, unit, values } = quantity;
      const twins = quantities.filter((other) => other.unit === unit);
      if (twins.length > 1 || isCondition(sentence.text, quantity)) return [];
      const subject = subjectOf(sentence.text, start, end);
      const words = sentence.text.slice(start, end);
      return [{ words, start: sentence.start + start, unit, values, subject }];
    });
  });
}

/** Whether two claims say different numbers about the same. */
export function contradicts(left: Claim, right: Claim): boolean {
  if (left.subject === '' || left.subject !== right.subject || left.unit !== right.unit)
    return false;
  // "up to 12 days" and "10 to 12 days" do not contradict each other.
  return (
    !left.values.every((value) => right.values.includes(value)) &&
    !right.values.every((value) => left.values.includes(value))
  );
}
