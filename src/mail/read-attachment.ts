/** One attachment as it streams by: counted, looked at, unpacked, and kept as far as somebody asks. */

import type { AttachmentStream } from 'mailparser';
import { type AttachmentFacts, attachmentFacts } from './attachment-facts.ts';
import { nameOf, safeName } from './attachment-name.ts';
import { ContentScan } from './content-scan.ts';
import { KeptContent } from './kept-content.ts';
import { type TnefContents, TnefReader, tnefSignature } from './tnef.ts';

/** What mailparser says of a part with a content of its own. */
export type PartHead = Omit<AttachmentStream, 'content' | 'release' | 'type'>;

/** A file, be it a part of the mail or unpacked from one. */
export interface ReadFile extends AttachmentFacts {
  filename: string;
  contentType: string;
  /** The first bytes of the content, as many as were asked for. */
  content: Buffer;
}

export interface UnpackedFile extends ReadFile {
  /** As in `Attachment.index`. */
  index: number;
  contentId: string | null;
}

export interface ReadAttachment extends ReadFile {
  part: PartHead;
  /** What a winmail.dat holds; empty for other files. */
  unpacked: UnpackedFile[];
  /** The mail's own text in a winmail.dat, and what is wrong with it. */
  outlook: Omit<TnefContents, 'files'> | null;
}

/** Reads a mail that is attached, for the names of what is attached to it. */
export interface AttachedMail {
  take(chunk: Buffer): Promise<void>;
  /** None where it cannot be read. */
  end(): Promise<string[]>;
}

/** Where the files of containers are numbered from, beyond the number of parts that a mail may have. */
const firstUnpacked = 1000;

/** Bytes of a file to keep, from the front; 0 for none. */
export type Keep = (contentType: string, index: number) => number;

const containerType = /^application\/(?:vnd\.)?ms-tnef$/i;

function unpackedFile(
  file: TnefContents['files'][number],
  index: number,
  container: string,
): UnpackedFile {
  const { scan, givenName, declared, contentId, content, isItem } = file;
  const name = safeName(givenName) || `${container}-${index - firstUnpacked + 1}`;
  const facts = attachmentFacts({ scan, givenName, name, declared, attached: [] });
  return {
    ...facts,
    ...(isItem ? ({ format: 'outlook_item', concerns: [] } as const) : {}),
    index,
    filename: name,
    contentType: declared,
    contentId,
    content,
  };
}

function isFile({ format }: UnpackedFile): boolean {
  return format !== 'outlook_item';
}

/** Fed with the content of one part, in order. */
export class AttachmentReading {
  readonly #part: PartHead;
  readonly #index: number;
  readonly #keep: Keep;
  readonly #unpackedBefore: number;
  readonly #scan = new ContentScan();
  readonly #kept: KeptContent;
  readonly #mail: AttachedMail | null;
  #tnef: TnefReader | null = null;
  #begun = false;

  /**
   * @param unpackedBefore files that were unpacked from earlier parts.
   * @param mail reads it if it is a mail; null where nobody wants to know.
   */
  constructor(
    part: PartHead,
    index: number,
    keep: Keep,
    unpackedBefore: number,
    mail: AttachedMail | null,
  ) {
    this.#part = part;
    this.#index = index;
    this.#keep = keep;
    this.#unpackedBefore = unpackedBefore;
    this.#kept = new KeptContent(keep(part.contentType, index));
    this.#mail = mail;
  }

  async take(chunk: Buffer): Promise<void> {
    if (!this.#begun) this.#begin(chunk);
    this.#scan.take(chunk);
    this.#kept.take(chunk);
    this.#tnef?.take(chunk);
    await this.#mail?.take(chunk);
  }

  /** By the type, or by the content, since gateways often change the type of what they do not know. */
  #begin(chunk: Buffer): void {
    this.#begun = true;
    const signed = chunk.length >= 4 && chunk.readUInt32LE(0) === tnefSignature;
    if (!signed && !containerType.test(this.#part.contentType)) return;
    const firstFile = firstUnpacked + this.#unpackedBefore;
    this.#tnef = new TnefReader((file) => this.#keep('', firstFile + file));
  }

  /** What was read, when the content has ended. */
  async end(): Promise<ReadAttachment> {
    const part = this.#part;
    const givenName = part.filename ?? '';
    const name = nameOf(givenName, part.contentType, this.#index);
    const attached = (await this.#mail?.end()) ?? [];
    const seen = { scan: this.#scan, givenName, name, declared: part.contentType, attached };
    const contents = this.#tnef?.end() ?? null;
    const { files, ...outlook } = contents ?? { files: [], whole: false };
    const facts = attachmentFacts(seen);
    const unpacked = files
      .slice(0, firstUnpacked - this.#unpackedBefore)
      .map((file, at) => unpackedFile(file, firstUnpacked + this.#unpackedBefore + at, name));
    return {
      ...facts,
      part,
      filename: name,
      contentType: part.contentType,
      content: this.#kept.content,
      concerns: this.#concerns(facts, outlook.whole && unpacked.every(isFile)),
      unpacked,
      outlook: contents,
    };
  }

  #concerns(facts: AttachmentFacts, isUnpacked: boolean): AttachmentFacts['concerns'] {
    const isContainer = this.#tnef !== null || facts.format === 'winmail';
    return isContainer && !isUnpacked ? [...facts.concerns, 'not_unpacked'] : facts.concerns;
  }
}
