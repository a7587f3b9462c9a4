/** Check: the reply is text: no HTML, no script, no picture from elsewhere. */

import { type Check, findingAt, spansOf } from './check.ts';

/** Bounded, so that hostile text costs linear time. */
const active =
  /<\/?[a-z][a-z0-9-]{0,20}(?:[\s/][^<>]{0,300})?>|<!--|<!\[|<(?:script|img|svg|iframe|style|a)\b|\bon[a-z]{4,20}\s{0,3}=|\b(?:java|vb)script:|\bexpression\(|\bdata:text\/|!\[[^\]\n]{0,200}\]\(/giu;

export const markupCheck: Check = {
  name: 'markup',
  inspect({ fields }) {
    return findingAt(
      spansOf(fields.reply, active),
      () => 'The reply contains HTML, script or a picture; a reply is plain text.',
    );
  },
};
