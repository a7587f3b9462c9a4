/** Reads replywright.yaml against the schema and says of a mistake where it stands and what was meant. */
import { type Document, isMap, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import * as z from 'zod';
import { ReplywrightError } from '../domain/errors.ts';
import { yamlMistake } from '../domain/yaml-mistake.ts';
import { hintFor } from './hint.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** Settings as written, before the schema has looked at them. */
export interface WrittenFile {
  /** The path of the file; null when there is none. */
  file: string | null;
  values: Record<string, unknown>;
  /** The line on which a setting, or else its nearest parent, stands; null without a file. */
  lineOf(path: Path): number | null;
}

/** What stands in for a file that does not exist. */
export const noFile: WrittenFile = { file: null, values: {}, lineOf: () => null };

function malformed(file: string, line: number, column: number, detail: string): ReplywrightError {
  return new ReplywrightError('config_malformed', { file, line, column, detail });
}

function lineFinder(document: Document.Parsed<ParsedNode>, lines: LineCounter) {
  return (path: Path): number => {
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1), true);
      const key = path[length - 1];
      const pair = isMap(parent)
        ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
        : undefined;
      const node = pair?.key ?? document.getIn(path.slice(0, length), true);
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
      if (range) return lines.linePos(range[0]).line;
    }
    return 1;
  };
}

/** The values, with aliases followed as far as an honest file goes. */
function plainValues(file: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw malformed(file, 1, 1, error instanceof Error ? error.message.replace(/\.$/, '') : '');
  }
}

/**
 * Parses the text of a settings file.
 *
 * @throws ReplywrightError `config_malformed` with the line and column of the first mistake.
 */
export function parseSettings(file: string, text: string): WrittenFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [first, ...others] = document.errors;
  if (first !== undefined) {
    const { offset, detail } = yamlMistake(text, [first, ...others]);
    const { line, col } = lines.linePos(offset);
    throw malformed(file, line, col, detail);
  }
  const values = plainValues(file, document);
  if (values !== null && (typeof values !== 'object' || Array.isArray(values))) {
    throw malformed(file, 1, 1, 'settings are expected as lines like "key: value"');
  }
  return {
    file,
    values: (values ?? {}) as Record<string, unknown>,
    lineOf: lineFinder(document, lines),
  };
}

/** A path as people write it, `mailboxes[0].imap.port`. */
function dotted(path: Path): string {
  return z.core.toDotPath(path as (string | number)[]);
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

/** What was expected in place of `value`, as the end of a sentence. */
function expectation(issue: Issue, value: unknown): string {
  const found = value === undefined ? 'it is missing' : `found ${shown(value)}`;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kinds[issue.expected] ?? issue.expected}, ${found}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}; ${found}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return issue.message;
      return `expected at least ${issue.minimum}, ${found}`;
    case 'too_big':
      return `expected at most ${issue.maximum}, ${found}`;
    case 'invalid_format':
      return `${issue.message}, ${found}`;
    default:
      return issue.message;
  }
}

function unknownKey(written: WrittenFile, parent: Path, key: string): ReplywrightError {
  return new ReplywrightError('config_unknown_key', {
    file: written.file ?? 'replywright.yaml',
    line: written.lineOf([...parent, key]) ?? 1,
    key: dotted([...parent, key]),
    hint: hintFor(written.values, parent, key),
  });
}

/** An error that names the setting, what is wrong with it, and where it stands. */
export function invalid(
  written: WrittenFile,
  path: Path,
  detail: string,
  fromVariables: ReadonlyMap<string, string> = new Map(),
): ReplywrightError {
  const key = dotted(path);
  const variable = fromVariables.get(key);
  if (variable !== undefined)
    return new ReplywrightError('config_invalid', {
      key: variable,
      detail,
      file: 'the environment or .env',
    });
  const line = written.lineOf(path);
  return new ReplywrightError('config_invalid', {
    key: key === '' ? 'settings' : key,
    detail: line === null ? detail : `${detail} (line ${line})`,
    file: written.file ?? 'replywright.yaml',
  });
}

/**
 * Holds settings against a schema.
 *
 * @param fromVariables by dotted path, the environment variable that a value came from.
 * @throws ReplywrightError `config_unknown_key` or `config_invalid`, for the first mistake.
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  written: WrittenFile,
  fromVariables: ReadonlyMap<string, string>,
): z.output<Schema> {
  const result = schema.safeParse(written.values, { reportInput: true });
  if (result.success) return result.data;
  const issues = result.error.issues;
  // A misspelt key also leaves its setting missing: the key is what the person must look at.
  const stray = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (stray !== undefined) throw unknownKey(written, stray.path, stray.keys[0] ?? '');
  const [issue] = issues;
  if (issue === undefined)
    throw new ReplywrightError('unexpected', { detail: 'no issue was named' });
  throw invalid(written, issue.path, expectation(issue, issue.input), fromVariables);
}
