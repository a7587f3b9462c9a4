/** Text that PostgreSQL, JSON and people can hold: no NUL, no lone surrogates, bounded length. */

/**
 * `text` without NUL (PostgreSQL's text type refuses it), with lone surrogates replaced by U+FFFD
 * (UTF-8 has no form for them), cut after `limit` UTF-16 units but never inside a character.
 */
export function wellFormed(text: string, limit: number): string {
  const cut = text.length > limit ? text.slice(0, limit) : text;
  const whole = cut.replaceAll('\u0000', '').toWellFormed();
  // A cut between two surrogates left the first one alone, and that became U+FFFD just now.
  return text.length > limit && whole.endsWith('\ufffd') ? whole.slice(0, -1) : whole;
}

/** One line for a header or a file name: control characters, line and bidi marks become spaces. */
export function oneLine(text: string, limit: number): string {
  return (
    wellFormed(text, limit * 2)
      // Bidi overrides can make `gpj.exe` read as `exe.jpg` (Unicode TR 36, section 3.1).
      .replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu, ' ')
      .replace(/ {2,}/g, ' ')
      .trim()
      .slice(0, limit)
      .toWellFormed()
  );
}
