/** The text/html form of a reply: a handful of elements, inline styles, nothing fetched, all escaped. */

import type { Block, Line } from './markup.ts';
import type { Inline } from './markup-inline.ts';
import type { Quotation } from './quotation.ts';

/** What elements carry beside their names: styles of their own in a mail, none on a page of ours. */
interface Dress {
  paragraph: string;
  list: string;
  quote: string;
  link: string;
}

const font = 'font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:1.5';
const spaced = 'margin:0 0 1em';
const barred = 'margin:0 0 1em;padding-left:1em;border-left:2px solid #ccc;color:#555';

/** Mail programs take no style sheet. */
const mailDress: Dress = {
  paragraph: ` style="${spaced}"`,
  list: ` style="${spaced};padding-left:2em"`,
  quote: ` style="${barred}"`,
  link: '',
};

/** Our pages allow no inline styles, and what is followed must not get hold of them. */
const pageDress: Dress = {
  paragraph: '',
  list: '',
  quote: '',
  link: ' target="_blank" rel="noopener noreferrer"',
};

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Indentation and columns that were typed with spaces, which HTML would fold into one. */
function keepSpaces(html: string): string {
  return html
    .replace(/^ +| {2,}/g, (run) => `${'&nbsp;'.repeat(run.length - 1)} `)
    .replace(/^ /, '&nbsp;');
}

function inlineHtml(inline: Inline, dress: Dress): string {
  const within = (of: readonly Inline[]) => of.map((each) => inlineHtml(each, dress)).join('');
  switch (inline.kind) {
    case 'text':
      return escaped(inline.text);
    case 'strong':
      return `<strong>${within(inline.of)}</strong>`;
    case 'emphasis':
      return `<em>${within(inline.of)}</em>`;
    case 'link':
      return `<a href="${escaped(inline.href)}"${dress.link}>${escaped(inline.label ?? inline.href)}</a>`;
  }
}

function linesHtml(lines: readonly Line[], dress: Dress): string {
  return lines
    .map((line) => keepSpaces(line.map((inline) => inlineHtml(inline, dress)).join('')))
    .join('<br>\n');
}

/** `dir="auto"`: each block is read in the direction of its own first letter (HTML, 3.2.6.4). */
function blockHtml(block: Block, dress: Dress): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p${dress.paragraph} dir="auto">${linesHtml(block.lines, dress)}</p>`;
    case 'list': {
      const name = block.ordered ? 'ol' : 'ul';
      const items = block.items.map((item) => `<li dir="auto">${linesHtml(item, dress)}</li>`);
      return `<${name}${dress.list}>\n${items.join('\n')}\n</${name}>`;
    }
    case 'quote':
      return `<blockquote${dress.quote}>\n${blocksHtml(block.blocks, dress)}\n</blockquote>`;
  }
}

function blocksHtml(blocks: readonly Block[], dress: Dress): string {
  return blocks.map((block) => blockHtml(block, dress)).join('\n');
}

/** What a reply says as the customer reads it, to stand in a page that brings the styles. */
export function pageHtml(blocks: readonly Block[]): string {
  return blocksHtml(blocks, pageDress);
}

function plainLines(lines: readonly string[]): string {
  return lines.map((line) => keepSpaces(escaped(line))).join('<br>\n');
}

/**
 * The body of the reply, to stand in a document.
 *
 * The names of classes are those of Gmail, by which mail programs and help desks know what to fold.
 */
export function replyHtml(
  blocks: readonly Block[],
  signature: readonly string[],
  quotation: Quotation | null,
): string {
  const parts = [blocksHtml(blocks, mailDress)];
  if (signature.length > 0)
    parts.push(
      `<div style="${spaced};color:#555" class="gmail_signature" dir="auto">-- <br>\n${plainLines(signature)}</div>`,
    );
  if (quotation !== null)
    parts.push(
      `<div class="gmail_quote">\n<p style="${spaced}" class="gmail_attr" dir="auto">${escaped(quotation.attribution)}</p>`,
      `<blockquote style="${barred}" class="gmail_quote" type="cite" dir="auto">${plainLines(quotation.text.split('\n'))}</blockquote>\n</div>`,
    );
  return `<div style="${font}">\n${parts.join('\n')}\n</div>\n`;
}

/** The whole document around a body. */
export function htmlDocument(body: string): string {
  return `<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n${body}</body></html>\n`;
}
