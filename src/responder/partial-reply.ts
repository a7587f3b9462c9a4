/** The reply as far as it is written, out of JSON that is still being streamed. */

const opening = /"reply"\s*:\s*"/;

/**
 * Follows one answer.
 *
 * @returns takes each further piece of the answer and gives the reply so far; null before it begins.
 */
export function replyFollower(): (piece: string) => string | null {
  let seen = '';
  let start = -1;
  let end = -1;
  return (piece) => {
    const from = seen.length;
    seen += piece;
    if (start < 0) {
      const found = opening.exec(seen);
      if (found === null) return null;
      start = found.index + found[0].length;
    }
    if (end < 0) end = closingQuote(seen, start, Math.max(start, from));
    return unescaped(seen.slice(start, end < 0 ? undefined : end));
  };
}

/** Where the string that began at `start` ends, looking from `from`; -1 when it does not yet. */
function closingQuote(text: string, start: number, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (at - backslashes > start && text[at - backslashes - 1] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

/** The text of a JSON string whose end, with half an escape, may still be missing. */
function unescaped(raw: string): string {
  const whole = raw.replace(/(?<!\\)((?:\\\\)*)\\(?:u[0-9A-Fa-f]{0,3})?$/, '$1');
  try {
    return String(JSON.parse(`"${whole.replaceAll('\n', '\\n')}"`));
  } catch {
    // Not JSON after all; the finished answer is judged elsewhere.
    return '';
  }
}
