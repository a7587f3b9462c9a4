/** Quoted history in HTML: what a customer newly wrote, by the elements with which mail programs quote. */

import type { Builder, Element, Formatter, Selector } from 'html-to-text';
import { historyElement, isForwardMark } from './quote-marks.ts';
import { extractNewText, newTextIn } from './quoted-text.ts';
import { htmlReader } from './readable-html.ts';
import { signatureElement } from './signatures.ts';

/** Elements that hold an earlier mail, or the line that introduces one. */
const quotations: readonly string[] = [
  'blockquote', // nearly all
  '.gmail_attr', // Gmail: the attribution
  '.moz-cite-prefix', // Thunderbird: the attribution
  '[class*="yahoo_quoted"]', // Yahoo, which puts a random prefix before its names
  '[id*="yahoo_quoted"]',
  '.protonmail_quote', // Proton
  '.tutanota_quote', // Tuta
  '.zmail_extra', // Zoho
  '#zmail_extra',
  '.ms-outlook-mobile-reference-message', // Outlook on phones
  '#mail-editor-reference-message-container',
  '#qt', // Fastmail
  '#isReplyContent', // NetEase
  '.mailmaster-quote',
  '[name="messageReplySection"]', // Sparrow
  '[name="quote"]', // GMX and Web.de
];

/** Elements after which all is history. */
const historyBegins: readonly string[] = [
  '#appendonsend', // Outlook on the web
  '#divRplyFwdMsg',
  '#x_divRplyFwdMsg',
  '#stopSpelling', // Hotmail
  '#OLK_SRC_BODY_SECTION', // Outlook for Mac
  '#zwchr', // Zimbra
  '[data-marker="__DIVIDER__"]',
  '#oriMsgHtmlSeperator', // Windows Mail
  '[style*="border-top:solid #e1e1e1" i]', // Outlook, around the header of the earlier mail
  '[style*="border-top:solid #b5c4df" i]',
];

/** Elements that hold a signature. */
const signatures: readonly string[] = [
  '.gmail_signature',
  '.moz-signature',
  '#Signature', // Outlook on the web
  '.protonmail_signature_block',
  '#ms-outlook-mobile-signature',
];

/** Gmail and others indent with a quotation that has no line at its side. */
function isIndentation({ attribs = {} }: Element): boolean {
  return (
    attribs.type === undefined &&
    attribs.cite === undefined &&
    attribs.class === undefined &&
    /border(?:-left)?\s{0,4}:\s{0,4}(?:none|0)/i.test((attribs.style ?? '').slice(0, 2000))
  );
}

/** Elements that are being read as a quotation now; what is in one needs no mark of its own. */
function isInside(element: Element, open: ReadonlySet<Element>): boolean {
  for (let above = element.parent; above !== null; above = above.parent)
    if (open.has(above)) return true;
  return false;
}

/** `text` with a mark before each line; but a forwarded mail is what the customer wants us to read. */
function marked(text: string): string {
  const lines = text.replace(/^\n+|\n+$/g, '').split('\n');
  const first = lines.find((line) => line.trim() !== '') ?? '';
  return isForwardMark(first) ? lines.join('\n') : lines.map((line) => `> ${line}`).join('\n');
}

function markLine(builder: Builder, mark: string): void {
  builder.openBlock({ leadingLineBreaks: 1 });
  builder.addLiteral(mark);
  builder.closeBlock({ trailingLineBreaks: 1 });
}

/** The ways of reading that mark quotations; `open` is theirs alone. */
function formatters(open: Set<Element>): Readonly<Record<string, Formatter>> {
  return {
    quotation: (element, walk, builder) => {
      const plain = isIndentation(element) || isInside(element, open);
      if (!plain) open.add(element);
      builder.openBlock({ leadingLineBreaks: 1 });
      walk(element.children, builder);
      builder.closeBlock({
        trailingLineBreaks: 1,
        ...(plain ? {} : { blockTransform: marked }),
      });
      open.delete(element);
    },
    historyBegins: (element, walk, builder) => {
      markLine(builder, historyElement);
      walk(element.children, builder);
    },
    signature: (element, walk, builder) => {
      markLine(builder, signatureElement);
      builder.openBlock({ leadingLineBreaks: 1 });
      walk(element.children, builder);
      builder.closeBlock({ trailingLineBreaks: 1 });
    },
  };
}

function selectorsOf(names: readonly string[], format: string): Selector[] {
  return names.map((selector) => ({ selector, format }));
}

const readMarked = htmlReader({
  selectors: [
    ...selectorsOf(quotations, 'quotation'),
    ...selectorsOf(historyBegins, 'historyBegins'),
    ...selectorsOf(signatures, 'signature'),
    // Rows of a header or an order stand one below the other.
    { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
  ],
  formatters: formatters(new Set()),
});

const ownMarks = new RegExp(`^[> ]*[${historyElement}${signatureElement}]$\n?`, 'gmu');

/**
 * What the sender newly wrote in `html`, as text: first by the elements with which mail programs
 * quote, then by the lines, as `extractNewText` does. Bounded like that and `readableHtml`.
 *
 * @returns blank only when a reader of `html` sees no text.
 */
export function extractNewHtmlText(html: string): string {
  const text = readMarked(html);
  const fresh = newTextIn(text).replace(ownMarks, '');
  return fresh.trim() === '' ? extractNewText(text.replace(ownMarks, '')) : fresh;
}
