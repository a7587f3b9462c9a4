/** Check: the reply does not shout and is not far too long. */

import { type Check, findingAt, spansOf } from './check.ts';

/** In characters; usual replies have a fifth of it. */
const longestReply = 4_000;
/** One exclamation mark is friendly, this many are not. */
const mostExclamations = 5;
/** Four words in capitals in a row; a product's name has fewer. */
const shouting = /(?<!\p{L})\p{Lu}{2,}(?:[ ,'’-]{1,2}\p{Lu}{2,}){3,12}(?!\p{L})/gu;
const exclamations = /[!?]*!{2}[!?]*|[!?]*\?!|\?{3,}/gu;

export const toneCheck: Check = {
  name: 'tone',
  inspect({ fields: { reply } }) {
    if (reply.length > longestReply)
      return {
        message: `The reply is far too long: ${reply.length} characters.`,
        spans: [{ start: longestReply, end: reply.length }],
      };
    const single = spansOf(reply, /!/g);
    const loud = [...spansOf(reply, shouting), ...spansOf(reply, exclamations)];
    const spans = loud.length > 0 || single.length <= mostExclamations ? loud : single;
    return findingAt(spans, () => 'The reply shouts.');
  },
};
