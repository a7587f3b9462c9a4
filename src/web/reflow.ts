/** Undoes the hard line breaks of mail programs, so that text fits any width. */

/** Mail is broken at 72 to 80 characters; longer lines were not broken by a program. */
const widest = 80;

/** Below this nothing tells a broken line from a short one. */
const narrowest = 50;

/** Lines that were broken for want of room differ in width by less than a long word. */
const ragged = 15;

function firstWord(line: string): string {
  return /^\S+/.exec(line)?.[0] ?? '';
}

/**
 * True when a sentence goes on over the break: some programs break early, and only the text tells.
 */
function goesOn(before: string, line: string): boolean {
  const end = before.trimEnd();
  return (
    end.length >= narrowest &&
    end.length <= widest &&
    !/[.!?:;]$/.test(end) &&
    /^\p{Ll}/u.test(line)
  );
}

/**
 * Joins lines that were broken for want of room: where the next word would not have fitted into
 * the widest line of the text, or a sentence goes on in lower case after a long line. Short lines,
 * as in addresses and closings, lists, quotes and indented lines stay as they are.
 */
export function reflow(text: string): string {
  const lines = text.split('\n');
  // Not `Math.max(...lengths)`: a mail of 100,000 lines has more arguments than the stack holds.
  const width = lines.reduce(
    (most, { length }) => (length <= widest && length > most ? length : most),
    0,
  );
  if (width < narrowest) return text;
  // One line alone is only the longest: it takes another to show where lines were broken.
  const broken = lines.filter(({ length }) => length <= widest && length > width - ragged);
  return lines.reduce((flowed, line, index) => {
    const before = lines[index - 1];
    if (before === undefined) return line;
    const full =
      broken.length > 1 &&
      before.length <= widest &&
      before.length + 1 + firstWord(line).length > width;
    const words = /^[\p{L}\p{N}"'“„«(€$£]/u.test(line) && !/^\d+[.)]\s/.test(line);
    const joinable =
      (full || goesOn(before, line)) && words && before.trim() !== '' && !/^[>\s*-]/.test(before);
    return `${flowed}${joinable ? (/\s$/.test(before) ? '' : ' ') : '\n'}${line}`;
  }, '');
}
