/** Reads YAML that a person wrote and validates it, naming the place of the first mistake. */

import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { yamlMistake } from '../domain/yaml-mistake.ts';

/** What is wrong with a YAML text, and where. */
export class YamlProblem extends Error {
  /** Line in the file, from 1. */
  readonly line: number;
  /** Column in that line, from 1. */
  readonly column: number;
  /** Keys and indexes from the root to the mistake; empty for a syntax error. */
  readonly path: readonly PropertyKey[];

  constructor(
    { line, column }: { line: number; column: number },
    detail: string,
    path: readonly PropertyKey[] = [],
  ) {
    super(detail);
    this.line = line;
    this.column = column;
    this.path = path;
  }
}

/** Offset of the deepest node on `path` that exists. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
      if (!pair) break;
      offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = (node as { range?: [number] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** @throws YamlProblem where aliases stand for too much: a few lines could mean gigabytes. */
function contentsOf(document: Document, firstLine: number): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    throw new YamlProblem({ line: firstLine, column: 1 }, 'aliases (`*name`) stand for too much');
  }
}

/**
 * Parses `text` and validates it with `schema`.
 *
 * @param firstLine the line of the file at which `text` begins, from 1.
 * @throws YamlProblem for the first mistake.
 */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  firstLine = 1,
): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: line + firstLine - 1, column: col };
  };
  const [first, ...others] = document.errors;
  if (first) {
    const { offset, detail } = yamlMistake(text, [first, ...others]);
    throw new YamlProblem(placeAt(offset), detail);
  }

  const result = schema.safeParse(contentsOf(document, firstLine) ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (!issue) throw new YamlProblem({ line: firstLine, column: 1 }, 'not valid');
  const path =
    issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const where = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
  const place = placeAt(offsetOf(document, path));
  throw new YamlProblem(place, `${where}${issue.message}`, issue.path);
}
