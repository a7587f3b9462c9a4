/** Decompresses the RTF of Outlook (MS-OXRTFCP, section 2.2): a small LZ77 with a known beginning. */

const dictionaryBytes = 4096;

/** MS-OXRTFCP, section 2.1.2.1. */
const beginning =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx';

const headerBytes = 16;
const compressed = 0x75465a4c;
const uncompressed = 0x414c454d;

/**
 * What is new in a mail stands first, long before this. More would hold up the pages, since a small
 * mail is read where they are served, and swells to eight times its size.
 */
const mostBytes = 256 * 1024;

/**
 * @param bytes the value of the property PidTagRtfCompressed.
 * @returns the RTF, cut at 256 kB or where the bytes end; null for bytes that are none.
 */
export function decompressRtf(bytes: Buffer): Buffer | null {
  if (bytes.length < headerBytes) return null;
  const type = bytes.readUInt32LE(8);
  if (type === uncompressed) return bytes.subarray(headerBytes, headerBytes + mostBytes);
  if (type !== compressed) return null;
  const dictionary = Buffer.alloc(dictionaryBytes, ' ');
  let write = dictionary.write(beginning, 'latin1');
  const size = Math.min(bytes.readUInt32LE(4), mostBytes);
  const out = Buffer.alloc(Math.min(size, bytes.length * 17));
  let filled = 0;
  const put = (byte: number) => {
    out[filled] = byte;
    filled += 1;
    dictionary[write] = byte;
    write = (write + 1) % dictionaryBytes;
  };
  let at = headerBytes;
  while (at < bytes.length && filled < out.length) {
    const control = bytes[at] ?? 0;
    at += 1;
    for (let bit = 0; bit < 8 && at < bytes.length && filled < out.length; bit += 1) {
      if ((control & (1 << bit)) === 0) {
        put(bytes[at] ?? 0);
        at += 1;
        continue;
      }
      if (at + 2 > bytes.length) return out.subarray(0, filled);
      const reference = bytes.readUInt16BE(at);
      at += 2;
      const from = reference >>> 4;
      // A reference to the place of writing is the end (section 2.2.2.1).
      if (from === write) return out.subarray(0, filled);
      const length = Math.min((reference & 15) + 2, out.length - filled);
      for (let step = 0; step < length; step += 1)
        put(dictionary[(from + step) % dictionaryBytes] ?? 0);
    }
  }
  return out.subarray(0, filled);
}
