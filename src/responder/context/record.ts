/** Reads what may be told of one order or customer out of a source's answer: plain, short text. */

import type { Fact } from '../../domain/facts.ts';
import { type JsonPointer, jsonPointer, valuesAt } from '../../domain/json-pointer.ts';

/** What one answer says of the order or customer that was asked for. */
export interface FoundRecord {
  /** The e-mail address that it belongs to; null when it names none. */
  owner: string | null;
  /** Bounded plain text, in the order of the settings; what is missing is left out. */
  facts: Fact[];
}

/** Where a record says what; of the settings. */
export interface RecordMap {
  key: JsonPointer | null;
  owner: JsonPointer;
  facts: readonly { name: string; pointer: JsonPointer }[];
}

/** Most UTF-16 units of a fact, and most elements of a list in it. */
const longestValue = 300;
const mostElements = 20;

/** Control and format characters, which a reader does not see and a model does; ends of lines. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** A value as one line of text; null for what is none: nothing, an object, a blank. */
function plainText(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    return null;
  // Ten times what is kept bounds the work; the rest would be cut off anyway.
  const text = String(value)
    .slice(0, 10 * longestValue)
    .replace(unseen, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? null : text;
}

function shortened(text: string): string {
  if (text.length <= longestValue) return text;
  return `${text.slice(0, longestValue - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function factAt(record: unknown, pointer: JsonPointer): string | null {
  const elements = valuesAt(record, pointer).flatMap((value) =>
    Array.isArray(value) ? value.slice(0, mostElements) : [value],
  );
  const texts = elements.slice(0, mostElements).flatMap((value) => plainText(value) ?? []);
  return texts.length === 0 ? null : shortened(texts.join(', '));
}

/** One value as text; null where there is none or more than one. */
export function textAt(record: unknown, pointer: JsonPointer): string | null {
  const values = valuesAt(record, pointer);
  return values.length === 1 ? plainText(values[0]) : null;
}

function pointerOf(written: string): JsonPointer {
  const pointer = jsonPointer(written);
  if (pointer === null) throw new TypeError(`no JSON pointer: ${written}`);
  return pointer;
}

/** The pointers of the settings, read. */
export function recordMap(settings: {
  key: string | null;
  owner: string;
  facts: Readonly<Record<string, string>>;
}): RecordMap {
  return {
    key: settings.key === null ? null : pointerOf(settings.key),
    owner: pointerOf(settings.owner),
    facts: Object.entries(settings.facts).map(([name, written]) => ({
      name,
      pointer: pointerOf(written),
    })),
  };
}

/** What a record says, by the pointers of the settings. */
export function readRecord(record: unknown, { owner, facts }: RecordMap): FoundRecord {
  return {
    owner: textAt(record, owner),
    facts: facts.flatMap(({ name, pointer }) => {
      const value = factAt(record, pointer);
      return value === null ? [] : [{ name, value }];
    }),
  };
}

/** Keys are compared without regard to capitals: customers write them as they like. */
export function foldedKey(key: string): string {
  return key.trim().toLowerCase();
}
