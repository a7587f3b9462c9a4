/** Quoted history: what a customer newly wrote, without the earlier mails below or between it. */

import {
  isAttribution,
  isForwardMark,
  isHeaderBlock,
  isOriginalMark,
  isRule,
} from './quote-marks.ts';

/** What is looked at; hostile text makes every line reader slow, so it never sees more than this. */
const caps = { characters: 64 * 1024, lines: 2000, perLine: 1000 } as const;

function cappedLines(text: string): string[] {
  return text
    .slice(0, caps.characters)
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .split('\n', caps.lines)
    .map((line) => line.slice(0, caps.perLine).toWellFormed());
}

const isQuoted = (line: string): boolean => /^\s{0,3}>/.test(line);
const isBlank = (line: string): boolean => line.trim() === '';

/** How many lines from `at` on form the line that introduces a quotation; 0 when none does. */
function attributionLength(lines: readonly string[], at: number): number {
  // Mail programs wrap it: names and addresses are long.
  for (let length = 1; length <= 4; length += 1) {
    const next = lines[at + length - 1];
    if (next === undefined || isBlank(next)) return 0;
    const joined = lines
      .slice(at, at + length)
      .map((line) => line.trim())
      .join(' ');
    if (isAttribution(joined)) return length;
  }
  return 0;
}

/** The first line at or after `at` that is not blank. */
function afterBlanks(lines: readonly string[], at: number): number {
  let next = at;
  while (next < lines.length && isBlank(lines[next] ?? '')) next += 1;
  return next;
}

/** The first line after the quotation that begins at `at`; blank lines inside belong to it. */
function afterQuotation(lines: readonly string[], at: number): number {
  let next = at;
  while (next < lines.length && isQuoted(lines[next] ?? '')) {
    next += 1;
    const resumed = afterBlanks(lines, next);
    if (isQuoted(lines[resumed] ?? '')) next = resumed;
  }
  return next;
}

/** True when the lines at `at` say that everything below is an earlier mail. */
function startsHistory(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  if (isOriginalMark(line)) return true;
  const below = isRule(line) ? afterBlanks(lines, at + 1) : at;
  return isHeaderBlock(lines.slice(below, below + 8));
}

/** The lines that are new, in order. */
function newLines(lines: readonly string[]): string[] {
  const fresh: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    // A forwarded mail is what the customer wants us to read.
    if (isForwardMark(line)) return [...fresh, ...lines.slice(at)];
    if (isQuoted(line)) {
      at = afterQuotation(lines, at);
      continue;
    }
    if (startsHistory(lines, at)) return fresh;
    const length = attributionLength(lines, at);
    if (length > 0) {
      const below = afterBlanks(lines, at + length);
      // Without quote marks nothing says where the history ends, so it goes to the end.
      if (below < lines.length && !isQuoted(lines[below] ?? '')) return fresh;
      at = afterQuotation(lines, below);
      continue;
    }
    fresh.push(line);
    at += 1;
  }
  return fresh;
}

function tidy(lines: readonly string[]): string {
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/**
 * What the sender newly wrote. Only the first 64 kB, 2,000 lines and 1,000 characters a line are
 * looked at. Where the rules leave nothing, the whole (capped) text comes back: a mail that is
 * all quotation still has to be read.
 *
 * @returns never longer than `text`, and never blank when the capped text is not.
 */
export function extractNewText(text: string): string {
  const lines = cappedLines(text);
  const fresh = tidy(newLines(lines));
  return fresh.trim() === '' ? tidy(lines) : fresh;
}
