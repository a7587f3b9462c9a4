/** The header block of raw mail: fields by lower-case name, unfolded and decoded. */

import { isUtf8 } from 'node:buffer';
import type { Headers } from '../domain/message.ts';
import { decodeText, guessCharset } from './charset.ts';
import { wellFormed } from './text-hygiene.ts';

const maxBlockBytes = 256 * 1024;
const maxFields = 1000;
const maxValue = 64 * 1024;

function wordBytes(encoding: string, payload: string): Buffer {
  if (encoding.toUpperCase() === 'B') return Buffer.from(payload, 'base64');
  // RFC 2047, section 4.2: like quoted-printable, with an underscore for the space.
  const text = payload
    .replaceAll('_', ' ')
    .replace(/=([0-9A-Fa-f]{2})/g, (_whole, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(text, 'latin1');
}

/**
 * Decodes the encoded words of an unfolded header value (RFC 2047). Neighbouring words of one
 * charset are joined before decoding, because senders cut characters in half between them.
 */
export function decodeWords(value: string): string {
  const word = /=\?([\w.:-]{1,40})(?:\*[\w-]{0,20})?\?([BbQq])\?([^?\s]{0,2000})\?=/g;
  let out = '';
  let end = 0;
  let charset = '';
  let pending: Buffer[] = [];
  const flush = () => {
    if (pending.length > 0) out += decodeText(Buffer.concat(pending), charset);
    pending = [];
  };
  for (const match of value.matchAll(word)) {
    const [whole, name = '', encoding = '', payload = ''] = match;
    const between = value.slice(end, match.index);
    // Section 6.2: white space between two encoded words is not part of the text.
    const adjacent = pending.length > 0 && /^\s*$/.test(between);
    if (!adjacent || name.toLowerCase() !== charset) flush();
    if (!adjacent) out += between;
    charset = name.toLowerCase();
    pending.push(wordBytes(encoding, payload));
    end = match.index + whole.length;
  }
  flush();
  return out + value.slice(end);
}

/** Where the first empty line is (RFC 5322, section 2.1), within 256 kB. */
function blockEnd(raw: Buffer): number {
  const head = raw.subarray(0, maxBlockBytes);
  const ends = [head.indexOf('\r\n\r\n'), head.indexOf('\n\n')].filter((at) => at >= 0);
  return Math.min(head.length, ...ends);
}

/** The first charset that the mail names; a header in raw 8-bit text is likely in it too. */
function namedCharset(raw: Buffer): string | null {
  const start = raw.subarray(0, 16 * 1024).toString('latin1');
  return /[;\s]charset="?([\w.:-]{2,40})/i.exec(start)?.[1] ?? null;
}

function linesOf(block: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at <= block.length; ) {
    const end = block.indexOf(0x0a, at);
    lines.push(block.subarray(at, end < 0 ? block.length : end));
    at = end < 0 ? block.length + 1 : end + 1;
  }
  return lines;
}

/**
 * The header block as text. RFC 6532 allows UTF-8 in fields; a line that is not UTF-8 was written
 * in another charset, and its neighbours need not be.
 */
function blockText(raw: Buffer): string {
  const block = raw.subarray(0, blockEnd(raw));
  if (isUtf8(block)) return block.toString('utf8');
  const lines = linesOf(block);
  const foreign = lines.filter((line) => !isUtf8(line));
  // The lines of one mail are in one charset, and all of them tell more than each alone.
  const charset = namedCharset(raw) ?? guessCharset(Buffer.concat(foreign));
  return lines
    .map((line, at) => {
      if (isUtf8(line)) return line.toString('utf8');
      // Nobody reads what stands beyond the fields that are kept.
      return at < 2 * maxFields ? decodeText(line, charset) : line.toString('latin1');
    })
    .join('\n');
}

/**
 * A mail in two pieces, the first one its header block in valid UTF-8. The second one shares its
 * memory with `raw`, and so does the first where it was valid.
 */
export function withReadableHead(raw: Buffer): [head: Buffer, rest: Buffer] {
  const end = blockEnd(raw);
  const head = raw.subarray(0, end);
  return [isUtf8(head) ? head : Buffer.from(blockText(raw)), raw.subarray(end)];
}

/**
 * Reads fields as header blocks and reports have them, from text with `\n` line ends. What is not a
 * field is passed over. At most 1,000 fields of 65,536 characters are kept.
 */
export function readFields(text: string): Headers {
  const fields = new Map<string, string[]>();
  // RFC 5322, section 2.2.3: a line that begins with white space continues the one before.
  const unfolded = text.replace(/\n(?=[ \t])/g, '');
  for (const line of unfolded.split('\n', maxFields)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();
    // Section 2.2: a field name is printable US-ASCII without the colon.
    if (!/^[\x21-\x39\x3b-\x7e]{1,100}$/.test(name)) continue;
    const value = wellFormed(decodeWords(line.slice(colon + 1, colon + 1 + maxValue)), maxValue);
    const known = fields.get(name);
    if (known === undefined) fields.set(name, [value.trim()]);
    else known.push(value.trim());
  }
  return fields;
}

/** Reads the header fields of a mail, as `readFields` does. Never throws. */
export function readHeaders(raw: Buffer): Headers {
  return readFields(blockText(raw).replace(/\r\n?/g, '\n'));
}
