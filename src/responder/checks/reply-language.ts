/** Check: the reply is in the customer's language. */

import { detectLanguage } from '../language.ts';
import type { Check } from './check.ts';

/** Lenient: it fails only when both languages are certain and differ. */
export const languageCheck: Check = {
  name: 'language',
  inspect({ fields, input }) {
    const reply = detectLanguage(fields.reply);
    const mail = detectLanguage(input.turns.at(-1)?.text ?? '');
    if (!reply.reliable || !mail.reliable || reply.language === mail.language) return null;
    return {
      message: `The reply is in "${reply.language}", the customer writes in "${mail.language}".`,
      spans: [{ start: 0, end: fields.reply.length }],
    };
  },
};
