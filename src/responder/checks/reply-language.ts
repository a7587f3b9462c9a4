/** Check: the reply is in the customer's language. */

import { detectLanguage } from '../language.ts';
import type { Check } from './check.ts';

/**
 * A mail too short to tell is taken for what the draft says it is, for the mailbox's language, or
 * for the language it most looks like; a reply too short to tell passes.
 */
export const languageCheck: Check = {
  name: 'language',
  inspect({ fields, input }) {
    const reply = detectLanguage(fields.reply);
    if (!reply.reliable) return null;
    const mail = detectLanguage(input.turns.at(-1)?.text ?? '');
    const meant = mail.reliable
      ? [mail.language]
      : [fields.language, input.mailbox.language, mail.language];
    if (meant.includes(reply.language)) return null;
    return {
      message: `The reply is in "${reply.language}", the customer writes in "${meant[0]}".`,
      spans: [{ start: 0, end: fields.reply.length }],
    };
  },
};
