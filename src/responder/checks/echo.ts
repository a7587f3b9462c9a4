/** Check: the reply does not repeat the mail at length: who can make us write their words can make us say anything. */

import { type Check, findingAt } from './check.ts';
import { backingTexts, customerTexts } from './evidence.ts';
import { repeatedRuns } from './words.ts';

/** Good replies take up words of the mail, but no whole clauses. */
const shortestRun = 8;

export const echoCheck: Check = {
  name: 'echo',
  inspect(subject) {
    const { fields, input, examples } = subject;
    const allowed = [...backingTexts(subject), ...examples.map(({ reply }) => reply)];
    const mails = [...customerTexts(input), input.customer.name];
    const runs = repeatedRuns(fields.reply, mails, allowed, {
      length: shortestRun,
      inClause: true,
    });
    return findingAt(runs, () => 'The reply repeats the words of the mail at length.');
  },
};
