/**
 * JSON pointers (RFC 6901): where in a document a value stands, such as `/orders/0/email`. One thing
 * is added: `*` as a part of its own stands for every element of a list, so that one pointer leads
 * to all articles of an order.
 */

/** The parts of a pointer, unescaped; none for the whole document. */
export type JsonPointer = readonly string[];

/**
 * Reads a pointer.
 *
 * @returns null for what is none: it does not begin with `/`, or has a `~` that is no escape
 *   (RFC 6901, section 3).
 */
export function jsonPointer(written: string): JsonPointer | null {
  if (written === '') return [];
  if (!written.startsWith('/') || /~(?![01])/.test(written)) return null;
  return written
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** RFC 6901, section 4: an index has no leading zeros. */
const index = /^(?:0|[1-9]\d{0,8})$/;

function step(value: unknown, part: string): unknown[] {
  if (Array.isArray(value)) {
    if (part === '*') return value;
    return index.test(part) && Number(part) < value.length ? [value[Number(part)]] : [];
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return [];
  return [(value as Record<string, unknown>)[part]];
}

/** The values that a pointer leads to in a document: none, one, or several by `*`. */
export function valuesAt(document: unknown, pointer: JsonPointer): unknown[] {
  let values: unknown[] = [document];
  for (const part of pointer) values = values.flatMap((value) => step(value, part));
  return values;
}
