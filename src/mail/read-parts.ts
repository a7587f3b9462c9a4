/** The parts of a mail, read as a stream: texts decoded, contents kept only where somebody asks. */

import { once } from 'node:events';
import { Transform, type TransformCallback } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AttachmentStream,
  MailParser,
  type Headers as MailparserHeaders,
  type MessageText,
} from 'mailparser';
import { decodeText, isKnownCharset } from './charset.ts';
import { withReadableHead } from './header-block.ts';

/** One node of the tree that mailparser builds; only what we read of it. */
export interface PartNode {
  contentType?: string | false;
  headers: MailparserHeaders;
  textContent?: string;
  children: PartNode[];
  /** Names the charset of a text part; `createNode` fills it. */
  charset?: string;
}

export interface ReadAttachment {
  part: AttachmentStream;
  /** Size of the decoded content in bytes. */
  size: number;
  /** The first bytes of the content, as many as were asked for. */
  content: Buffer;
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

/** Reads an attachment to its end, keeping at most `limit` bytes of it. */
function drain(part: AttachmentStream, limit: number, done: (read: ReadAttachment) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let kept = 0;
  part.content.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (kept >= limit) return;
    chunks.push(chunk.subarray(0, limit - kept));
    kept += chunk.length;
  });
  part.content.once('end', () => {
    done({ part, size, content: Buffer.concat(chunks) });
    part.release();
  });
}

/**
 * Reads a mail. What it holds at a time is the mail itself, its texts, and of its attachments what
 * `keep` asks for. The event loop gets a turn every 64 kB.
 *
 * @param keep bytes of an attachment's content to keep, from the front; 0 for none.
 * @throws whatever mailparser throws, and Error when `maxParts` attachments are exceeded.
 */
export async function readParts(
  raw: Buffer,
  keep: (part: AttachmentStream, index: number) => number,
  maxParts: number,
): Promise<ReadParts> {
  const parser = new TolerantParser();
  const read: ReadParts = { headers: null, text: '', html: null, attachments: [], tree: null };
  parser.on('headers', (headers) => {
    read.headers = headers;
  });
  let index = 0;
  parser.on('data', (data: AttachmentStream | MessageText) => {
    if (data.type === 'attachment') {
      if (index >= maxParts) parser.destroy(new Error('it has too many attachments'));
      drain(data, keep(data, index), (attachment) => read.attachments.push(attachment));
      index += 1;
      return;
    }
    read.text = data.text ?? '';
    read.html = typeof data.html === 'string' ? data.html : null;
  });
  const ended = once(parser, 'end');
  const feed = async () => {
    for (const slice of slicesOf(raw)) {
      if (parser.destroyed) return;
      if (!parser.write(slice)) await once(parser, 'drain');
      else await nextTurn();
    }
    parser.end();
  };
  try {
    await Promise.all([ended, feed()]);
  } finally {
    parser.destroy();
  }
  read.tree = parser.tree === false ? null : parser.tree;
  return read;
}
