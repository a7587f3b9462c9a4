/** The size of a picture in pixels, by its header: nothing is decoded, whatever the picture claims. */

export interface Pixels {
  width: number;
  height: number;
}

function pngSize(head: Buffer): Pixels | null {
  // PNG, section 11.2.2: IHDR comes first.
  if (head.length < 24 || head.toString('latin1', 12, 16) !== 'IHDR') return null;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** Past the sub-blocks of GIF89a, section 15; beyond the end where they go on. */
function afterSubBlocks(head: Buffer, from: number): number {
  let at = from;
  while (at < head.length && head[at] !== 0) at += 1 + (head[at] ?? 0);
  return at + 1;
}

/** Browsers take the first frame's size where it is larger than the screen that the header names. */
function gifSize(head: Buffer): Pixels | null {
  if (head.length < 13) return null;
  const screen = { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
  const flags = head[10] ?? 0;
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  while (head[at] === 0x21) at = afterSubBlocks(head, at + 2);
  if (head[at] !== 0x2c || at + 9 > head.length) return screen;
  const right = head.readUInt16LE(at + 1) + head.readUInt16LE(at + 5);
  const bottom = head.readUInt16LE(at + 3) + head.readUInt16LE(at + 7);
  return { width: Math.max(screen.width, right), height: Math.max(screen.height, bottom) };
}

/** RFC 9649, section 2: the three kinds of WebP. */
function webpSize(head: Buffer): Pixels | null {
  if (head.length < 30) return null;
  const kind = head.toString('latin1', 12, 16);
  if (kind === 'VP8X')
    return { width: 1 + head.readUIntLE(24, 3), height: 1 + head.readUIntLE(27, 3) };
  if (kind === 'VP8 ')
    return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
  if (kind !== 'VP8L') return null;
  const bits = head.readUInt32LE(21);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}

/** ITU-T T.81, section B.2: past the segments before the frame header, which names the size. */
function jpegSize(head: Buffer): Pixels | null {
  let at = 2;
  while (at + 9 <= head.length) {
    if (head[at] !== 0xff) return null;
    const marker = head[at + 1] ?? 0;
    // Any number of fill bytes may stand before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    // The picture itself begins, and no header came.
    if (marker === 0xda || marker === 0xd9) return null;
    at += 2 + head.readUInt16BE(at + 2);
  }
  return null;
}

const readers = { png: pngSize, gif: gifSize, webp: webpSize, jpeg: jpegSize };

export type SizedFormat = keyof typeof readers;

/**
 * The size that the header of a picture names; null where it names none within `head`.
 *
 * @param head the first bytes; a JPEG needs up to 256 kB, the others less than 4 kB.
 */
export function pictureSize(format: SizedFormat, head: Buffer): Pixels | null {
  const size = readers[format](head);
  return size === null || size.width === 0 || size.height === 0 ? null : size;
}
