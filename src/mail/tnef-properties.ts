/** The MAPI properties inside a winmail.dat (MS-OXTNEF, section 2.1.3.4), read within bounds. */

/** Properties of one object; more than any program writes. */
const mostProperties = 4_000;

/** Values by property id (MS-OXPROPS); of several values of one property, the first. */
export type Properties = ReadonlyMap<number, PropertyValue>;

export interface PropertyValue {
  /** Property type (MS-OXCDATA, section 2.11.1) without the flag for several values. */
  type: number;
  bytes: Buffer;
}

/** Ids that we look for (MS-OXPROPS). */
export const propertyIds = {
  body: 0x1000,
  rtfCompressed: 0x1009,
  bodyHtml: 0x1013,
  internetCodepage: 0x3fde,
  displayName: 0x3001,
  attachData: 0x3701,
  attachFilename: 0x3704,
  attachLongFilename: 0x3707,
  attachMimeTag: 0x370e,
  attachContentId: 0x3712,
} as const;

const manyFlag = 0x1000;

/** Bytes of a value on the wire by its type; 0 for those that name their length themselves. */
const fixedSizes: ReadonlyMap<number, number> = new Map([
  ...([0x0001, 0x0002, 0x0003, 0x0004, 0x000a, 0x000b] as const).map((type) => [type, 4] as const),
  ...([0x0005, 0x0006, 0x0007, 0x0014, 0x0040] as const).map((type) => [type, 8] as const),
  [0x0048, 16],
  ...([0x000d, 0x001e, 0x001f, 0x0102] as const).map((type) => [type, 0] as const),
]);

/** Reads numbers and bytes from the front; every step is checked against the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next bytes; null when there are not that many. */
  take(length: number): Buffer | null {
    if (length > this.#bytes.length - this.#at) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The next number of four bytes; null at the end. */
  number(): number | null {
    return this.take(4)?.readUInt32LE(0) ?? null;
  }

  /** Bytes of a length that stands before them, filled up to a multiple of four. */
  counted(): Buffer | null {
    const length = this.number();
    const value = length === null ? null : this.take(length);
    if (value !== null) this.take(Math.min(-value.length & 3, this.#bytes.length - this.#at));
    return value;
  }
}

/** Past the name of a property that has one instead of a fixed id. */
function skipName(reader: Reader): boolean {
  const kind = reader.take(16) === null ? null : reader.number();
  if (kind === null) return false;
  return (kind === 0 ? reader.take(4) : reader.counted()) !== null;
}

/** The first of the values; null when they are of a type we do not know, or cut off. */
function readValues(reader: Reader, type: number): Buffer | null {
  const size = fixedSizes.get(type & ~manyFlag);
  if (size === undefined) return null;
  const counted = size === 0 || (type & manyFlag) !== 0;
  const count = counted ? reader.number() : 1;
  if (count === null || count > mostProperties) return null;
  let first: Buffer | null = count === 0 ? Buffer.alloc(0) : null;
  for (let at = 0; at < count; at += 1) {
    const value = size === 0 ? reader.counted() : reader.take(size);
    if (value === null) return first;
    first ??= value;
  }
  return first;
}

/**
 * Reads properties up to the first that cannot be read; what came before it counts.
 *
 * @param bytes a whole list of properties, or its beginning.
 */
export function readProperties(bytes: Buffer): Properties {
  const reader = new Reader(bytes);
  const found = new Map<number, PropertyValue>();
  const count = Math.min(reader.number() ?? 0, mostProperties);
  for (let at = 0; at < count; at += 1) {
    const tag = reader.number();
    if (tag === null) break;
    const [type, id] = [tag & 0xffff, tag >>> 16];
    if (id >= 0x8000 && !skipName(reader)) break;
    const value = readValues(reader, type);
    if (value === null) break;
    found.set(id, { type: type & ~manyFlag, bytes: value });
  }
  return found;
}
