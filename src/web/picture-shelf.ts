/**
 * The pictures of a message, read once for all of them: a browser asks for each by itself, and a
 * large mail takes seconds to be read. They are forgotten after a moment.
 */

import type { Attachment } from '../domain/attachment.ts';
import type { AttachmentContent } from '../mail/read-mail.ts';

/** Pictures of one message that are held at a time, in bytes, and for how long after the last look. */
const mostBytes = 48_000_000;
const keptMilliseconds = 15_000;

export interface PictureShelf {
  /**
   * The content of one picture of a message.
   *
   * @param pictures all that may be shown of this message.
   * @param read reads some of them out of the mail.
   * @returns null when it is not among them.
   */
  picture(
    messageId: number,
    index: number,
    pictures: readonly Attachment[],
    read: (indexes: number[]) => Promise<AttachmentContent[]>,
  ): Promise<Uint8Array | null>;
}

/** The pictures from `index` on that fit; the one that is asked for always does. */
function fitting(index: number, pictures: readonly Attachment[]): number[] {
  const from = pictures.filter((picture) => picture.index >= index);
  let left = mostBytes;
  return from
    .filter(({ size }, at) => {
      left -= size;
      return at === 0 || left >= 0;
    })
    .map((picture) => picture.index);
}

/** One message at a time: agents who look at others only make each other wait. */
export function openPictureShelf(): PictureShelf {
  let shelf: {
    messageId: number;
    indexes: readonly number[];
    contents: Promise<AttachmentContent[]>;
  } | null = null;
  let timer: NodeJS.Timeout | undefined;
  return {
    async picture(messageId, index, pictures, read) {
      if (!pictures.some((picture) => picture.index === index)) return null;
      if (shelf?.messageId !== messageId || !shelf.indexes.includes(index)) {
        const indexes = fitting(index, pictures);
        shelf = { messageId, indexes, contents: read(indexes) };
      }
      const own = shelf;
      clearTimeout(timer);
      timer = setTimeout(() => {
        shelf = null;
      }, keptMilliseconds).unref();
      try {
        const contents = await own.contents;
        return contents.find(({ attachment }) => attachment.index === index)?.content ?? null;
      } catch (error) {
        // What failed may be asked for again.
        if (shelf === own) shelf = null;
        throw error;
      }
    },
  };
}
