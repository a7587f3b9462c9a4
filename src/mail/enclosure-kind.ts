/** What a file is that somebody attaches to a reply, by its content; and whether mail may carry it. */

import { detectMimeType } from 'nodemailer/lib/mime-funcs';
import { oneLine } from './text-hygiene.ts';

const longestName = 150;

/**
 * Endings that the large providers refuse whatever the file holds, because the systems of those who
 * get it run it: programs, scripts, installers, disk images, links.
 */
const refusedEndings = new Set(
  (
    'ade adp apk appx appxbundle bat cab chm cmd com cpl deb diagcab diagcfg diagpkg dll dmg ex ex_ exe ' +
    'gadget hta img ins inf iso isp jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh ' +
    'pif pkg ps1 ps1xml psc1 psm1 py pyc reg rpm scf scr sct sh shb shs sys url vb vbe vbs vhd vhdx vxd ' +
    'wsc wsf wsh xll xpi'
  ).split(' '),
);

/** First bytes, as Latin-1, of what systems run: Windows, Linux, Apple, Java, scripts, links. */
const programs = [
  'MZ',
  '\x7fELF',
  '\xfe\xed\xfa\xce',
  '\xfe\xed\xfa\xcf',
  '\xce\xfa\xed\xfe',
  '\xcf\xfa\xed\xfe',
  '\xca\xfe\xba\xbe',
  '#!',
  'L\0\0\0\x01\x14\x02\0',
];

/** First bytes, as Latin-1, and the type that they prove. */
const signatures: readonly (readonly [bytes: string, type: string])[] = [
  ['%PDF-', 'application/pdf'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF8', 'image/gif'],
];

/** Office files and many others are ZIP archives; which, only their names tell. */
const zip = 'PK\x03\x04';

function endingOf(name: string): string {
  // Windows takes no notice of dots and spaces at the end of a name.
  return /\.([^.\s]+)[.\s]*$/u.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** A name for the mail: one line, no folders, nothing hidden, with its ending however long it is. */
export function enclosureName(given: string): string {
  const plain = oneLine(given.normalize('NFC').split(/[/\\]/).at(-1) ?? '', 2_000)
    .replace(/\p{Cf}/gu, '')
    .replace(/^[.\s]+/, '');
  if (plain === '') return 'attachment';
  if (plain.length <= longestName) return plain;
  const ending = /\.[^.\s]{1,10}$/u.exec(plain)?.[0] ?? '';
  return `${plain.slice(0, longestName - ending.length).toWellFormed()}${ending}`;
}

/** Why mail servers would refuse the file, to stand after "because"; null when they would not. */
export function refusalOf(name: string, head: Buffer): string | null {
  const ending = endingOf(name);
  if (refusedEndings.has(ending))
    return `mail servers refuse files that end in .${ending}: they can run by themselves`;
  const start = head.subarray(0, 8).toString('latin1');
  if (programs.some((bytes) => start.startsWith(bytes)))
    return 'it is a program or a script, whatever its name says, and mail servers refuse those';
  return null;
}

/**
 * The Content-Type of a file: by its first bytes where they prove one, else by the ending of its
 * name, unless the bytes belie that.
 */
export function contentTypeOf(name: string, head: Buffer): string {
  const start = head.subarray(0, 16).toString('latin1');
  const proved = signatures.find(([bytes]) => start.startsWith(bytes))?.[1];
  if (proved !== undefined) return proved;
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return 'image/webp';
  const named = detectMimeType(name) || '';
  const plain = 'application/octet-stream';
  if (start.startsWith(zip)) return /^application\//.test(named) ? named : 'application/zip';
  // A mail within a mail must not be encoded (RFC 2046, section 5.2.1), which would change its bytes.
  if (/^(?:message|multipart)\//.test(named)) return plain;
  if (named.startsWith('text/')) return head.includes(0) ? plain : named;
  const provable = signatures.some(([, type]) => type === named) || named === 'image/webp';
  return provable || named === '' ? plain : named;
}
