/** The format of a file by its content; its name and its declared type only tell texts apart. */

import { isUtf8 } from 'node:buffer';
import { endingOf, type FileFormat, kindOf, promisedFormat } from '../domain/file-format.ts';
import type { ContentScan } from './content-scan.ts';

/** A signature: bytes as Latin-1 text, at a place from the front. */
type Signature = readonly [bytes: string, at: number, format: FileFormat];

/** Longer ones before the shorter ones that they begin with. */
const signatures: readonly Signature[] = [
  ['\x89PNG\r\n\x1a\n', 0, 'png'],
  ['\xff\xd8\xff', 0, 'jpeg'],
  ['GIF87a', 0, 'gif'],
  ['GIF89a', 0, 'gif'],
  ['WEBP', 8, 'webp'],
  ['WAVE', 8, 'sound'],
  ['AVI ', 8, 'video'],
  ['II*\0', 0, 'tiff'],
  ['MM\0*', 0, 'tiff'],
  ['8BPS', 0, 'photoshop'],
  ['\0\0\x01\0', 0, 'icon'],
  ['\0\0\x02\0', 0, 'icon'],
  ['Rar!\x1a\x07', 0, 'rar'],
  ['7z\xbc\xaf\x27\x1c', 0, 'seven_zip'],
  ['\x1f\x8b\x08', 0, 'gzip'],
  ['\xfd7zXZ\0', 0, 'xz'],
  ['ustar', 257, 'tar'],
  ['MSCF\0\0\0\0', 0, 'cabinet'],
  ['\x7fELF', 0, 'linux_program'],
  ['\xfe\xed\xfa\xce', 0, 'apple_program'],
  ['\xfe\xed\xfa\xcf', 0, 'apple_program'],
  ['\xce\xfa\xed\xfe', 0, 'apple_program'],
  ['\xcf\xfa\xed\xfe', 0, 'apple_program'],
  // So does an Apple program for several processors begin, which runs no less.
  ['\xca\xfe\xba\xbe', 0, 'java_program'],
  ['!<arch>\ndebian-binary', 0, 'linux_program'],
  ['\xed\xab\xee\xdb', 0, 'linux_program'],
  ['xar!\0', 0, 'apple_program'],
  ['Cr24', 0, 'browser_extension'],
  ['MZ\x90', 0, 'windows_program'],
  ['L\0\0\0\x01\x14\x02\0', 0, 'shortcut'],
  ['ITSF', 0, 'windows_help'],
  ['\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d', 0, 'onenote'],
  ['\x78\x9f\x3e\x22', 0, 'winmail'],
  ['vhdxfile', 0, 'disk_image'],
  ['conectix', 0, 'disk_image'],
  ['ID3', 0, 'sound'],
  ['OggS', 0, 'sound'],
  ['fLaC', 0, 'sound'],
  ['#!AMR', 0, 'sound'],
  ['\x1a\x45\xdf\xa3', 0, 'video'],
  ['\0\0\x01\xba', 0, 'video'],
  ['{\\rtf', 0, 'rtf'],
];

/** Brands of ISO base media files (ISO/IEC 14496-12, section 4.3) that are not video. */
function byBrand(head: Buffer): FileFormat | null {
  if (head.toString('latin1', 4, 8) !== 'ftyp') return null;
  const brand = head.toString('latin1', 8, 12);
  if (/^(?:hei[cxms]|hev[cx]|mif1|msf1|avi[fs])$/.test(brand)) return 'heic';
  return /^(?:M4A |M4B )$/.test(brand) ? 'sound' : 'video';
}

/** MZ alone begins some texts, too; a program has bytes that no text has. */
function isWindowsProgram(head: Buffer): boolean {
  return head.toString('latin1', 0, 2) === 'MZ' && head.subarray(0, 128).includes(0);
}

function bySignature(head: Buffer): FileFormat | null {
  const start = head.toString('latin1', 0, 300);
  const known = signatures.find(([bytes, at]) => start.startsWith(bytes, at));
  if (known !== undefined) return known[2];
  if (isWindowsProgram(head)) return 'windows_program';
  if (/^BZh[1-9]1AY&SY/.test(start)) return 'bzip2';
  if (/^BM[\s\S]{4}\0\0\0\0/.test(start)) return 'bmp';
  if (/^\xff[\xf2\xf3\xfa\xfb]/.test(start)) return 'sound';
  return byBrand(head);
}

/** What a ZIP archive is used for, by the names in it (ECMA-376 part 2; OpenDocument 1.3 part 2). */
function zipFormat({ entries, head }: ContentScan, filename: string): FileFormat {
  const names = entries.map(({ name }) => name);
  const has = (start: string) => names.some((name) => name.startsWith(start));
  if (names.includes('[Content_Types].xml') || has('_rels/')) {
    if (has('word/')) return 'docx';
    if (has('xl/')) return 'xlsx';
    if (has('ppt/')) return 'pptx';
  }
  const stored = head.toString('latin1', 30, 200);
  if (stored.startsWith('mimetypeapplication/vnd.oasis.opendocument')) return 'opendocument';
  if (stored.startsWith('mimetypeapplication/epub')) return 'ebook';
  if (names.includes('AndroidManifest.xml')) return 'android_program';
  const isJava = has('META-INF/MANIFEST.MF') && endingOf(filename) === 'jar';
  return isJava ? 'java_program' : 'zip';
}

