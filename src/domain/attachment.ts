/** An attachment: what it is by its content, and what a person should know before opening it. */

import { type FileFormat, kindOf } from './file-format.ts';

/** With one of these, a click too many may cost a computer: downloading it asks first. */
const dangers = [
  'program',
  'script',
  'shortcut',
  'disk_image',
  'macros',
  'program_inside',
  'web_page',
  'disguised',
  'two_endings',
  'turned_name',
] as const;

/** What stands out about an attachment; `src/domain/attachment-words.ts` says it in a sentence. */
export const concerns = [...dangers, 'locked', 'other_type', 'not_unpacked'] as const;

export type Danger = (typeof dangers)[number];
export type Concern = (typeof concerns)[number];

export interface Attachment {
  /**
   * Identifies it within its message: its position among the parts from 0, or, for what was
   * unpacked from a winmail.dat, 1000 and its position among those.
   */
  index: number;
  filename: string;
  /** As the mail declares it; nothing is decided by it. */
  contentType: string;
  /** Size of the decoded content in bytes. */
  size: number;
  /** Content-ID without the angle brackets, or null. */
  contentId: string | null;
  /** True when the HTML body shows it in place. */
  inline: boolean;
  /** What it is by its first bytes; only texts that look alike are told apart by their names. */
  format: FileFormat;
  concerns: Concern[];
  /** Of a picture that browsers show, by its header; null where that cannot be read. */
  pixels: { width: number; height: number } | null;
  /** Names of the files in an archive or in an attached mail, the first few. */
  inside: string[];
  /** The name of the winmail.dat that it was unpacked from; null for an ordinary part. */
  container: string | null;
}

/** What makes a file one that nobody should open without a second thought. */
export function dangersOf({ concerns: own }: Pick<Attachment, 'concerns'>): Danger[] {
  return dangers.filter((danger) => own.includes(danger));
}

export function isDangerous(attachment: Pick<Attachment, 'concerns'>): boolean {
  return dangersOf(attachment).length > 0;
}

/** Smaller pictures inside the text are signs and logos, not what somebody wants to show. */
const smallestPicture = { bytes: 6_000, side: 65 };

/** True for a picture inside the text that is there to look nice. */
export function isDecoration({ inline, format, size, pixels }: Attachment): boolean {
  if (!inline || kindOf(format) !== 'picture') return false;
  const side = pixels === null ? Number.POSITIVE_INFINITY : Math.min(pixels.width, pixels.height);
  return size < smallestPicture.bytes || side < smallestPicture.side;
}

/** True for a winmail.dat of which nothing is left that is not listed by itself. */
export function isUnpacked({ format, concerns: own }: Attachment): boolean {
  return format === 'winmail' && !own.includes('not_unpacked');
}
