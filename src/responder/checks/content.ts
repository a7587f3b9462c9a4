/** Check: there is a reply, and no gap in it waits to be filled in. */

import { type Check, findingAt } from './check.ts';

/** An abstention may be empty: a person writes the reply. */
export const emptyCheck: Check = {
  name: 'empty',
  inspect({ fields }) {
    if (fields.reply.trim() !== '' || fields.needsPerson) return null;
    return { message: 'The reply is empty.', spans: [] };
  },
};

/**
 * Template braces, bracketed gaps, angle-bracketed names, runs of X or underscores. Lengths are
 * bounded so that hostile text costs linear time; a Markdown link `[text](url)` is no gap.
 */
const gap =
  /\{\{[^}\n]{0,80}(?:\}\}|$)|\[[^[\]\n]{1,60}\](?!\()|<(?!\/?data-)[\p{L}_][\p{L}\p{N}_ -]{0,40}>|\bX{3,}\b|_{3,}/gmu;

export const placeholderCheck: Check = {
  name: 'placeholders',
  inspect({ fields }) {
    const spans = [...fields.reply.matchAll(gap)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
    }));
    return findingAt(spans, () => 'The reply still has a gap to fill in.');
  },
};
