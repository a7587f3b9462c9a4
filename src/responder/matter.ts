/** Tells by an example's own words whether a mail is about the matter that it answers. */

import type { Example } from './examples.ts';
import { foldAccents } from './terms.ts';

/** Longest text that is looked at, in UTF-16 units. */
const longest = 20_000;

/** A text as the words of the examples are written: folded, straight apostrophes, one line. */
export function foldedText(text: string): string {
  return foldAccents(text.slice(0, longest))
    .replace(/[’‘´`]/g, "'")
    .replace(/\s+/g, ' ');
}

/** True when `phrase` begins a word somewhere in `text`; the word may go on after it. */
function says(text: string, phrase: string): boolean {
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1))
    if (at === 0 || !/\p{L}/u.test(text.charAt(at - 1))) return true;
  return false;
}

/**
 * Whether the mail uses one word of each list of `about`, and none of `unless`.
 *
 * @param text as `foldedText` gives it.
 */
export function isAbout({ about, unless }: Example, text: string): boolean {
  return (
    about.every((list) => list.some((phrase) => says(text, phrase))) &&
    !unless.some((phrase) => says(text, phrase))
  );
}
