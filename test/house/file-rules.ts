/** Rules for the text and shape of a file: its opening, its length, no barrels, nothing left undone. */

import { at, type Node, type ParsedModule } from './parsed-module.ts';

const longest = 300;

/** A comment that opens a file: at the very top, or below the line that names the interpreter. */
const opening = /^(?:#!.*\n)?\s*\/\*\*?([\s\S]*?)\*\//;

/** What a file says about itself in its first paragraph; null when it opens with something else. */
function openingSentence(text: string): string | null {
  const comment = opening.exec(text)?.[1];
  if (comment === undefined) return null;
  const plain = comment.replace(/^\s*\* ?/gm, '').trim();
  return plain.split(/\n\s*\n/)[0] ?? '';
}

/** A file opens with a comment that is a sentence. */
export function openingViolations(path: string, text: string): string[] {
  const sentence = openingSentence(text);
  if (sentence === null) return [`${path}:1: does not open with a comment that says what it is`];
  if (/^[A-Z0-9`'"]/.test(sentence) && /[.!?:]\S*$/.test(sentence)) return [];
  return [`${path}:1: opens with a comment that is no sentence: "${sentence}"`];
}

/** A file has at most 300 lines, or says why not. */
export function lengthViolations(path: string, text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines <= longest || /Longer than 300\s+(?:\*\s+)?lines\s+(?:\*\s+)?because\s/.test(text))
    return [];
  return [`${path}: ${lines} lines, and no "Longer than ${longest} lines because ..."`];
}

/** A file does something itself: one whose statements only pass on what others export is a barrel. */
export function barrelViolations({ path, program }: ParsedModule): string[] {
  const body = program.body as Node[];
  const exportsSomething = body.some(({ type }) => type.startsWith('Export'));
  const passesOn = body.every(
    (statement) =>
      statement.type === 'ImportDeclaration' ||
      statement.type === 'ExportAllDeclaration' ||
      (statement.type === 'ExportNamedDeclaration' && statement.declaration === null),
  );
  return exportsSomething && passesOn ? [`${path}: a barrel file, which only exports others`] : [];
}

/** Marks of work left undone, as their authors usually write them. */
const undone = /\b(TODO|FIXME|XXX|HACK)\b|\bnot (?:yet )?implemented\b/gi;

/** Nothing of src is a stub, and nothing in it is left for later. */
export function unfinishedViolations(path: string, text: string): string[] {
  const marks = [...text.matchAll(undone)]
    // In lower case the four words are prose ("hack" is none of ours, but a customer may write it).
    .filter(([mark, word]) => word === undefined || mark === mark.toUpperCase())
    .map(({ 0: mark, index }) => `${at({ path, text }, index)}: ${mark}`);
  const name = /(?:^|[/.-])(stub|stubs|mock|mocks|fake|dummy|placeholder)(?:[/.-]|$)/i.exec(path);
  return name === null ? marks : [`${path}: a ${name[1]} has no place in src`, ...marks];
}
