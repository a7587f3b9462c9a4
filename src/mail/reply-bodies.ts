/** The two forms of a reply's body, text and HTML, from the one source that was approved. */

import { signatureSeparator } from './flowed.ts';
import { readMarkup } from './markup.ts';
import type { Quotation } from './quotation.ts';
import { replyHtml } from './reply-html.ts';
import { replyText } from './reply-text.ts';
import { wellFormed } from './text-hygiene.ts';

/** What a body is made of. */
export interface ReplyContent {
  /** The approved text, in our small markup (markup.ts). */
  text: string;
  /** What stands below it; empty for none. */
  signature?: string;
  /** What stands below that; null for nothing. */
  quotation?: Quotation | null;
}

const longestSignature = 2_000;

const comparable = (line: string) =>
  line
    .replace(/[*_\s]+/g, ' ')
    .trim()
    .toLowerCase();

/** Whether `text` ends with the lines of the signature, whatever stands between and around the words. */
function isSigned(text: string, signature: readonly string[]): boolean {
  const written = text
    .split('\n')
    .map(comparable)
    .filter((line) => line !== '');
  const wanted = signature.map(comparable).filter((line) => line !== '');
  return wanted.every((line, index) => written[written.length - wanted.length + index] === line);
}

/** The signature's lines, without a separator of its own; none where the text has it already. */
function signatureLines(text: string, signature: string): string[] {
  const lines = wellFormed(signature, longestSignature)
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());
  if (lines[0] === signatureSeparator.trimEnd()) lines.shift();
  return lines.join('') === '' || isSigned(text, lines) ? [] : lines;
}

/**
 * Writes a reply out: `text` is format=flowed (RFC 3676), `html` what stands in the body of a
 * document. Both hold the same words; a mail program shows the one it can.
 */
export function replyBodies({ text, signature = '', quotation = null }: ReplyContent): {
  text: string;
  html: string;
} {
  const blocks = readMarkup(text);
  const signed = signatureLines(text, signature);
  return {
    text: replyText(blocks, signed, quotation),
    html: replyHtml(blocks, signed, quotation),
  };
}
