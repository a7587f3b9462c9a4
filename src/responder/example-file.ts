/** Changes the text of an examples file, one example at a time; comments and the other examples stay as they are. */

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Example } from './examples.ts';

/** What a new example says; the rest is as the schema has it. */
export type NewExample = Pick<
  Example,
  'id' | 'language' | 'category' | 'subject' | 'mail' | 'reply' | 'citations' | 'tags' | 'pinned'
>;

/** What can be set of an example that is there. */
export type Markings = Partial<Pick<Example, 'pinned' | 'tags' | 'evaluation'>>;

type Entry = YAMLMap;

interface Opened {
  document: Document;
  list: YAMLSeq<Entry>;
}

/** @param text a valid examples file, as parseExamples has accepted it. */
function open(text: string): Opened {
  const document: Document = parseDocument(text);
  if (!isSeq(document.contents)) document.contents = document.createNode([]);
  const list = document.contents as unknown as YAMLSeq<Entry>;
  if (list.items.length === 0) list.flow = false;
  return { document, list };
}

function written({ document }: Opened): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function entryOf({ list }: Opened, id: string): Entry | null {
  return list.items.find((entry) => isMap(entry) && entry.get('id') === id) ?? null;
}

/** What a block of YAML cannot hold (YAML 1.2.2, 5.1), and what it would take for the end of a line. */
const unwritable = /[^\P{Cc}\n\t]|\p{Cs}|[\u2028\u2029\uFEFF\uFFFE\uFFFF]/gu;

/** Lines as they are: YAML would fold them. */
function block(text: string): Scalar<string> {
  const lines = text.replace(/\r\n?/g, '\n').replace(unwritable, '');
  const scalar = new Scalar(`${lines.trim()}\n`);
  scalar.type = Scalar.BLOCK_LITERAL;
  return scalar;
}

/** The text with one more example, at the end. */
export function withExample(text: string, example: NewExample): string {
  const opened = open(text);
  const { id, language, category, subject, citations, tags, pinned } = example;
  const node = opened.document.createNode({
    id,
    ...(pinned ? { pinned } : {}),
    ...{ language, category },
    ...(subject === '' ? {} : { subject }),
    ...(tags.length === 0 ? {} : { tags }),
    mail: block(example.mail),
    reply: block(example.reply),
    ...(citations.length === 0
      ? {}
      : { citations: citations.map(({ section, quote }) => ({ section, quote })) }),
  }) as unknown as Entry;
  const labels = node.get('tags', true) as unknown;
  if (isSeq(labels)) labels.flow = true;
  node.spaceBefore = opened.list.items.length > 0;
  opened.list.add(node);
  return written(opened);
}

/** Puts what goes in the place of its first alias, so that the others still lead somewhere. */
function handDown({ document }: Opened, gone: Entry): void {
  const anchored = new Map<string, Node>();
  visit(gone, {
    Node: (_, node) => {
      if (!isAlias(node) && node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  visit(document, {
    Alias: (_, alias: Alias) => {
      const heir = anchored.get(alias.source);
      anchored.delete(alias.source);
      return heir;
    },
  });
}

/** The text without the example; null when it has none of that id. Comments before it stay. */
export function withoutExample(text: string, id: string): string | null {
  const opened = open(text);
  const { list, document } = opened;
  const gone = entryOf(opened, id);
  if (gone === null) return null;
  const at = list.items.indexOf(gone);
  list.items.splice(at, 1);
  handDown(opened, gone);
  const next = list.items[at];
  const comments = (node: { commentBefore?: string | null | undefined } | undefined) =>
    node?.commentBefore ? [node.commentBefore] : [];
  if (next !== undefined)
    next.commentBefore = [...comments(gone), ...comments(next)].join('\n') || null;
  else if (gone.commentBefore)
    document.comment = [gone.commentBefore, ...(document.comment ? [document.comment] : [])].join(
      '\n',
    );
  return written(opened);
}

/** The text with an example marked otherwise; null when it has none of that id. */
export function withMarkings(text: string, id: string, markings: Markings): string | null {
  const opened = open(text);
  const entry = entryOf(opened, id);
  if (entry === null) return null;
  for (const [key, value] of Object.entries(markings)) {
    const isDefault = value === false || (Array.isArray(value) && value.length === 0);
    if (isDefault) entry.delete(key);
    else if (isScalar(entry.get(key, true))) entry.set(key, value);
    else setAfterId(opened, entry, key, value);
  }
  return written(opened);
}

/** What marks an example stands at its head, where a reader looks. */
function setAfterId({ document }: Opened, entry: Entry, key: string, value: unknown): void {
  const node = document.createNode(value);
  if (isSeq(node)) node.flow = true;
  if (entry.has(key)) entry.set(key, node);
  else {
    const at = entry.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === 'id');
    entry.items.splice(at + 1, 0, document.createPair(key, node));
  }
}
