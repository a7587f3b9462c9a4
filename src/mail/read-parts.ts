/** The parts of a mail, read as a stream: texts decoded, contents kept only where somebody asks. */

import { once } from 'node:events';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AttachmentStream,
  MailParser,
  type Headers as MailparserHeaders,
  type MessageText,
} from 'mailparser';
import { decodeText, isKnownCharset } from './charset.ts';
import { withReadableHead } from './header-block.ts';
import {
  type AttachedMail,
  AttachmentReading,
  type Keep,
  type ReadAttachment,
} from './read-attachment.ts';

/** One node of the tree that mailparser builds; only what we read of it. */
export interface PartNode {
  contentType?: string | false;
  headers: MailparserHeaders;
  textContent?: string;
  children: PartNode[];
  /** Names the charset of a text part; `createNode` fills it. */
  charset?: string;
}

export interface ReadParts {
  /** Of the mail itself, as mailparser understands them; null for a mail of no bytes. */
  headers: MailparserHeaders | null;
  text: string;
  html: string | null;
  attachments: ReadAttachment[];
  tree: PartNode | null;
}

/** What mailparser 3.9.31 does not document, and its types do not name. */
interface Internals {
  tree: PartNode | false;
  decoder: { decodeStream(charset: string): NodeJS.ReadWriteStream };
  createNode(node: unknown): PartNode;
}

const Base = MailParser as unknown as new (
  options: Record<string, boolean>,
) => MailParser & Internals;

/** Marks a charset, so that mailparser hands every text part to our decoder, UTF-8 too. */
const mark = 'declared:';

/** More bytes of one text part are not decoded: nobody reads them, and every copy would count. */
const maxTextBytes = 16 * 1024 * 1024;

/** Collects the bytes of a text part, because a wrong charset shows only in all of them. */
class TextDecoding extends Transform {
  readonly #charset: string | null;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(charset: string | null) {
    super();
    this.#charset = charset;
  }

  override _transform(chunk: Buffer | string, _encoding: string, done: TransformCallback): void {
    if (this.#size < maxTextBytes)
      this.#chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
    this.#size += chunk.length;
    done();
  }

  override _flush(done: TransformCallback): void {
    const all = Buffer.concat(this.#chunks.splice(0));
    // A line end is in no charset the second half of a character.
    const end = this.#size > all.length ? all.lastIndexOf(0x0a) + 1 : 0;
    const bytes = end > 0 ? all.subarray(0, end) : all;
    done(null, Buffer.from(decodeText(bytes, this.#charset)));
  }
}

/**
 * mailparser takes text without a charset, or with a wrong one, for broken UTF-8. This one decodes
 * texts with `decodeText`; charsets that only mailparser knows it leaves to it.
 */
class TolerantParser extends Base {
  constructor() {
    super({
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipTextLinks: true,
      skipImageLinks: true,
      keepCidLinks: true,
    });
    const known = this.decoder;
    this.decoder = {
      decodeStream: (marked) => {
        const charset = marked.slice(mark.length);
        if (isKnownCharset(charset)) return new TextDecoding(charset);
        try {
          return known.decodeStream(charset);
        } catch {
          // Nobody knows this name: the bytes themselves have to tell.
          return new TextDecoding(null);
        }
      },
    };
  }

  override createNode(node: unknown): PartNode {
    const made = super.createNode(node);
    made.charset = `${mark}${made.charset ?? ''}`;
    return made;
  }
}

/** Small enough that the event loop gets its turn, large enough to cost nothing. */
const sliceBytes = 64 * 1024;

function* slicesOf(raw: Buffer): Generator<Buffer> {
  for (const piece of withReadableHead(raw))
    for (let at = 0; at < piece.length; at += sliceBytes) yield piece.subarray(at, at + sliceBytes);
}

/** Attachments of an attached mail that are looked for. */
const mostAttached = 50;

/** Reads one mail, piece by piece. */
class PartsReading {
  readonly #parser = new TolerantParser();
  readonly #read: ReadParts = { headers: null, text: '', html: null, attachments: [], tree: null };
  readonly #ended: Promise<unknown>;
  readonly #keep: Keep;
  readonly #maxParts: number;
  readonly #looksInside: boolean;
  #parts = 0;
  #unpacked = 0;
  /** The parser may end before what it has handed out is read. */
  #reading: Promise<void> = Promise.resolve();

  constructor(keep: Keep, maxParts: number, looksInside: boolean) {
    this.#keep = keep;
    this.#maxParts = maxParts;
    this.#looksInside = looksInside;
    this.#ended = once(this.#parser, 'end');
    // Whoever asks hears of it; until then it must not end the process.
    this.#ended.catch(() => undefined);
    this.#parser.on('headers', (headers) => {
      this.#read.headers = headers;
    });
    this.#parser.on('data', (data: AttachmentStream | MessageText) => {
      if (data.type === 'attachment') {
        this.#reading = this.#attachment(data).catch((error: Error) => {
          this.#parser.destroy(error);
        });
        return;
      }
      this.#read.text = data.text ?? '';
      this.#read.html = typeof data.html === 'string' ? data.html : null;
    });
  }

  /** Reads an attachment to its end; the next part comes when this one is released. */
  async #attachment(part: AttachmentStream): Promise<void> {
    const index = this.#parts;
    this.#parts += 1;
    if (index >= this.#maxParts) throw new Error('it has too many attachments');
    const isMail = this.#looksInside && part.contentType === 'message/rfc822';
    const mail = isMail ? new AttachedNames() : null;
    const reading = new AttachmentReading(part, index, this.#keep, this.#unpacked, mail);
    const content = part.content as Readable;
    for await (const chunk of content) await reading.take(chunk as Buffer);
    const read = await reading.end();
    this.#unpacked += read.unpacked.length;
    this.#read.attachments.push(read);
    part.release();
  }

  /** Takes the next bytes; resolves when there is room for more. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#parser.destroyed) return;
    if (!this.#parser.write(bytes)) await Promise.race([once(this.#parser, 'drain'), this.#ended]);
    else await nextTurn();
  }

  async end(): Promise<ReadParts> {
    try {
      this.#parser.end();
      await this.#ended;
      await this.#reading;
    } finally {
      this.#parser.destroy();
    }
    const { tree } = this.#parser;
    return { ...this.#read, tree: tree === false ? null : tree };
  }
}

/** Reads an attached mail for the names of its attachments; what is broken has none. */
class AttachedNames implements AttachedMail {
  readonly #reading = new PartsReading(() => 0, mostAttached, false);

  async take(chunk: Buffer): Promise<void> {
    await this.#reading.write(chunk).catch(() => undefined);
  }

  async end(): Promise<string[]> {
    const read = await this.#reading.end().catch(() => null);
    return read === null ? [] : read.attachments.map(({ filename }) => filename);
  }
}

/**
 * Reads a mail. What it holds at a time is the mail itself, its texts, and of its attachments what
 * `keep` asks for. The event loop gets a turn every 64 kB.
 *
 * @param keep bytes of an attachment's content to keep, from the front; 0 for none.
 * @throws whatever mailparser throws, and Error when `maxParts` attachments are exceeded.
 */
export async function readParts(raw: Buffer, keep: Keep, maxParts: number): Promise<ReadParts> {
  const reading = new PartsReading(keep, maxParts, true);
  for (const slice of slicesOf(raw)) await reading.write(slice);
  return await reading.end();
}
