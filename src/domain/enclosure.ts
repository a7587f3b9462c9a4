/** An enclosure: a file that a person attached to a reply. */

import type { Attachment } from './attachment.ts';

/** What is told of a file wherever its bytes are not. */
export interface EnclosedFile {
  filename: string;
  contentType: string;
  /** In bytes. */
  size: number;
  /** Of its bytes, as 64 hex digits. */
  sha256: string;
}

export interface Enclosure extends EnclosedFile, Pick<Attachment, 'format' | 'pixels'> {
  id: number;
  /** The message that the draft answered when the file was attached. */
  messageId: number;
}

/** How much one reply may carry. */
export interface EnclosureLimits {
  /** Bytes of all files of a reply together. */
  total: number;
  /** Bytes of one file. */
  each: number;
}

/** More files than this are better sent as one archive. */
export const mostEnclosures = 20;

/** The files as the mail that carries them lists them: what they are was looked at before. */
export function asAttachments(files: readonly Enclosure[]): Attachment[] {
  return files.map(({ filename, contentType, size, format, pixels }, index) => ({
    ...{ index, filename, contentType, size, contentId: null, inline: false },
    ...{ format, pixels, concerns: [], inside: [], container: null },
  }));
}