/** MS-CFB: one container for everything that Office and Windows wrote before 2007. */
function compoundFormat({ marks }: ContentScan, filename: string): FileFormat {
  if (marks.has('word')) return 'doc';
  if (marks.has('excel')) return 'xls';
  if (marks.has('powerpoint')) return 'ppt';
  if (marks.has('outlook')) return 'outlook_mail';
  const promised = promisedFormat(filename);
  if (promised === 'windows_installer') return promised;
  return promised !== null && kindOf(promised) === 'office' ? promised : 'ole';
}

/** How texts begin that are more than text. */
const textBeginnings: readonly (readonly [RegExp, FileFormat])[] = [
  [/^#![ \t]*\/|^<\?php|^@echo off/i, 'script'],
  [/^BEGIN:VCALENDAR/i, 'invitation'],
  [/^BEGIN:VCARD/i, 'contact'],
  [/^\[(?:InternetShortcut|Desktop Entry|Shell)\]/i, 'shortcut'],
  [/^-----BEGIN (?:PGP|CERTIFICATE|PKCS7)/, 'signature'],
  [/^<(?:!doctype html|html|head|body|script|iframe|meta|title|table|div|form|a |img )/i, 'html'],
  [/^(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[\s\S]{0,500}?-->\s*)?(?:<!doctype svg|<svg)/i, 'svg'],
  [/^<\?xml[^>]{0,200}>\s*<!doctype html/i, 'html'],
  [/^<\?xml/i, 'xml'],
  [/^(?:Received|Return-Path|Delivered-To|MIME-Version|DKIM-Signature): /i, 'mail'],
];

/** UTF-8, or 8-bit text of an older charset: no NUL, and no control characters but the usual. */
function isText(head: Buffer): boolean {
  const marked = head[0] === 0xff && head[1] === 0xfe;
  if (marked) return true;
  // A cut may have left a part of the last character.
  if (isUtf8(head.subarray(0, Math.max(0, head.length - 3))))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what tells bytes from text.
    return !/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(head.toString('latin1'));
  const strange = head.filter((byte) => byte < 9 || (byte > 13 && byte < 32) || byte === 127);
  const high = head.filter((byte) => byte > 127);
  return strange.length === 0 && high.length * 3 < head.length;
}

function textOf(head: Buffer): string {
  const isUtf16 = head[0] === 0xff && head[1] === 0xfe;
  const text = head.toString(isUtf16 ? 'utf16le' : 'utf8', 0, 2_000);
  return text.replace(/^[\ufeff\s]+/, '');
}

/** Texts look alike; what a computer makes of one depends on its name. */
const byNameAlone: ReadonlySet<FileFormat> = new Set(['csv', 'json', 'mail', 'signature', 'html']);

function textFormat(head: Buffer, filename: string, declared: string): FileFormat {
  const start = textOf(head);
  const known = textBeginnings.find(([pattern]) => pattern.test(start))?.[1];
  const promised = promisedFormat(filename);
  if (promised === 'script' || promised === 'shortcut') return promised;
  if (known !== undefined) return known;
  if (promised !== null && byNameAlone.has(promised)) return promised;
  if (/^message\/rfc822/i.test(declared)) return 'mail';
  if (/^text\/html/i.test(declared)) return 'html';
  return /^text\/(?:csv|tab-separated-values)/i.test(declared) ? 'csv' : 'text';
}

/** Formats without a signature within the first bytes, taken at their word. */
const unsigned: ReadonlySet<FileFormat> = new Set([
  'disk_image',
  'signature',
  'script',
  'shortcut',
  'access',
  'sound',
]);

/**
 * What a file is.
 *
 * @param scan has seen the whole file.
 * @param declared the type that the mail names.
 */
export function formatOf(scan: ContentScan, filename: string, declared: string): FileFormat {
  const { head } = scan;
  if (scan.size === 0) return 'empty';
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return zipFormat(scan, filename);
  if (head.toString('hex', 0, 8) === 'd0cf11e0a1b11ae1') return compoundFormat(scan, filename);
  // A hybrid of a picture or program with a PDF is not a PDF, for whoever opens it.
  const found = bySignature(head) ?? (head.subarray(0, 1024).includes('%PDF-') ? 'pdf' : null);
  if (found !== null) return found;
  if (isText(head)) return textFormat(head, filename, declared);
  const promised = promisedFormat(filename);
  return promised !== null && unsigned.has(promised) ? promised : 'unknown';
}
