/** Check, a remark: the mail gives orders to a machine. What it achieved is the matter of the other checks. */

import { instructionsIn, strangersWords } from '../instructed-mail.ts';
import type { Check } from './check.ts';

export const instructedCheck: Check = {
  name: 'instructions_in_mail',
  severity: 'remark',
  inspect({ input }) {
    const found = instructionsIn(strangersWords(input));
    if (found.length === 0) return null;
    const all = [...new Set(found.map(({ what }) => what))].join('; ');
    return { message: `The mail ${all}. Read the reply with that in mind.`, spans: [] };
  },
};
