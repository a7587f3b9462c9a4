/** HTML mail as readable plain text, in bounded time whatever the HTML. */

import { compile, type Formatter, type Selector } from 'html-to-text';

/** Longest HTML that is converted, in UTF-16 units; the rest of a longer one is left out. */
const maxInput = 2_000_000;

/** Deeper nesting is not converted: recursion over 20,000 nested elements ends the stack. */
const maxDepth = 200;

const selectors: readonly Selector[] = [
  { selector: 'img', format: 'skip' },
  { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
  // A quotation keeps its mark, so that quoted history can be told from new words.
  { selector: 'blockquote', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
    selector,
    options: { uppercase: false },
  })),
  { selector: 'p', options: { leadingLineBreaks: 1, trailingLineBreaks: 2 } },
];

/** How many elements may be open at once; 20,000 cost 0.2 s, 200,000 cost 14 s. */
const maxOpenElements = 2_000;

/** Elements that close themselves, so that thousands of them are no nesting. */
const selfClosing = new Set(
  'area base br col dd dt hr img input li link meta option p source tbody td tfoot th thead tr wbr'.split(
    ' ',
  ),
);

/** True when the tags alone suggest a nesting that no mail program writes. */
function looksBottomless(html: string): boolean {
  let open = 0;
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]{0,9})/gi)) {
    if (selfClosing.has(name.toLowerCase())) continue;
    open += slash === '/' ? -1 : 1;
    if (open > maxOpenElements) return true;
  }
  return false;
}

/** Everything outside of tags; for HTML that no tree walk should touch. Linear in its length. */
function withoutTags(html: string): string {
  let text = '';
  let from = 0;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', from)) {
    text += `${html.slice(from, at)} `;
    const end = html.indexOf('>', at);
    if (end < 0) return text;
    from = end + 1;
  }
  return text + html.slice(from);
}

/** What a reader of HTML does beyond what all do: elements that it treats in its own way. */
interface Reading {
  selectors?: readonly Selector[];
  formatters?: Readonly<Record<string, Formatter>>;
}

/** A function that turns HTML into text, in bounded time, and never throws. */
export function htmlReader(own: Reading): (html: string) => string {
  const convert = compile({
    wordwrap: false,
    limits: { maxDepth, maxChildNodes: 20_000, maxInputLength: maxInput, ellipsis: '…' },
    selectors: [...selectors, ...(own.selectors ?? [])],
    formatters: own.formatters ?? {},
  });
  return (html) => {
    const input = html.slice(0, maxInput);
    if (looksBottomless(input)) return withoutTags(input).trim();
    try {
      return convert(input).trim();
    } catch {
      // A stack overflow in the converter: rather rough text than none.
      return withoutTags(input).trim();
    }
  };
}

/** The text that a reader of `html` would see. Never throws; not a sanitizer. */
export const readableHtml: (html: string) => string = htmlReader({});
