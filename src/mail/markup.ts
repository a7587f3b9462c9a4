/**
 * Our small markup, in which replies are written: paragraphs, `- ` and `1. ` lists, `> ` quotes, and
 * in a line `**bold**`, `*emphasis*`, `[text](https://...)` and bare addresses. A line break is one.
 * Not CommonMark: there `*12*`, `1985.` at the beginning of a line and `a*b*c` are markup, and what
 * a customer reads must never lose a character by accident. HTML is text like any other.
 */

import { type Inline, inlinesOf } from './markup-inline.ts';

/** One line as the reader sees it, however wide. */
export type Line = Inline[];

/** `joined`: it begins on the line after the block above it, with no empty line between. */
export type Block = { joined: boolean } & (
  | { kind: 'paragraph'; lines: Line[] }
  /** Each item has its lines. */
  | { kind: 'list'; ordered: boolean; items: Line[][] }
  | { kind: 'quote'; blocks: Block[] }
);

const bullet = /^- +(?=\S)/;
const number = /^(\d{1,3})\. +(?=\S)/;
const quoteMark = /^>(?: |$)/;
const blank = /^\s*$/;

interface Taken {
  /** Null where the lines only look like one, and are paragraphs. */
  block: Block | null;
  /** The first line that does not belong to it. */
  next: number;
}

/** The text of line `at` behind the mark of item `position`, or null. */
function itemText(line: string | undefined, ordered: boolean, position: number): string | null {
  const mark = (ordered ? number : bullet).exec(line ?? '');
  if (mark === null || (ordered && Number(mark[1]) !== position)) return null;
  return (line ?? '').slice(mark[0].length);
}

/** What stands above announces a list: then one item is a list, else it may be "- Mara". */
function isAnnounced(lines: readonly string[], at: number): boolean {
  const above = lines.slice(Math.max(0, at - 3), at).findLast((line) => !blank.test(line));
  return above !== undefined && /[:：]$/u.test(above.trimEnd());
}

function listAt(lines: readonly string[], from: number): Taken {
  const ordered = number.test(lines[from] ?? '');
  const items: string[][] = [];
  let at = from;
  for (;;) {
    // One empty line between items is how many people write lists.
    const gap = items.length > 0 && blank.test(lines[at] ?? '') ? 1 : 0;
    const text = itemText(lines[at + gap], ordered, items.length + 1);
    if (text !== null) {
      items.push([text]);
      at += gap + 1;
    } else if (items.length > 0 && /^ {2,}\S/.test(lines[at] ?? '')) {
      items.at(-1)?.push((lines[at] ?? '').trimStart());
      at += 1;
    } else break;
  }
  // "- 5.00" is an amount, and its sign must stay.
  const worded = items.every(([first = '']) => /\p{L}/u.test(first));
  if (!worded || items.length === 0 || (items.length === 1 && !isAnnounced(lines, from)))
    return { block: null, next: Math.max(at, from + 1) };
  const read = items.map((item) => item.map((line) => inlinesOf(line)));
  return { block: { kind: 'list', joined: false, ordered, items: read }, next: at };
}

function quoteAt(lines: readonly string[], from: number): Taken {
  let next = from;
  while (next < lines.length && quoteMark.test(lines[next] ?? '')) next += 1;
  const inside = lines.slice(from, next).map((line) => line.replace(quoteMark, ''));
  // "> 30 days" is a comparison; what is quoted has words in front or more lines than one.
  const compared = inside.length === 1 && /^[\p{N}\p{Sc}]/u.test(inside[0] ?? '');
  if (compared || inside.every((line) => blank.test(line))) return { block: null, next };
  return { block: { kind: 'quote', joined: false, blocks: paragraphsOf(inside) }, next };
}

/** Paragraphs alone: inside a quote nothing else has a meaning. */
function paragraphsOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: Line[] | null = null;
  for (const line of lines) {
    if (blank.test(line)) {
      open = null;
      continue;
    }
    if (open === null) {
      open = [];
      blocks.push({ kind: 'paragraph', joined: false, lines: open });
    }
    open.push(inlinesOf(line));
  }
  return blocks;
}

function blockAt(lines: readonly string[], at: number): Taken {
  const line = lines[at] ?? '';
  if (quoteMark.test(line)) return quoteAt(lines, at);
  return bullet.test(line) || number.test(line) ? listAt(lines, at) : { block: null, next: at + 1 };
}

/** Reads a reply. Every character that is not surely markup is in the blocks as it stands. */
export function readMarkup(source: string): Block[] {
  const lines = source.replace(/\r\n?|[\u2028\u2029]/g, '\n').split('\n');
  const blocks: Block[] = [];
  let loose = 0;
  let at = 0;
  const isJoined = (line: number) => line > 0 && !blank.test(lines[line - 1] ?? '');
  const push = (found: Block, line: number) => blocks.push({ ...found, joined: isJoined(line) });
  const closeParagraphs = () => {
    const [first, ...more] = paragraphsOf(lines.slice(loose, at));
    if (first !== undefined) push(first, blank.test(lines[loose] ?? '') ? 0 : loose);
    blocks.push(...more);
  };
  while (at < lines.length) {
    const { block, next } = blockAt(lines, at);
    if (block !== null) {
      closeParagraphs();
      push(block, at);
      loose = next;
    }
    at = next;
  }
  closeParagraphs();
  return blocks;
}

/** Whether a reply reads otherwise than it is written: without markup, it is its source. */
export function hasMarkup(source: string): boolean {
  const isText = (line: Line) => line.every(({ kind }) => kind === 'text');
  return !readMarkup(source).every(
    (block) => block.kind === 'paragraph' && block.lines.every(isText),
  );
}
