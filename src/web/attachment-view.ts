/** A message's attachments as its page lists them, and what of them can be looked at in place. */

import { type Attachment, isDangerous, isDecoration, isUnpacked } from '../domain/attachment.ts';
import { concernWords, kindWords } from '../domain/attachment-words.ts';
import { kindOf, mediaTypeOf } from '../domain/file-format.ts';
import { count } from './wording.ts';

/** Above these, a browser's decoder would need more memory than an agent's computer may have. */
const largestPicture = { bytes: 12_000_000, pixels: 50_000_000, side: 16_384 };

/** A larger PDF is not read for a look. */
const largestPdf = 20_000_000;

/**
 * The type under which a picture may be shown, by its content and never by what the mail says; null
 * for what is no picture, or one that is too large to be decoded without a thought.
 */
export function pictureType({ format, size, pixels }: Attachment): string | null {
  if (pixels === null || kindOf(format) !== 'picture' || size > largestPicture.bytes) return null;
  const { width, height } = pixels;
  if (Math.max(width, height) > largestPicture.side) return null;
  return width * height > largestPicture.pixels ? null : mediaTypeOf(format);
}

/** What of a file can be shown as text: all of it, a PDF's first pages, or nothing. */
export function textOf({ format, size, concerns }: Attachment): 'text' | 'pdf' | null {
  const kind = kindOf(format);
  if (kind === 'pdf') return size <= largestPdf && !concerns.includes('locked') ? 'pdf' : null;
  return kind === 'text' || kind === 'invitation' || kind === 'contact' ? 'text' : null;
}

/** The names in an archive or an attached mail, the first few in words. */
function insideWords({ inside, format }: Attachment): string | null {
  if (inside.length === 0) return null;
  const names = inside.slice(0, 6).join(', ');
  const more = inside.length > 6 ? ', …' : '';
  return `${kindOf(format) === 'mail' ? 'With' : 'Holds'} ${names}${more}`;
}

/** Why something cannot be looked at that one would look at; null for all else. */
function unseenWords(attachment: Attachment): string | null {
  const { format, pixels } = attachment;
  const kind = kindOf(format);
  if (format === 'outlook_item') return 'It is in the container only, for Outlook to open.';
  if (kind === 'other_picture') return 'Browsers do not show this kind of picture.';
  if (kind !== 'picture' || pictureType(attachment) !== null) return null;
  return pixels === null
    ? 'It is damaged, and not shown.'
    : `It is too large to be shown (${pixels.width} × ${pixels.height} pixels).`;
}

/** One attachment as the page lists it. */
export function fileView(messageId: number, attachment: Attachment) {
  const { index, filename, size, pixels, container } = attachment;
  const url = `/messages/${messageId}/attachments/${index}`;
  const isPicture = pictureType(attachment) !== null;
  return {
    url,
    target: `look-${messageId}-${index}`,
    filename,
    size,
    kind: kindWords(attachment),
    dangerous: isDangerous(attachment),
    isItem: attachment.format === 'outlook_item',
    warnings: concernWords(attachment),
    note: unseenWords(attachment),
    inside: insideWords(attachment),
    container,
    picture: isPicture && pixels !== null ? { url: `${url}/picture`, ...pixels } : null,
    textUrl: textOf(attachment) === null ? null : `${url}/text`,
  };
}

/** Pictures to be looked at, other files, and the decoration of the text, which is folded away. */
export function attachmentsView(messageId: number, attachments: readonly Attachment[]) {
  const listed = attachments.filter((each) => !isUnpacked(each));
  const view = (some: readonly Attachment[]) => some.map((each) => fileView(messageId, each));
  const small = view(listed.filter(isDecoration));
  const others = view(listed.filter((each) => !isDecoration(each)));
  const isShown = ({ picture, dangerous }: ReturnType<typeof fileView>) =>
    picture !== null && !dangerous;
  return {
    pictures: others.filter(isShown),
    files: others.filter((each) => !isShown(each)),
    small:
      small.length === 0
        ? null
        : { label: count(small.length, 'small picture', 'small pictures'), files: small },
  };
}
