/** The text of a mail that stands nowhere but in its winmail.dat. */

import { decompressRtf } from './compressed-rtf.ts';
import type { ReadAttachment } from './read-attachment.ts';
import { readRtf } from './rtf.ts';

/** The text of a mail, as its parts would have given it. */
export interface OutlookText {
  text: string;
  html: string | null;
}

function fromRtf(compressed: Buffer): OutlookText | null {
  const rtf = decompressRtf(compressed);
  if (rtf === null) return null;
  const { text, isHtml } = readRtf(rtf);
  if (text.trim() === '') return null;
  return isHtml ? { text: '', html: text } : { text, html: null };
}

/** HTML before plain text before RTF; null where no container holds any. */
export function outlookText(attachments: readonly ReadAttachment[]): OutlookText | null {
  for (const { outlook } of attachments) {
    if (outlook === null) continue;
    if (outlook.html !== null) return { text: outlook.text ?? '', html: outlook.html };
    if (outlook.text !== null) return { text: outlook.text, html: null };
    const found = outlook.rtf === null ? null : fromRtf(outlook.rtf);
    if (found !== null) return found;
  }
  return null;
}
