/** What is known of an attached file: its format, its concerns, its size as a picture, what is in it. */

import type { Attachment, Concern } from '../domain/attachment.ts';
import {
  endingOf,
  type FileFormat,
  type FileKind,
  kindOf,
  promisedFormat,
} from '../domain/file-format.ts';
import { nameConcerns, safeName } from './attachment-name.ts';
import { formatOf } from './content-format.ts';
import type { ContentScan } from './content-scan.ts';
import { pictureSize, type SizedFormat } from './picture-size.ts';

/** Names in an archive or an attached mail that are kept. */
const mostInside = 20;

/** Where the beginning of a disguise is worth a warning, not a remark. */
const byKind: Partial<Record<FileKind, Concern>> = {
  program: 'program',
  script: 'script',
  shortcut: 'shortcut',
  disk_image: 'disk_image',
  web_page: 'web_page',
};

/** Formats that stand under names of each other without anybody meaning harm. */
const relatives: readonly ReadonlySet<FileFormat>[] = [
  new Set(['text', 'csv', 'json', 'xml', 'mail', 'signature', 'invitation', 'contact']),
  new Set(['doc', 'xls', 'ppt', 'ole']),
  new Set(['sound', 'video']),
  new Set(['icon', 'bmp', 'png']),
  new Set(['heic', 'jpeg']),
  new Set(['mail', 'outlook_mail']),
  new Set(['zip', 'java_program', 'android_program', 'browser_extension', 'windows_installer']),
  new Set(['windows_program', 'windows_installer', 'cabinet']),
];

function areRelatives(left: FileFormat, right: FileFormat): boolean {
  return left === right || relatives.some((family) => family.has(left) && family.has(right));
}

/** Types whose meaning no mail program gets wrong, by the format that they promise. */
const declaredFormats: readonly (readonly [RegExp, readonly FileFormat[]])[] = [
  [/^image\/(?!svg)/i, ['png', 'jpeg', 'gif', 'webp', 'heic', 'tiff', 'bmp', 'icon', 'photoshop']],
  [/^application\/(?:x-)?pdf$/i, ['pdf']],
  [/^(?:audio|video)\//i, ['sound', 'video']],
];

/** Whether the name, or else the declared type, promises something else than there is. */
function disguise(format: FileFormat, name: string, declared: string): Concern[] {
  if (format === 'empty' || format === 'winmail' || format === 'outlook_item') return [];
  const promised = promisedFormat(name);
  const types = declaredFormats.find(([pattern]) => pattern.test(declared))?.[1] ?? [format];
  const lies = promised === null ? !types.includes(format) : !areRelatives(promised, format);
  if (!lies) return [];
  // A picture under the name of another kind of picture is nothing to be afraid of.
  return byKind[kindOf(format)] === undefined ? ['other_type'] : ['disguised'];
}

/** What runs when somebody opens it out of the archive. */
function runs(name: string): boolean {
  const promised = promisedFormat(name);
  return promised !== null && ['program', 'script', 'shortcut'].includes(kindOf(promised));
}

function contentConcerns(scan: ContentScan, format: FileFormat, name: string): Concern[] {
  const { entries, marks } = scan;
  const kind = kindOf(format);
  const ofKind = byKind[kind];
  // What a computer runs by its name, it runs, whatever we made of its content.
  const promised = promisedFormat(name);
  const byName = promised === null ? undefined : byKind[kindOf(promised)];
  const hasMacros =
    kind === 'office' &&
    (marks.has('vba') || entries.some((entry) => /vbaProject\.bin$/i.test(entry.name)));
  const named = /^(?:doc|dot|xls|xlt|ppt|pot|pps)m$|^(?:xlam|xlsb)$/.test(endingOf(name));
  const locked = marks.has('locked') || entries.some((entry) => entry.locked);
  return [
    ...(ofKind === undefined ? [] : [ofKind]),
    ...(byName === undefined || byName === ofKind ? [] : [byName]),
    ...(hasMacros || (kind === 'office' && named) ? (['macros'] as const) : []),
    ...(kind === 'archive' && entries.some((entry) => runs(entry.name))
      ? (['program_inside'] as const)
      : []),
    ...(locked ? (['locked'] as const) : []),
  ];
}

const sized = new Set<FileFormat>(['png', 'jpeg', 'gif', 'webp']);

function isSized(format: FileFormat): format is SizedFormat {
  return sized.has(format);
}

/** What a mail says of a file, and what was seen of it. */
export interface SeenFile {
  scan: ContentScan;
  /** As the mail has it, before anything was taken out of it. */
  givenName: string;
  /** The same made safe, or made up. */
  name: string;
  declared: string;
  /** Names of what is attached to it, if it is a mail. */
  attached: readonly string[];
}

export type AttachmentFacts = Pick<
  Attachment,
  'format' | 'concerns' | 'pixels' | 'inside' | 'size'
>;

/** Puts together what the scan of a whole file has found. */
export function attachmentFacts(file: SeenFile): AttachmentFacts {
  const { scan, givenName, name, declared, attached } = file;
  const format = formatOf(scan, name, declared);
  const names = kindOf(format) === 'archive' ? scan.entries.map((entry) => entry.name) : attached;
  const concerns: Concern[] = [
    ...disguise(format, name, declared),
    ...nameConcerns(givenName, name),
    ...contentConcerns(scan, format, name),
  ];
  return {
    size: scan.size,
    format,
    concerns,
    pixels: isSized(format) ? pictureSize(format, scan.head) : null,
    inside: names
      .filter((entry) => !entry.endsWith('/'))
      .slice(0, mostInside)
      .map(safeName),
  };
}
