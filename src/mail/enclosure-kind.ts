/** Whether mail may carry a file that somebody attaches to a reply, under which name and type. */

import { detectMimeType } from 'nodemailer/lib/mime-funcs';
import { type Attachment, type Danger, dangersOf } from '../domain/attachment.ts';
import {
  endingOf,
  type FileFormat,
  formatWords,
  mediaTypeOf,
  promisedFormat,
} from '../domain/file-format.ts';
import { attachmentFacts } from './attachment-facts.ts';
import type { ContentScan } from './content-scan.ts';
import { oneLine } from './text-hygiene.ts';

const longestName = 150;

/** Endings that large providers refuse besides those that we know a danger of. */
const alsoRefused = new Set(['cab', 'ex', 'ex_', 'lib']);

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

/**
 * What is wrong with a file that has one of these, to stand after "because"; the first counts. A web
 * page that calls itself one is a danger only where it comes from strangers.
 */
const reasons: Partial<Record<Danger, (format: FileFormat) => string>> = {
  disguised: (format) =>
    `it is ${formatWords(format)}, whatever its name says, and mail servers refuse such files`,
  turned_name: () =>
    'its name is written backwards in part, as dangerous files hide, and mail servers refuse those',
  two_endings: () =>
    'its name has two endings, as dangerous files hide, and mail servers refuse those',
  program: () => 'it is a program, and mail servers refuse those',
  script: () => 'it can run commands, and mail servers refuse such files',
  shortcut: () => 'it is a shortcut to something else, and mail servers refuse those',
  disk_image: () => 'it is a disk image, and mail servers refuse those',
  macros: () => 'it holds macros, and many mail servers refuse those',
  program_inside: () =>
    'there is a program or script in the archive, and mail servers refuse those',
};

function refusalOf(name: string, facts: Pick<Attachment, 'format' | 'concerns'>): string | null {
  const ending = endingOf(name);
  if (alsoRefused.has(ending)) return `mail servers refuse files that end in .${ending}`;
  const found = dangersOf(facts);
  const danger = (Object.keys(reasons) as Danger[]).find((each) => found.includes(each));
  return danger === undefined ? null : (reasons[danger]?.(facts.format) ?? null);
}

/** The Content-Type: what the first bytes prove, else what the name promises, unless they belie it. */
function contentTypeOf(
  name: string,
  { format, concerns }: Pick<Attachment, 'format' | 'concerns'>,
) {
  const proved = mediaTypeOf(format);
  if (proved !== null) return proved;
  const plain = 'application/octet-stream';
  const promised = promisedFormat(name);
  const belied = promised !== null && mediaTypeOf(promised) !== null;
  const named = belied || concerns.includes('other_type') ? plain : detectMimeType(name) || plain;
  // A mail within a mail must not be encoded (RFC 2046, section 5.2.1), which would change its bytes.
  if (/^(?:message|multipart)\//.test(named)) return plain;
  return named.startsWith('text/') && format === 'unknown' ? plain : named;
}

/** What is known of a file for a reply, by the same look as at files that come in. */
export interface EnclosureKind extends Pick<Attachment, 'format' | 'pixels'> {
  contentType: string;
  /** Why mail servers would refuse it, or whoever gets it should, to stand after "because"; or null. */
  refusal: string | null;
}

/**
 * Looks at a file that somebody attaches.
 *
 * @param scan what was seen of it: all of it, or nothing yet, when its name alone speaks.
 * @param givenName as the browser has it, before anything was taken out of it.
 */
export function enclosureKind(scan: ContentScan, givenName: string): EnclosureKind {
  const name = enclosureName(givenName);
  const facts = attachmentFacts({ scan, givenName, name, declared: '', attached: [] });
  const { format, pixels } = facts;
  const contentType = contentTypeOf(name, facts);
  return { contentType, format, pixels, refusal: refusalOf(name, facts) };
}
