/** What is wrong with a YAML text, in words for a shop: the parser speaks to programmers. */

/** A mistake as the `yaml` package tells it. */
interface ParserError {
  code: string;
  message: string;
  /** Offsets into the text: where it begins and ends. */
  pos: readonly [number, number];
}

/** A mistake as a person is told of it. */
interface Mistake {
  /** Where to look: an offset into the text. */
  offset: number;
  /** The end of a sentence, without its full stop. */
  detail: string;
}

const unindented = 'it does not stand in the same column as the lines it belongs to';
const tooDeep = 'the line below is indented deeper, but this one has a value already';
const twoColons =
  'a second ": " stands in one line; text with a colon in it needs quotes around it';
const noColon = 'this line is no "key: value"; a colon and a space part the two';

const words: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: 'between double quotes a backslash means something; use single quotes',
  BAD_INDENT: unindented,
  BAD_SCALAR_START: 'text that begins with this character needs quotes around it',
  BLOCK_AS_IMPLICIT_KEY: twoColons,
  DUPLICATE_KEY: 'this key stands here a second time; keys must be unique',
  MULTILINE_IMPLICIT_KEY: noColon,
  MULTIPLE_DOCS: 'a line of dashes begins another document; only one is read',
  TAB_AS_INDENT: 'a tab stands at its beginning; indent with spaces',
};

/** By what the parser's message holds, where one code has several meanings. */
const wordsByMessage: readonly (readonly [part: string, detail: string])[] = [
  ['Missing ,', 'a comma is missing here between two items'],
  ['Missing space after :', 'a space is missing behind a colon'],
  ['followed by map values', noColon],
  [
    'Unexpected scalar at node end',
    'text stands behind a closing quote, or a quote is missing above',
  ],
];

/**
 * Where a quote begins that nothing closes: the last one of its kind, doubled (YAML 1.2, section
 * 7.3.2) and escaped ones (7.3.1) left out.
 */
function openQuote(text: string, quote: string): number {
  const plain =
    quote === '"' ? text.replace(/\\[\s\S]/g, '..') : text.replaceAll(/(?<=\S)''/g, '..');
  return Math.max(0, plain.lastIndexOf(quote));
}

/** The words for an error, or the parser's own. */
function wordsFor({ code, message }: ParserError): string {
  const known = wordsByMessage.find(([part]) => message.includes(part))?.[1] ?? words[code];
  return known ?? message.replace(/\.$/, '');
}

/**
 * Says where a YAML text is broken, and why.
 *
 * @param errors the parser's, at least one; the first is told.
 */
export function yamlMistake(
  text: string,
  [first, second]: readonly [ParserError, ...ParserError[]],
): Mistake {
  const { code, message, pos } = first;
  const bracket = /end with a ([\]}])/.exec(message)?.[1];
  if (bracket !== undefined) {
    // The parser goes on to the next line before it misses the bracket.
    const offset = text.slice(0, pos[0]).trimEnd().length;
    const opener = bracket === ']' ? '[' : '{';
    return { offset, detail: `what ${opener} begins is not closed by ${bracket}` };
  }
  const quote = /^Missing closing (["'])/.exec(message)?.[1];
  if (quote !== undefined)
    return { offset: openQuote(text, quote), detail: 'the quote that begins here is not closed' };
  const deeper = code === 'BLOCK_AS_IMPLICIT_KEY' && second?.code === 'MULTILINE_IMPLICIT_KEY';
  return { offset: pos[0], detail: deeper ? tooDeep : wordsFor(first) };
}
