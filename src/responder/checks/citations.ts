/** Check: every citation names a section that exists and quotes it word for word. */

import { isVerbatim } from '../policies.ts';
import type { Check } from './check.ts';

export const citationCheck: Check = {
  name: 'citations',
  inspect({ fields, policies }) {
    const unknown = fields.citations.filter(({ section }) => !policies.sections.has(section));
    if (unknown.length > 0) {
      const names = unknown.map(({ section }) => section).join(', ');
      return { message: `No policy has the cited section: ${names}.`, spans: [] };
    }
    const altered = fields.citations.filter(
      ({ section, quote }) => !isVerbatim(policies, section, quote),
    );
    if (altered.length === 0) return null;
    const names = [...new Set(altered.map(({ section }) => section))].join(', ');
    // The quote may stand in the reply itself; then these are the words to look at.
    const spans = altered.flatMap(({ quote }) => {
      const start = fields.reply.indexOf(quote);
      return start < 0 ? [] : [{ start, end: start + quote.length }];
    });
    return { message: `A quote does not stand in the policy word for word: ${names}.`, spans };
  },
};
