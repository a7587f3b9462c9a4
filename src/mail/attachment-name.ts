/** The name of an attached file: made safe to show and to save, and looked at for what it hides. */

import type { Concern } from '../domain/attachment.ts';
import { endingOf, formatWords, kindOf, promisedFormat } from '../domain/file-format.ts';
import { undoLatin1 } from './charset.ts';
import { oneLine } from './text-hygiene.ts';

const longestName = 200;

const byType = new Map([
  ['text/calendar', 'ics'],
  ['message/rfc822', 'eml'],
  ['message/delivery-status', 'txt'],
  ['application/pdf', 'pdf'],
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
]);

/** A name that is safe to show and to save: no folders, no control or bidi characters. */
export function safeName(given: string): string {
  const name = oneLine(undoLatin1(given), longestName * 4)
    .replace(/[/\\]+/g, '_')
    .replace(/^[.\s]+/, '');
  if (name.length <= longestName) return name;
  // The ending says what a computer does with the file; no length may push it out of sight.
  const ending = /\.[^.]{1,12}$/.exec(name)?.[0] ?? '';
  return `${name.slice(0, longestName - ending.length - 1).trimEnd()}…${ending}`.toWellFormed();
}

/** The name of a part that may have none. */
export function nameOf(given: string | undefined, contentType: string, index: number): string {
  const name = safeName(given ?? '');
  return name === '' ? `attachment-${index + 1}.${byType.get(contentType) ?? 'bin'}` : name;
}

/** Characters that turn the direction of writing (Unicode TR 36, section 3.1). */
const turning = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const risky = new Set(['program', 'script', 'shortcut', 'disk_image', 'web_page']);

/** `invoice.pdf.exe`, also with blanks in between that push the real ending out of sight. */
function hasTwoEndings(name: string): boolean {
  const last = promisedFormat(name);
  if (last === null || !risky.has(kindOf(last))) return false;
  const before = promisedFormat(name.slice(0, name.length - endingOf(name).length - 1).trimEnd());
  return before !== null && formatWords(before) !== formatWords(last);
}

/**
 * What is wrong with a name.
 *
 * @param given as the mail has it, before anything was taken out of it.
 */
export function nameConcerns(given: string, name: string): Concern[] {
  return [
    ...(turning.test(given) ? (['turned_name'] as const) : []),
    ...(hasTwoEndings(name) ? (['two_endings'] as const) : []),
  ];
}
