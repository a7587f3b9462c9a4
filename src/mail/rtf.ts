/** The words of an RTF document: plain text, or the HTML that Outlook has hidden in it (MS-OXRTFEX). */

import { decodeText } from './charset.ts';
import { charsetOf } from './tnef.ts';

/** Groups whose text is not the document's (RTF 1.9.1, "Destinations"). */
const silent = new Set([
  ...['fonttbl', 'colortbl', 'stylesheet', 'info', 'pict', 'object', 'header', 'footer'],
  ...['listtable', 'listoverridetable', 'generator', 'themedata', 'datastore', 'xmlnstbl'],
]);

const words: ReadonlyMap<string, string> = new Map([
  ...(['par', 'line', 'sect', 'page', 'row'] as const).map((word) => [word, '\n'] as const),
  ['tab', '\t'],
  ['cell', '\t'],
  ['emdash', '—'],
  ['endash', '–'],
  ['lquote', '‘'],
  ['rquote', '’'],
  ['ldblquote', '“'],
  ['rdblquote', '”'],
  ['bullet', '•'],
]);

/** Deeper groups share the state of the deepest one: no document needs as many. */
const deepest = 500;

interface Group {
  silent: boolean;
  /** The text is a piece of the hidden HTML. */
  isTag: boolean;
  /** Characters that stand in for each `\u` (RTF 1.9.1, "Unicode RTF"). */
  standIns: number;
}

export interface RtfWords {
  text: string;
  /** What stands in the document is HTML. */
  isHtml: boolean;
}

const token =
  /([{}])|\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z'])|([^\\{}\r\n]+)|[\r\n\\]/giy;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Walks through the tokens of a document; what it has seen decides what the next one means. */
class RtfWalk {
  readonly #groups: Group[] = [];
  #group: Group = { silent: false, isTag: false, standIns: 1 };
  #out: string[] = [];
  #bytes: number[] = [];
  #charset = 'windows-1252';
  /** Between `\htmlrtf` and `\htmlrtf0` stands what only a reader of RTF is to see. */
  #isForRtf = false;
  #starred = false;
  #skip = 0;
  isHtml = false;

  #flush(): void {
    if (this.#bytes.length === 0) return;
    const bytes = this.#bytes;
    this.#bytes = [];
    this.#write(decodeText(Buffer.from(bytes), this.#charset));
  }

  #write(text: string): void {
    if (this.#group.silent || this.#isForRtf) return;
    this.#out.push(this.isHtml && !this.#group.isTag ? escaped(text) : text);
  }

  brace(which: string): void {
    this.#flush();
    this.#starred = false;
    this.#skip = 0;
    if (which === '{') {
      if (this.#groups.length < deepest) this.#groups.push({ ...this.#group });
      return;
    }
    this.#group = this.#groups.pop() ?? this.#group;
  }

  word(name: string, value: number | null): void {
    if (name !== 'u') this.#flush();
    if (name === 'fromhtml') this.isHtml = true;
    if (name === 'htmlrtf') this.#isForRtf = value !== 0;
    if (name === 'ansicpg' && value !== null) this.#charset = charsetOf(value);
    if (name === 'uc' && value !== null) this.#group.standIns = Math.min(Math.max(value, 0), 10);
    if (name === 'u' && value !== null) this.#unicode(value);
    if (silent.has(name)) this.#group.silent = true;
    if (this.#starred) this.#openStarred(name);
    this.#starred = false;
    const text = words.get(name);
    if (text !== undefined) this.#write(text);
  }

  /** Readers pass over starred groups that they do not know. */
  #openStarred(name: string): void {
    if (name === 'htmltag') this.#group.isTag = true;
    else this.#group.silent = true;
  }

  #unicode(value: number): void {
    this.#flush();
    this.#write(String.fromCharCode(value & 0xffff));
    this.#skip = this.#group.standIns;
  }

  byte(value: number): void {
    if (this.#skip > 0) this.#skip -= 1;
    else this.#bytes.push(value);
  }

  symbol(character: string): void {
    if (character === '*') {
      this.#starred = true;
      return;
    }
    this.#flush();
    if (character === '~') this.#write('\u00a0');
    else if (character === '_') this.#write('-');
    else if (/[\\{}]/.test(character)) this.#write(character);
    else if (/[\r\n]/.test(character)) this.#write('\n');
  }

  text(run: string): void {
    const skipped = Math.min(this.#skip, run.length);
    this.#skip -= skipped;
    for (const character of run.slice(skipped)) this.#bytes.push(character.charCodeAt(0) & 0xff);
  }

  end(): string {
    this.#flush();
    return this.#out.join('').toWellFormed();
  }
}

/**
 * The words of a document. Takes time and memory in proportion to its length, whatever it holds.
 *
 * @param rtf bytes of an RTF document.
 */
export function readRtf(rtf: Buffer): RtfWords {
  const walk = new RtfWalk();
  for (const match of rtf.toString('latin1').matchAll(token)) {
    const [, brace, name, value, hex, symbol, run] = match;
    if (brace !== undefined) walk.brace(brace);
    else if (name !== undefined) walk.word(name, value === undefined ? null : Number(value));
    else if (hex !== undefined) walk.byte(Number.parseInt(hex, 16));
    else if (symbol !== undefined) walk.symbol(symbol);
    else if (run !== undefined) walk.text(run);
  }
  return { text: walk.end(), isHtml: walk.isHtml };
}
