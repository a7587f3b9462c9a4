/** A source file as the house rules look at it: its text, its syntax tree and what it imports. */

import { parseAst } from 'vitest/node';

/** A node of the syntax tree (ESTree, with TypeScript's additions). */
export interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** One place where a file names another module, types included. */
export interface Import {
  specifier: string;
  line: number;
  typeOnly: boolean;
}

export interface ParsedModule {
  /** From the project's folder on, with `/`. */
  path: string;
  text: string;
  program: Node;
  imports: Import[];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Calls `visit` for `node` and all nodes below it. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) walk(child, visit);
  }
}

/** The text of a string literal, also of a template without placeholders; null for anything else. */
function literalText(value: unknown): string | null {
  if (!isNode(value)) return null;
  if (value.type === 'Literal' && typeof value.value === 'string') return value.value;
  if (value.type !== 'TemplateLiteral') return null;
  const quasis = value.quasis as { value: { cooked: string } }[];
  return quasis.length === 1 ? (quasis[0]?.value.cooked ?? null) : null;
}

/** A place in a file, as terminals and editors make it a link. */
export function at(module: Pick<ParsedModule, 'path' | 'text'>, offset: number): string {
  return `${module.path}:${lineAt(module.text, offset)}`;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** True when nothing of the import is left after type stripping. */
function isTypeOnly(node: Node): boolean {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type')
    return true;
  const specifiers = (node.specifiers ?? []) as Node[];
  return (
    specifiers.length > 0 &&
    specifiers.every(({ importKind, exportKind }) => (importKind ?? exportKind) === 'type')
  );
}

/** The node that names the module, for each syntax that can name one. */
function sourceOf(node: Node): unknown {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ImportExpression':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'TSImportType':
      return node.source;
    case 'TSExternalModuleReference':
      return node.expression;
    case 'CallExpression': {
      const { object, name, property } = node.callee as Node & { object?: Node; property?: Node };
      const called = object === undefined ? name : `${object.name}.${property?.name}`;
      // `import.meta.resolve` has a node without a name as its object; packages' files are found so.
      return called === 'require' || called === 'require.resolve'
        ? (node.arguments as unknown[])[0]
        : null;
    }
    default:
      return null;
  }
}

/**
 * Parses a TypeScript or JavaScript file.
 *
 * @throws Error of the parser when the syntax is wrong.
 */
export function parseModule(path: string, text: string): ParsedModule {
  const program = parseAst(text, { lang: path.endsWith('.js') ? 'js' : 'ts' }) as unknown as Node;
  const imports: Import[] = [];
  walk(program, (node) => {
    const specifier = literalText(sourceOf(node));
    if (specifier === null) return;
    imports.push({ specifier, line: lineAt(text, node.start), typeOnly: isTypeOnly(node) });
  });
  return { path, text, program, imports };
}
