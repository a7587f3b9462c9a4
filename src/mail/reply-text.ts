/** The text/plain form of a reply: our markup as people have always written it in mail. */

import { flowedLines, signatureSeparator } from './flowed.ts';
import type { Block, Line } from './markup.ts';
import type { Inline } from './markup-inline.ts';
import type { Quotation } from './quotation.ts';

function inlineText(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'strong':
    case 'emphasis':
      return `*${lineText(inline.of)}*`;
    case 'link':
      // RFC 3986, appendix C: the brackets keep an address whole where a line is broken.
      if (inline.label === null) return inline.href;
      return `${inline.label} <${inline.href.replace(/^mailto:/, '')}>`;
  }
}

function lineText(line: Line): string {
  return line.map(inlineText).join('');
}

function blockLines(block: Block, depth: number): string[] {
  switch (block.kind) {
    case 'paragraph':
      return block.lines.flatMap((line) => flowedLines(lineText(line), depth));
    case 'list':
      return block.items.flatMap((item, index) => {
        const mark = block.ordered ? `${index + 1}. ` : '- ';
        const [first = [], ...more] = item.map(lineText);
        const rest = more.flatMap((line) =>
          flowedLines(`${' '.repeat(mark.length)}${line}`, depth),
        );
        return [...flowedLines(`${mark}${first}`, depth), ...rest];
      });
    case 'quote':
      return blocksLines(block.blocks, depth + 1);
  }
}

function blocksLines(blocks: readonly Block[], depth: number): string[] {
  return blocks.flatMap((block, index) => {
    const gap = index === 0 || block.joined ? [] : flowedLines('', depth);
    return [...gap, ...blockLines(block, depth)];
  });
}

/** A line of an earlier mail, one quotation deeper than it already is. */
function quotedLines(line: string): string[] {
  const marks = /^(?:> ?)*/.exec(line)?.[0] ?? '';
  return flowedLines(line.slice(marks.length), marks.split('>').length);
}

/** Readers of a thread have seen what is signed; a reply is signed once. */
export function replyText(
  blocks: readonly Block[],
  signature: readonly string[],
  quotation: Quotation | null,
): string {
  const parts = [blocksLines(blocks, 0)];
  if (signature.length > 0)
    parts.push([signatureSeparator, ...signature.flatMap((line) => flowedLines(line, 0))]);
  if (quotation !== null)
    parts.push([
      ...flowedLines(quotation.attribution, 0),
      ...quotation.text.split('\n').flatMap(quotedLines),
    ]);
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
