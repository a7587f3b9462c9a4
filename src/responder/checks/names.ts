/** Check: the reply greets this customer and signs as this shop. */

import { foldAccents } from '../terms.ts';
import { type Check, type CheckSubject, findingAt, type Span } from './check.ts';
import { conversationTexts, ofPolicyTexts, ourTexts, unionOf } from './evidence.ts';
import { vocabularyOf } from './words.ts';

/** How a mail begins, in the languages we ship, with the words up to the first comma or line end. */
const greeting =
  /^\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen|abend)|sehr geehrte[rs]?|liebe[rs]?|moin|bonjour|bonsoir|chère?|salut|hola|buen(?:os|as) (?:días|tardes|noches)|estimad[oa]|querid[oa]|ciao|buongiorno|buonasera|salve|gentile|egregio|car[oa]|dzień dobry|szanown[aey]|witam|witaj|cześć|drog[ia])(?!\p{L})([^,!.:\n]{0,60})/iu;

/** How a mail ends; the lines below it are names. */
const farewell =
  /^[ \t]*(?:(?:with )?(?:best|kind|warm|kindest|warmest|many)? ?(?:regards|wishes|greetings)|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|cheers|all the best|(?:mit )?(?:freundliche[nr]?|viele|beste[nr]?|herzliche[nr]?|liebe|schöne)? ?(?:grüße|grüßen|grüsse|grüssen|gruß|gruss)|(?:bien )?cordialement|bien à vous|(?:meilleures|sincères) salutations|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente|(?:cordiali|distinti) saluti|un (?:cordiale )?saluto|(?:serdecznie )?pozdrawiam(?:y)?|z poważaniem|z wyrazami szacunku)[ \t]*[,.!]?[ \t]*$/gimu;

/** Words of greetings and signatures that name nobody. */
const nobody = new Set(
  [
    'mr mrs ms miss mx dr sir madam there all team everyone customer friend support service care',
    'customers help desk helpdesk shop store your the from and of',
    'herr frau herrn damen herren zusammen kunde kundin team ihr ihre das vom von kundenservice',
    'kundendienst kundenbetreuung und',
    'monsieur madame mademoiselle client cliente equipe service le la de du votre',
    'senor senora sr sra cliente equipo atencion al el su de del',
    'signor signora signore cliente team servizio clienti il lo suo assistenza',
    'pan pani panie panstwo zespol obsluga klienta obslugi dzial wasz twoj',
  ].flatMap((line) => line.split(' ')),
);

/** Fewer letters are initials and particles. */
const shortestName = 3;

function capitalized(text: string, offset: number): (Span & { name: string })[] {
  return [...text.matchAll(/\p{Lu}[\p{L}'’]*/gu)].flatMap(({ 0: found, index }) => {
    const name = foldAccents(found);
    if (name.length < shortestName || nobody.has(name)) return [];
    return [{ start: offset + index, end: offset + index + found.length, name }];
  });
}

/** Whether a name is known, also in another case: Polish inflects names ("Panie Adamie"). */
function isKnown(name: string, { known, local, inflects }: Acquaintance): boolean {
  if (known.has(name) || local.includes(name)) return true;
  if (!inflects) return false;
  return [...known].some((word) => {
    const stem = Math.max(2, Math.ceil(Math.min(word.length, name.length) / 2));
    return word.slice(0, stem) === name.slice(0, stem) && word.length >= shortestName;
  });
}

interface Acquaintance {
  known: ReadonlySet<string>;
  /** The customer's address before its `@`: `sofiali` greets Sofia. */
  local: string;
  inflects: boolean;
}

const policyWords = ofPolicyTexts((text) => vocabularyOf([text]), unionOf);

function strangersIn(subject: CheckSubject, others: Acquaintance): Span[] {
  const { reply } = subject.fields;
  const met = greeting.exec(reply);
  const addressed = met?.[1] ?? '';
  const greeted = capitalized(addressed, (met?.[0].length ?? 0) - addressed.length);
  const parting = [...reply.matchAll(farewell)].at(-1);
  const from = parting ? parting.index + parting[0].length : reply.length;
  const signed = capitalized(reply.slice(from), from);
  return [...greeted, ...signed].filter(({ name }) => !isKnown(name, others));
}

export const nameCheck: Check = {
  name: 'names',
  inspect(subject) {
    const { input, fields } = subject;
    const texts = [...conversationTexts(subject), ...ourTexts(input)];
    const strangers = strangersIn(subject, {
      known: vocabularyOf(texts).union(policyWords(subject.policies)),
      local: foldAccents(input.customer.address.split('@')[0] ?? ''),
      inflects: fields.language === 'pl',
    });
    return findingAt(
      strangers,
      () => 'The reply greets or is signed by somebody whom this conversation does not know.',
    );
  },
};
