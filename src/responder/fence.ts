/** Fences text from outside so that it stays data: no text can close the fence around itself. */

import { sha256 } from './digest.ts';

/**
 * Characters that no reader sees but a model reads: control characters, and the tag characters
 * U+E0000 to U+E007F, which can spell out hidden instructions.
 */
const invisible = /(?![\n\t])\p{Cc}|[\u{e0000}-\u{e007f}]/gu;

/** The text as it goes into a request: one kind of line end, nothing invisible. */
export function visibleText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(invisible, '');
}

/**
 * Shortens a text to about `limit` UTF-16 units, keeping its head and tail: what is wanted stands
 * first in most mails, and what is wanted now stands last in long ones.
 */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const headEnd = Math.floor(limit * 0.7);
  const tailStart = text.length - (limit - headEnd);
  // A cut between the halves of a surrogate pair would leave half a character on each side.
  const head = text.slice(0, headEnd).replace(/[\ud800-\udbff]$/, '');
  const tail = text.slice(tailStart).replace(/^[\udc00-\udfff]/, '');
  return `${head}\n[${text.length - head.length - tail.length} characters left out]\n${tail}`;
}

/** Writes the fences of one request. */
export interface Fence {
  /** The word that opens and closes every fence; none of the fenced texts contains it. */
  word: string;
  /** `text` between an opening and a closing line. */
  around(label: string, text: string): string;
}

/**
 * Makes the fence for `texts`, everything from outside that will stand in one request.
 *
 * The word is derived from the texts themselves: whoever writes a mail would have to find a text
 * that contains a part of its own hash. Equal texts give equal fences, so requests are
 * reproducible.
 */
export function fenceFor(texts: readonly string[]): Fence {
  let hash = sha256(texts.join('\0'));
  let word = `data-${hash.slice(0, 16)}`;
  while (texts.some((text) => text.includes(word))) {
    hash = sha256(hash);
    word = `data-${hash.slice(0, 16)}`;
  }
  return {
    word,
    around: (label, text) => `<${word} ${label}>\n${text}\n</${word}>`,
  };
}
