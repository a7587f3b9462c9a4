/** Bytes of a mail become text, also where the charset is missing, unknown or untrue. */

import { isUtf8 } from 'node:buffer';
import { analyse } from 'chardet';

/** Bytes that are shown to the detection; more of them do not make it surer. */
const sampleBytes = 4 * 1024;

/** Below this confidence (of 100) a guess is worth less than the commonest charset of old mail. */
const leastConfidence = 30;

/** With more characters that cannot be decoded, the declared charset is not believed. */
const mostLost = 20;

/** Charsets that mail names and the WHATWG Encoding Standard does not, by the name it does know. */
const aliases = new Map([
  ['ansi_x3.110-1983', 'windows-1252'],
  ['iso-8859-8-e', 'iso-8859-8'],
  ['cp932', 'shift_jis'],
  ['ms932', 'shift_jis'],
  ['cp936', 'gbk'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
  ['ks_c_5601', 'euc-kr'],
  ['iso-2022-jp-ms', 'iso-2022-jp'],
  ['iso-2022-jp-1', 'iso-2022-jp'],
  ['iso-2022-jp-2', 'iso-2022-jp'],
  ['euc_jp', 'euc-jp'],
  ['utf16', 'utf-16'],
  ['utf-8mb4', 'utf-8'],
]);

/** Says nothing about 8-bit text: "unknown" (RFC 1428, section 3) and plain ASCII. */
const meaningless =
  /^(?:|x-?unknown|unknown(?:-8bit)?|default|x-user-defined|binary|(?:us-?)?ascii)$/;

type Decoder = InstanceType<typeof TextDecoder>;

/** Made once each: a mail may ask for the same one a thousand times. */
const decoders = new Map<string, Decoder>();

/** The decoder for a charset by the name that a mail gives it; null when nobody knows it. */
function decoderFor(name: string): Decoder | null {
  const known = decoders.get(name);
  if (known !== undefined) return known;
  try {
    const decoder = new TextDecoder(name, { fatal: true });
    // Only names that exist are kept, so that no mail can fill the memory with names.
    decoders.set(name, decoder);
    return decoder;
  } catch {
    return null;
  }
}

/** Text of valid UTF-8; null for other bytes. Asked of every line, so without an exception. */
function asUtf8(bytes: Buffer): string | null {
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}

function decodes(decoder: Decoder, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

function firstHighByte(bytes: Uint8Array): number {
  return bytes.findIndex((byte) => byte > 0x7f);
}

/** ISO-2022-JP is 7-bit: only its escape sequences tell it from ASCII (RFC 1468). */
function looksIso2022Jp(bytes: Buffer): boolean {
  return bytes.includes('\u001b$B') || bytes.includes('\u001b$@');
}

/** UTF-16 with no mark: every second byte of Western text is zero (RFC 2781, section 4.3). */
function utf16Order(bytes: Buffer): 'utf-16le' | 'utf-16be' {
  const zeros = [0, 0];
  for (const [at, byte] of bytes.subarray(0, 2_000).entries())
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  return odd > even ? 'utf-16le' : 'utf-16be';
}

/**
 * The charset that 8-bit text without a usable name is most likely in, by its letters.
 *
 * @returns a name that `decodeText` knows; windows-1252 when nothing can be said.
 */
export function guessCharset(bytes: Buffer): string {
  // Long mails are ASCII for pages before the first letter that matters.
  const start = Math.max(0, firstHighByte(bytes) - 256);
  const sample = bytes.subarray(start, start + sampleBytes);
  for (const { name, confidence } of analyse(sample)) {
    if (confidence < leastConfidence) break;
    const decoder = decoderFor(name.toLowerCase());
    const text = decoder === null ? null : decodes(decoder, bytes);
    // C1 control characters are in no text that anybody wrote.
    if (text !== null && !/[\u0080-\u009f]/.test(text)) return name.toLowerCase();
  }
  return 'windows-1252';
}

function guess(bytes: Buffer): string {
  return new TextDecoder(guessCharset(bytes)).decode(bytes);
}

/** True where the name means one byte a character, so that no sequence of bytes is wrong. */
function isSingleByte(label: string): boolean {
  return /^(?:windows-125\d|iso-8859-\d{1,2}|koi8|macintosh|x-mac|ibm866)/.test(label);
}

/**
 * UTF-8 in which some characters are broken, because a mail was cut or mended on its way; null
 * where more than a fifth of what is not ASCII would be lost by it.
 */
function mostlyUtf8(bytes: Buffer): string | null {
  const text = new TextDecoder('utf-8').decode(bytes);
  let lost = 0;
  let good = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0xfffd) lost += 1;
    else if (code > 0x7f) good += 1;
  }
  return lost * 4 <= good ? text : null;
}

