/** An enclosure: a file that a person attached to a reply. */

/** What is told of a file wherever its bytes are not. */
export interface EnclosedFile {
  filename: string;
  contentType: string;
  /** In bytes. */
  size: number;
  /** Of its bytes, as 64 hex digits. */
  sha256: string;
}

export interface Enclosure extends EnclosedFile {
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
