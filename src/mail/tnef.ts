/**
 * Reads a winmail.dat (MS-OXTNEF, section 2.1) as it streams by: the files in it and the mail's own
 * text. A file's content is never held unless somebody asks; everything else is held within bounds.
 */

import { decodeText } from './charset.ts';
import { ContentScan } from './content-scan.ts';
import { KeptContent } from './kept-content.ts';
import { type Properties, propertyIds, readProperties } from './tnef-properties.ts';

/** The first four bytes of a container, little-endian (MS-OXTNEF, section 2.1.3.3). */
export const tnefSignature = 0x223e9f78;

/** Attributes that we look at (MS-OXTNEF, section 2.1.3.2). */
const attributes = {
  body: 0x0002800c,
  messageProperties: 0x00069003,
  codepage: 0x00069007,
  attachmentBegin: 0x00069002,
  attachmentTitle: 0x00018010,
  attachmentData: 0x0006800f,
  attachmentProperties: 0x00069005,
} as const;

/** Bytes of an attribute that are held; the text of a mail fits, an item inside it need not. */
const heldBytes = 4 * 1024 * 1024;

/** Files of one container; beyond them it counts as broken. */
const mostFiles = 200;

const headerBytes = 9;
const checksumBytes = 2;

/** A file in the container. */
export interface TnefFile {
  givenName: string;
  declared: string;
  contentId: string | null;
  scan: ContentScan;
  content: Buffer;
  /** It is an item of Outlook, such as a mail or an appointment, and not a file. */
  isItem: boolean;
}

export interface TnefContents {
  files: TnefFile[];
  /** The mail's own text, where the container has one. */
  text: string | null;
  html: string | null;
  rtf: Buffer | null;
  /** False when the container is cut off or broken; what came before it counts. */
  whole: boolean;
}

interface OpenFile {
  title: Buffer;
  properties: Properties;
  scan: ContentScan;
  kept: KeptContent;
  /** It came as a file of its own, be it an empty one. */
  hasData: boolean;
}

interface OpenAttribute {
  id: number;
  /** Bytes of its data that are still to come. */
  left: number;
  held: Buffer[];
  heldSize: number;
}

/** Charsets of Windows code pages that are not named after their number. */
const codepageNames = new Map([
  [65001, 'utf-8'],
  [1200, 'utf-16le'],
  [20127, 'us-ascii'],
  [20866, 'koi8-r'],
  [50220, 'iso-2022-jp'],
  [51932, 'euc-jp'],
  [932, 'cp932'],
  [936, 'cp936'],
  [949, 'cp949'],
  [950, 'cp950'],
]);

/** The charset of a Windows code page, by a name that `decodeText` knows or sees through. */
export function charsetOf(codepage: number): string {
  const latin = codepage >= 28591 && codepage <= 28606 ? `iso-8859-${codepage - 28590}` : null;
  return codepageNames.get(codepage) ?? latin ?? `windows-${codepage}`;
}

