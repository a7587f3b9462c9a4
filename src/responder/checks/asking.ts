/** Checks: what is missing is asked for, and no question of the mail is overlooked. Both are remarks. */

import { everydayTerms, termsOf } from '../terms.ts';
import { amountsIn } from './amounts.ts';
import type { Check } from './check.ts';
import { momentsIn } from './moments.ts';
import { periodsIn } from './periods.ts';

/** How a reply asks, besides a question mark: English, German, French, Spanish, Italian, Polish. */
const asks =
  /\?|(?<!\p{L})(?:please|let (?:us|me) know|could you|can you|would you|bitte|teilen sie|senden sie|nennen sie|merci de|veuillez|pourriez|pouvez|por favor|indíque|envíe|podría|puede|per favore|potrebbe|può|ci (?:invii|indichi|comunichi)|prosimy|proszę)(?!\p{L})/iu;

/** A reply may leave out what we find out ourselves, so this does not stand in the way. */
export const missingCheck: Check = {
  name: 'missing',
  severity: 'remark',
  inspect({ fields }) {
    if (fields.missing.length === 0 || fields.reply.trim() === '' || asks.test(fields.reply))
      return null;
    return { message: `The reply does not ask for: ${fields.missing.join('; ')}.`, spans: [] };
  },
};

/** A sentence with its mark; whatever the text, no part of it is looked at twice. */
const sentence = /[^.!?\n]+[.!?]?/gu;
/** Shorter ones ask nothing; of longer ones the end does. In UTF-16 units, with the mark. */
const shortestQuestion = 9;
const longestQuestion = 301;
/** A question without a kind must have so many words of its own, or too little can be looked for. */
const fewestTerms = 5;
/** Shorter words seldom carry what is asked. */
const shortestTerm = 4;
const mostQuestions = 20;
const longestShown = 120;

/** Questions whose answers have a form, whatever words they use. */
const kinds: readonly { asked: RegExp; isAnswered(reply: string): boolean }[] = [
  {
    asked:
      /(?<!\p{L})(?:how much|what (?:is|are) the (?:price|cost|fee)|(?:does|will|do) [^?]{0,40} cost|wie ?viel kostet|was kostet|kostenlos|combien co[uû]te|quel (?:est le )?prix|cu[aá]nto cuesta|cu[aá]l es el precio|quanto costa|si paga|ile kosztuje|jaki jest koszt)(?!\p{L})/iu,
    isAnswered: (reply) =>
      amountsIn(reply).length > 0 ||
      /free|charge|cost|price|pay|kostenl|kosten|preis|gratuit|frais|prix|gratis|gratuit|coste|precio|costo|prezzo|spese|bezpłat|koszt|cen[aęy]/iu.test(
        reply,
      ),
  },
  {
    asked:
      /(?<!\p{L})(?:when|how long|how soon|by what date|wann|wie lange|bis wann|quand|combien de temps|cu[aá]ndo|cu[aá]nto tiempo|quando|quanto tempo|entro quando|kiedy|jak długo|ile czasu)(?!\p{L})/iu,
    isAnswered: (reply) =>
      periodsIn(reply).length > 0 ||
      momentsIn(reply).length > 0 ||
      /soon|once|until|when|after|as (?:long|far)|bald|sobald|bis|wenn|nach|dès|lorsque|quand|après|bientôt|cuando|tras|pronto|después|hasta|quando|dopo|presto|appena|gdy|kiedy|po |wkrótce|jak tylko/iu.test(
        reply,
      ),
  },
];

function questionsIn(text: string): string[] {
  return (text.match(sentence) ?? [])
    .filter((each) => each.endsWith('?') && each.length >= shortestQuestion)
    .map((each) => each.slice(-longestQuestion));
}

function ownTerms(text: string): Set<string> {
  return new Set(
    termsOf(text).filter((term) => term.length >= shortestTerm && !everydayTerms.has(term)),
  );
}

/** True when neither the words of the question nor an answer of its form stand in the reply. */
function isOpen(asked: string, reply: string, answered: ReadonlySet<string>): boolean {
  const terms = [...ownTerms(asked)];
  if (terms.some((term) => answered.has(term))) return false;
  const kind = kinds.find((candidate) => candidate.asked.test(asked));
  return kind === undefined ? terms.length >= fewestTerms : !kind.isAnswered(reply);
}

/**
 * Looks at mails with two questions and more; whatever a reply says, it is an answer to a single
 * one. A word that the reply or a section it cites takes up answers a question.
 */
export const questionCheck: Check = {
  name: 'questions',
  severity: 'remark',
  inspect({ fields, input, policies }) {
    if (fields.reply.trim() === '') return null;
    const mail = input.turns.at(-1)?.text ?? '';
    const questions = questionsIn(mail).slice(0, mostQuestions);
    if (questions.length < 2) return null;
    const cited = fields.citations.map(({ section }) => policies.sections.get(section)?.text ?? '');
    const answered = ownTerms([fields.reply, ...cited].join('\n'));
    const open = questions.filter((asked) => isOpen(asked, fields.reply, answered));
    if (open.length === 0) return null;
    const shown = open.map((asked) => `"${asked.trim().slice(-longestShown)}"`).join(', ');
    return { message: `The reply may not answer: ${shown}`, spans: [] };
  },
};