/** By the name that an HTML text gives itself, where the mail gives none. */
function byMeta(bytes: Buffer): string | null {
  const start = bytes.subarray(0, 4096).toString('latin1');
  const name = /<meta\s[^>]{0,200}?charset=["']?([\w-]{2,40})/i.exec(start)?.[1];
  const decoder = name === undefined ? null : decoderFor(labelOf(name));
  return decoder === null ? null : decodes(decoder, bytes);
}

function unmarked(bytes: Buffer): string {
  if (looksIso2022Jp(bytes)) {
    const text = decodes(new TextDecoder('iso-2022-jp', { fatal: true }), bytes);
    if (text !== null) return text;
  }
  return asUtf8(bytes) ?? mostlyUtf8(bytes) ?? byMeta(bytes) ?? guess(bytes);
}

/** The byte order mark decides over any name (RFC 3629, section 6; RFC 2781, section 3.2). */
function byMark(bytes: Buffer): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return asUtf8(bytes.subarray(3));
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return null;
}

/** The name in the form in which decoders know it. */
function labelOf(charset: string | null): string {
  const name = (charset ?? '')
    .trim()
    .toLowerCase()
    .replace(/^["']|["']$/g, '')
    .replace(/\*.*$/, '');
  return aliases.get(name) ?? name;
}

/**
 * Text in the charset that a mail declares, or in the one it is really in: bytes that are not valid
 * in the declared charset, and 8-bit bytes without one, are taken for UTF-8 where they are valid
 * UTF-8, or else for what a statistical detection makes of them. Text that is declared as Latin-1
 * or the like and is valid UTF-8 is UTF-8: hardly any sequence of Latin-1 letters looks like it.
 *
 * @param charset as the mail names it, or null.
 */
export function decodeText(bytes: Buffer, charset: string | null): string {
  const marked = byMark(bytes);
  if (marked !== null) return marked;
  const label = labelOf(charset);
  if (meaningless.test(label)) return unmarked(bytes);
  if (/^(?:utf-16|ucs-2|iso-10646-ucs-2)$/.test(label))
    return new TextDecoder(utf16Order(bytes)).decode(bytes);
  const decoder = decoderFor(label);
  if (decoder === null) return unmarked(bytes);
  if (isSingleByte(decoder.encoding) && firstHighByte(bytes) >= 0) {
    const utf8 = asUtf8(bytes);
    if (utf8 !== null) return utf8;
  }
  const text = decodes(decoder, bytes);
  if (text !== null) return text;
  if (decoder.encoding === 'utf-8') return unmarked(bytes);
  const utf8 = asUtf8(bytes);
  if (utf8 !== null) return utf8;
  const broken = new TextDecoder(label).decode(bytes);
  // A few broken characters in a mail that is otherwise what it says it is, or another charset.
  const lost = broken.split('\ufffd', mostLost + 1).length - 1;
  return lost < mostLost && lost * 20 < bytes.length ? broken : guess(bytes);
}

/**
 * True when the name is one that `decodeText` decodes by itself; what it does not know, such as
 * the code pages of MS-DOS, another library may.
 */
export function isKnownCharset(charset: string): boolean {
  const label = labelOf(charset);
  return meaningless.test(label) || decoderFor(label) !== null;
}

/** Text whose UTF-8 bytes were taken for Latin-1 letters, as it was meant; other text as it is. */
export function undoLatin1(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) || /[\u0100-\uffff]/.test(text)) return text;
  return asUtf8(Buffer.from(text, 'latin1')) ?? text;
}