function withoutEnd(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** Fed piece by piece; `end` says what was in it. */
export class TnefReader {
  readonly #keep: (file: number) => number;
  readonly #files: OpenFile[] = [];
  #message: Properties = new Map();
  #plainBody: Buffer | null = null;
  #charset = 'windows-1252';
  #broken = false;
  /** What is left of the last piece: at most one header. */
  #pending: Buffer = Buffer.alloc(0);
  /** The file's own header comes first: a signature of four bytes and a key of two. */
  #begun = false;
  #attribute: OpenAttribute | null = null;
  #checksumLeft = 0;
  #attributes = 0;

  /** @param keep bytes to keep of the content of each file, by its position in the container. */
  constructor(keep: (file: number) => number) {
    this.#keep = keep;
  }

  take(chunk: Buffer): void {
    if (this.#broken) return;
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (let used = this.#step(rest); used > 0 && !this.#broken; used = this.#step(rest))
      rest = rest.subarray(used);
    this.#pending = this.#broken ? Buffer.alloc(0) : Buffer.from(rest);
  }

  /** Reads on; returns how many bytes were used, 0 when more of them are needed. */
  #step(bytes: Buffer): number {
    if (bytes.length === 0) return 0;
    if (!this.#begun) return this.#begin(bytes);
    if (this.#attribute !== null) return this.#takeData(this.#attribute, bytes);
    if (this.#checksumLeft > 0) {
      const used = Math.min(this.#checksumLeft, bytes.length);
      this.#checksumLeft -= used;
      return used;
    }
    return this.#openAttribute(bytes);
  }

  #begin(bytes: Buffer): number {
    if (bytes.length < 6) return 0;
    this.#begun = true;
    this.#broken = bytes.readUInt32LE(0) !== tnefSignature;
    return 6;
  }

  #openAttribute(bytes: Buffer): number {
    if (bytes.length < headerBytes) return 0;
    const level = bytes[0];
    const id = bytes.readUInt32LE(1);
    if (level !== 1 && level !== 2) this.#broken = true;
    else this.#attributes += 1;
    if (id === attributes.attachmentBegin) this.#openFile();
    const file = this.#files.at(-1);
    if (id === attributes.attachmentData && file !== undefined) file.hasData = true;
    this.#attribute = { id, left: bytes.readUInt32LE(5), held: [], heldSize: 0 };
    if (this.#attribute.left === 0) this.#closeAttribute();
    return headerBytes;
  }

  #openFile(): void {
    if (this.#files.length >= mostFiles) {
      this.#broken = true;
      return;
    }
    const kept = new KeptContent(this.#keep(this.#files.length));
    const nothing = { title: Buffer.alloc(0), properties: new Map(), hasData: false };
    this.#files.push({ ...nothing, scan: new ContentScan(), kept });
  }

  #takeData(attribute: OpenAttribute, bytes: Buffer): number {
    const piece = bytes.subarray(0, attribute.left);
    attribute.left -= piece.length;
    const file = this.#files.at(-1);
    if (attribute.id === attributes.attachmentData) {
      file?.scan.take(piece);
      file?.kept.take(piece);
    } else if (attribute.heldSize < heldBytes) {
      attribute.held.push(Buffer.from(piece));
      attribute.heldSize += piece.length;
    }
    if (attribute.left === 0) this.#closeAttribute();
    return piece.length;
  }

  #closeAttribute(): void {
    const attribute = this.#attribute;
    this.#attribute = null;
    this.#checksumLeft = checksumBytes;
    if (attribute === null) return;
    const data = Buffer.concat(attribute.held);
    const file = this.#files.at(-1);
    if (attribute.id === attributes.codepage && data.length >= 4)
      this.#charset = charsetOf(data.readUInt32LE(0));
    if (attribute.id === attributes.body) this.#plainBody = data;
    if (attribute.id === attributes.messageProperties) this.#message = readProperties(data);
    if (attribute.id === attributes.attachmentTitle && file !== undefined) file.title = data;
    if (attribute.id === attributes.attachmentProperties && file !== undefined)
      file.properties = readProperties(data);
  }

  #text(value: Buffer | undefined, isWide: boolean): string {
    if (value === undefined) return '';
    return withoutEnd(decodeText(value, isWide ? 'utf-16le' : this.#charset));
  }

  #property(properties: Properties, id: number): string {
    const value = properties.get(id);
    return this.#text(value?.bytes, value?.type === 0x1f);
  }

  #toFile({ title, properties, scan, kept, hasData }: OpenFile): TnefFile {
    const inProperties = properties.get(propertyIds.attachData);
    // An item may be too large to be held, and its property is then not there at all.
    const isItem = !hasData && (inProperties === undefined || inProperties.type === 0x0d);
    if (!hasData && inProperties !== undefined && !isItem) {
      scan.take(inProperties.bytes);
      kept.take(inProperties.bytes);
    }
    const named = (id: number) => this.#property(properties, id);
    const contentId = named(propertyIds.attachContentId).replace(/^<|>$/g, '');
    return {
      givenName:
        named(propertyIds.attachLongFilename) ||
        named(propertyIds.attachFilename) ||
        this.#text(title, false) ||
        named(propertyIds.displayName),
      declared: named(propertyIds.attachMimeTag) || 'application/octet-stream',
      contentId: contentId === '' ? null : contentId,
      scan,
      content: kept.content,
      isItem,
    };
  }

  #html(): string | null {
    const value = this.#message.get(propertyIds.bodyHtml);
    if (value === undefined) return null;
    if (value.type === 0x1f) return this.#text(value.bytes, true);
    const codepage = this.#message.get(propertyIds.internetCodepage)?.bytes;
    const named = codepage !== undefined && codepage.length >= 4;
    return decodeText(value.bytes, named ? charsetOf(codepage.readUInt32LE(0)) : this.#charset);
  }

  /** What was in the container. */
  end(): TnefContents {
    // What was written before the end was cut off still counts.
    if (this.#attribute !== null) {
      this.#broken = true;
      this.#closeAttribute();
    }
    const body =
      this.#property(this.#message, propertyIds.body) ||
      this.#text(this.#plainBody ?? undefined, false);
    return {
      files: this.#files.map((file) => this.#toFile(file)),
      text: body.trim() === '' ? null : body,
      html: this.#html(),
      rtf: this.#message.get(propertyIds.rtfCompressed)?.bytes ?? null,
      whole: this.#attributes > 0 && !this.#broken,
    };
  }
}
