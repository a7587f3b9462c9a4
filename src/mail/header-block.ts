/** The header block of raw mail: fields by lower-case name, unfolded and decoded. */

import type { Headers } from '../domain/message.ts';
import { wellFormed } from './text-hygiene.ts';

const maxBlockBytes = 256 * 1024;
const maxFields = 1000;
const maxValue = 64 * 1024;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const windows1252 = new TextDecoder('windows-1252');

/** RFC 6532 allows UTF-8 in header fields; what is not UTF-8 was most likely written in Latin-1. */
function decodeBytes(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return windows1252.decode(bytes);
  }
}

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

function decodeWith(charset: string, bytes: Buffer): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return decodeBytes(bytes);
  }
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
    if (pending.length > 0) out += decodeWith(charset, Buffer.concat(pending));
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

/** The bytes before the first empty line (RFC 5322, section 2.1), at most 256 kB. */
function blockOf(raw: Buffer): Buffer {
  const head = raw.subarray(0, maxBlockBytes);
  const ends = [head.indexOf('\r\n\r\n'), head.indexOf('\n\n')].filter((at) => at >= 0);
  return ends.length === 0 ? head : head.subarray(0, Math.min(...ends));
}

/**
 * Reads the header fields of a mail. Never throws; what is not a field is passed over. At most
 * 1,000 fields of 65,536 characters are kept.
 */
export function readHeaders(raw: Buffer): Headers {
  const headers = new Map<string, string[]>();
  // RFC 5322, section 2.2.3: a line that begins with white space continues the one before.
  const unfolded = decodeBytes(blockOf(raw))
    .replace(/\r\n?/g, '\n')
    .replace(/\n(?=[ \t])/g, '');
  for (const line of unfolded.split('\n', maxFields)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();
    // Section 2.2: a field name is printable US-ASCII without the colon.
    if (!/^[\x21-\x39\x3b-\x7e]{1,100}$/.test(name)) continue;
    const value = wellFormed(decodeWords(line.slice(colon + 1, colon + 1 + maxValue)), maxValue);
    const known = headers.get(name);
    if (known === undefined) headers.set(name, [value.trim()]);
    else known.push(value.trim());
  }
  return headers;
}
