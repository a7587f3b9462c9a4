/** Fills a JSON schema with the smallest valid value, so that the stub answers whatever schema it is asked for. */
import { isObject, type JsonObject } from './types.ts';

/** What the filled value should say where the schema leaves a choice. */
export interface FillHints {
  /** Values for string properties with these names, wherever they stand. */
  readonly text: Readonly<Record<string, string>>;
  /** An enum value, or the name of a boolean, that occurs in this text is chosen: the obedient model's field values. */
  readonly prefer?: string;
  /** Strings by property name for one forged entry in an array whose name speaks of citations. */
  readonly citation?: Readonly<Record<string, string>>;
}

const NO_HINTS: FillHints = { text: {} };

const DATES: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  'date-time': '2026-01-01T00:00:00Z',
  time: '00:00:00Z',
  email: 'customer@example.test',
  uri: 'https://example.test/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** Names whose string value must mean something to be valid. */
const GENERIC: Readonly<Record<string, string>> = { language: 'en', lang: 'en', locale: 'en' };

/**
 * Makes a value that satisfies the schema: required properties only, first enum value, false, empty arrays, null
 * where null is allowed.
 * @param root the schema that `$ref`s point into
 */
export function fillSchema(
  schema: unknown,
  hints: FillHints = NO_HINTS,
  root: unknown = schema,
  name = '',
): unknown {
  if (!isObject(schema)) return null;
  if (typeof schema.$ref === 'string')
    return fillSchema(resolve(schema.$ref, root), hints, root, name);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return fillEnum(schema.enum, hints);
  const variants = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(variants)) return fillVariant(variants, hints, root, name);
  if (Array.isArray(schema.allOf)) return fillSchema(merge(schema.allOf), hints, root, name);
  const type = Array.isArray(schema.type)
    ? chooseType(schema.type, name in hints.text)
    : schema.type;
  if (type === 'object' || isObject(schema.properties)) return fillObject(schema, hints, root);
  if (type === 'array') return fillArray(schema, hints, root, name);
  if (type === 'boolean') return mentions(hints.prefer, name.replaceAll('_', ' '));
  if (type === 'integer' || type === 'number') return fillNumber(schema);
  if (type === 'string') return fillString(schema, hints, name);
  return null;
}

function resolve(reference: string, root: unknown): unknown {
  let here = root;
  for (const step of reference.replace(/^#\/?/, '').split('/')) {
    if (step === '') continue;
    here = isObject(here) ? here[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return here;
}

function merge(parts: readonly unknown[]): JsonObject {
  const merged: JsonObject = {};
  for (const part of parts.filter(isObject)) Object.assign(merged, part);
  return merged;
}

function chooseType(types: readonly unknown[], hasText: boolean): unknown {
  if (hasText && types.includes('string')) return 'string';
  return types.includes('null') ? 'null' : types[0];
}

function fillVariant(
  variants: readonly unknown[],
  hints: FillHints,
  root: unknown,
  name: string,
): unknown {
  const text = variants.find((variant) => isObject(variant) && variant.type === 'string');
  if (name in hints.text && text !== undefined) return hints.text[name];
  const nullable = variants.some((variant) => isObject(variant) && variant.type === 'null');
  return nullable ? null : fillSchema(variants[0], hints, root, name);
}

function fillObject(schema: JsonObject, hints: FillHints, root: unknown): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const filled: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) {
    if (required.includes(name) || name in hints.text)
      filled[name] = fillSchema(property, hints, root, name);
  }
  return filled;
}

function mentions(text: string | undefined, words: string): boolean {
  return text !== undefined && words !== '' && text.toLowerCase().includes(words.toLowerCase());
}

function fillEnum(values: readonly unknown[], hints: FillHints): unknown {
  return (
    values.find((value) => typeof value === 'string' && mentions(hints.prefer, value)) ??
    values[0] ??
    null
  );
}

function fillArray(schema: JsonObject, hints: FillHints, root: unknown, name: string): unknown[] {
  if (hints.citation !== undefined && /citation|source/i.test(name)) {
    return [
      fillSchema(
        schema.items,
        { ...hints, text: { ...hints.text, ...hints.citation } },
        root,
        name,
      ),
    ];
  }
  const least = typeof schema.minItems === 'number' ? schema.minItems : 0;
  return Array.from({ length: least }, () => fillSchema(schema.items, hints, root, name));
}

function fillNumber(schema: JsonObject): number {
  if (typeof schema.minimum === 'number') return schema.minimum;
  if (typeof schema.exclusiveMinimum === 'number') return schema.exclusiveMinimum + 1;
  return typeof schema.maximum === 'number' ? Math.min(0, schema.maximum) : 0;
}

function fillString(schema: JsonObject, hints: FillHints, name: string): string {
  const given = hints.text[name] ?? GENERIC[name];
  if (given !== undefined) return given;
  const format = typeof schema.format === 'string' ? DATES[schema.format] : undefined;
  if (format !== undefined) return format;
  const least = typeof schema.minLength === 'number' ? schema.minLength : 0;
  return `stub ${name}`.trim().padEnd(least, '.');
}
