/** The files of a reply as parts of its mail, streamed into the one buffer that the mail becomes. */

import { Readable } from 'node:stream';

export interface EnclosedContent {
  filename: string;
  contentType: string;
  /** In bytes. */
  size: number;
  /** The bytes, a piece at a time; asked for once. */
  content(): AsyncIterable<Buffer>;
}

/** Files as parts: always in base64, which alone keeps every byte on its way (RFC 2045, section 6.8). */
export function enclosedParts(enclosures: readonly EnclosedContent[]) {
  return enclosures.map(({ filename, contentType, content }) => ({
    filename,
    contentType,
    contentDisposition: 'attachment' as const,
    contentTransferEncoding: 'base64' as const,
    content: Readable.from(content(), { objectMode: false }),
  }));
}

/** A header and a short text, and what separates parts. */
const besidesFiles = 64 * 1024;

/** The bytes of a mail that is written as a stream; a large one is never in memory twice. */
export async function collectMail(
  mail: Readable,
  enclosures: readonly EnclosedContent[],
): Promise<Buffer> {
  // In lines of 76 characters and two for the line's end, 57 bytes each.
  const encoded = enclosures.reduce((sum, { size }) => sum + Math.ceil(size / 57) * 78, 0);
  let bytes = Buffer.allocUnsafe(encoded + besidesFiles);
  let filled = 0;
  for await (const chunk of mail as AsyncIterable<Buffer>) {
    if (filled + chunk.length > bytes.length)
      bytes = Buffer.concat([bytes], 2 * (filled + chunk.length));
    filled += chunk.copy(bytes, filled);
  }
  return bytes.subarray(0, filled);
}
