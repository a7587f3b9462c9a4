/** Check: every period, date and time in the reply stands in a policy, in the order facts, or in what we wrote. */

import { type Check, findingAt } from './check.ts';
import { customerTexts, ourTexts } from './evidence.ts';
import { keysOfDay, momentsIn, toldAgain } from './moments.ts';
import { type Claim, periodsIn } from './periods.ts';
import { isRestated } from './restating.ts';
import { figureInPolicies } from './told-figures.ts';

const claimsIn = (text: string): Claim[] => [...periodsIn(text), ...momentsIn(text)];

const claimsAgain = (text: string): Claim[] =>
  claimsIn(text).map((claim) => ({ ...claim, keys: claim.keys.flatMap(toldAgain) }));

function keysIn(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap(claimsAgain).flatMap(({ keys }) => keys));
}

const isInPolicies = figureInPolicies(claimsAgain);

/** Words that make a moment a promise: what the customer said of it then counts for nothing. */
const due =
  /(?:\b(?:by|until|till|before|no later than|not later than)|bis(?: spätestens)?(?: zum| am)?|spätestens(?: am)?|vor|avant(?: le)?|jusqu['’]au|au plus tard(?: le)?|antes del?|hasta(?: el)?|a más tardar(?: el)?|entro(?: il)?|prima del?|al più tardi|do|przed|najpóźniej) ?(?:the |next |this |nächste[nr]? |kommende[nr]? )?$/iu;

/** Words that tell of time that has passed: so a customer's own figures come back in a reply. */
const pastBefore =
  /(?:\b(?:since|already|(?:been|wait\p{L}*|had|owned|used|using)\b[^.!?\n]{0,40}\bfor)|seit|schon|bereits|vor|depuis|il y a|hace|da|od|przez)(?: (?:over|more than|almost|nearly|about|some|über|mehr als|fast|rund|etwa|plus de|presque|más de|casi|più di|quasi|ponad|prawie|about))? $/iu;
const pastAfter = /^ ?(?:ago|earlier|old|overdue|late|alt|zuvor|de retard|fa(?!\p{L})|temu)/iu;

/** How far around a claim its words are looked for. */
const reach = 60;

/** A verb of ours in front of such a word: then it is our promise, and not what the customer asked for. */
const commitment =
  /(?<!\p{L})(?:will|shall|['’]ll|is going to|arrives?|ships?|(?:we|i) (?:send|refund|deliver|ship)|wird|werden|werde|kommt|erhalten|recevr\p{L}+|sera|serons|arriver\p{L}*|recibir\p{L}+|será|llegar\p{L}+|riceverà|sarà|arriverà|otrzyma|będzie|dotrze|guarantee\p{L}*|promise\p{L}*)(?!\p{L})/iu;

function isPromised({ start }: Claim, reply: string): boolean {
  const before = reply.slice(Math.max(0, start - 2 * reach), start);
  const sentence = before.split(/[.!?\n]/u).at(-1) ?? '';
  return due.test(sentence) && commitment.test(sentence);
}

function isReference({ start, end }: Claim, reply: string): boolean {
  const before = reply.slice(Math.max(0, start - reach), start);
  return pastBefore.test(before) || pastAfter.test(reply.slice(end, end + reach));
}

export const deadlineCheck: Check = {
  name: 'deadlines',
  inspect(subject) {
    const { fields, input } = subject;
    const { reply } = fields;
    const ours = keysIn(ourTexts(input));
    const days = [input.now, ...input.turns.map(({ date }) => date)].flatMap(keysOfDay);
    for (const key of days.flatMap(toldAgain)) ours.add(key);
    const theirs = keysIn(customerTexts(input));

    const isIn = ({ keys }: Claim, known: ReadonlySet<string>) =>
      keys.some((key) => known.has(key));
    const isOurs = (claim: Claim) => isIn(claim, ours) || isInPolicies(subject, claim);
    const mayRepeat = (moment: Claim) =>
      (isIn(moment, theirs) && !isPromised(moment, reply)) ||
      // "I understand that you need it by Friday", in whatever words the customer said so.
      (moment.keys.some((key) => key.startsWith('weekday')) && isRestated(moment, reply));
    const invented = [
      ...periodsIn(reply).filter(
        (period) => !isOurs(period) && !(isIn(period, theirs) && isReference(period, reply)),
      ),
      ...momentsIn(reply).filter((moment) => !isOurs(moment) && !mayRepeat(moment)),
    ];
    // Both ends of a range stand at the same words.
    const places = new Map(invented.map((claim) => [claim.start, claim]));
    return findingAt([...places.values()], (count) =>
      count === 1
        ? 'A period or date stands in no policy, no order fact and none of our mails.'
        : `${count} periods or dates stand in no policy, no order fact and none of our mails.`,
    );
  },
};
