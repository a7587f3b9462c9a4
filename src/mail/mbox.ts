/** Reading an mbox file of any size: one mail at a time, in memory bounded by one mail. */

import { type FileHandle, open } from 'node:fs/promises';
import { defaultMaxBytes } from './watched.ts';

/** One mail of an mbox file, without its separator and with its quoted lines as they were. */
export interface MboxMail {
  raw: Buffer;
  /** The date in the separator, where it is one. */
  receivedAt: Date | null;
  /** Where the next separator stands, in bytes from the beginning of the file. */
  end: number;
}

interface MboxOptions {
  /** Where to begin: 0, or the `end` of an earlier mail. */
  start?: number;
  /** Of a larger mail only this many bytes are kept. */
  maxBytes?: number;
  /** How much is read at once, in bytes. */
  chunkBytes?: number;
}

const separatorStart = Buffer.from('\nFrom ');

/** A separator and the header line below it are no longer than this together. */
const longestLook = 2048;

/** What is looked at before a separator, to see whether the line above it is blank. */
const blankLook = 4;

/**
 * RFC 4155, appendix A: a sender, and a date. Real ones add a zone or have another order; a sentence
 * that begins with "From" has no time and month or year.
 */
const withTime = /\b\d{1,2}:\d{2}\b/;
const withYearOrMonth =
  /\b(?:19|20)\d{2}\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/;

/** What some programs write instead: a sender alone, or no more than a dash. */
const undatedForm = /^From \S+\s*$/;

/** RFC 5322, section 2.2: a field name. Some programs quote a separator that slipped in there. */
const headerForm = /^(?:[!-9;-~]{1,200}\s?:|>?From )/;

/** Some editors put it before the first separator. */
const byteOrderMark = Buffer.from('\ufeff');

/** True for the bytes that an mbox file begins with. */
export function startsMbox(start: Buffer): boolean {
  return /^(?:\xef\xbb\xbf)?From /.test(start.toString('latin1', 0, 8));
}

/** Where a line ends, without its line end; -1 when it does not end within `buffer`. */
function lineEnd(buffer: Buffer, from: number): number {
  return buffer.indexOf(0x0a, from);
}

function lineAt(buffer: Buffer, from: number, end: number): string {
  return buffer.toString('latin1', from, end).replace(/\r$/, '');
}

function isAfterBlank(buffer: Buffer, from: number): boolean {
  const before = buffer.toString('latin1', Math.max(0, from - blankLook), from);
  return /\n\r?\n$/.test(before);
}

/** Whether a mail begins at the line at `from`: a separator with a header below it. */
function isSeparator(buffer: Buffer, from: number): boolean {
  const end = lineEnd(buffer, from);
  if (end < 0 || end - from > longestLook) return false;
  const line = lineAt(buffer, from, end);
  const dated = withTime.test(line) && withYearOrMonth.test(line);
  if (!dated && !(undatedForm.test(line) && isAfterBlank(buffer, from))) return false;
  const next = lineEnd(buffer, end + 1);
  return headerForm.test(lineAt(buffer, end + 1, next < 0 ? buffer.length : next));
}

/** The date in a separator: what stands behind the sender. */
function dateOf(line: string): Date | null {
  const rest = line.replace(/^From \S*\s+/, '').replace(/^-\s+/, '');
  // ctime(3) tells no zone; RFC 4155 says it is UTC.
  const zoned = /[+-]\d{4}|GMT|UTC/.test(rest) ? rest : `${rest} UTC`;
  const date = new Date(zoned);
  return Number.isNaN(date.getTime()) ? null : date;
}

const quoted = Buffer.from('>From ');

/** Takes one ">" from every line that the writer of an mboxrd or mboxo file put it before. */
function unquote(raw: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let kept = 0;
  for (let at = raw.indexOf(quoted); at >= 0; at = raw.indexOf(quoted, at + quoted.length)) {
    let start = at;
    while (start > kept && raw[start - 1] === 0x3e) start -= 1;
    if (start > 0 && raw[start - 1] !== 0x0a) continue;
    pieces.push(raw.subarray(kept, start));
    kept = start + 1;
  }
  return kept === 0 ? raw : Buffer.concat([...pieces, raw.subarray(kept)]);
}

/** Without the empty line that the writer put between this mail and the next separator. */
function withoutGap(raw: Buffer): Buffer {
  const text = raw.subarray(-4).toString('latin1');
  if (text.endsWith('\r\n\r\n')) return raw.subarray(0, -2);
  return text.endsWith('\n\n') ? raw.subarray(0, -1) : raw;
}

/** Collects the bytes of one mail, separator first, up to a cap. */
class Collected {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    // The separator comes off again.
    this.#maxBytes = maxBytes + longestLook;
  }

  add(piece: Buffer): void {
    const room = this.#maxBytes - this.#size;
    if (piece.length === 0 || room <= 0) return;
    this.#pieces.push(piece.subarray(0, room));
    this.#size += Math.min(piece.length, room);
  }

  /** The mail that was collected; null where nothing was. */
  take(end: number): MboxMail | null {
    const collected = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    const marked = collected.subarray(0, 3).equals(byteOrderMark);
    const whole = marked ? collected.subarray(3) : collected;
    if (whole.length === 0) return null;
    const first = lineEnd(whole, 0);
    const separated = whole.subarray(0, 5).toString('latin1') === 'From ';
    const from = separated ? (first < 0 ? whole.length : first + 1) : 0;
    const raw = withoutGap(unquote(whole.subarray(from)));
    if (raw.length === 0) return null;
    return { raw, receivedAt: separated ? dateOf(lineAt(whole, 0, from - 1)) : null, end };
  }
}

async function* readFrom(
  file: FileHandle,
  { start = 0, maxBytes = defaultMaxBytes, chunkBytes = 256 * 1024 }: MboxOptions,
): AsyncGenerator<MboxMail> {
  const mail = new Collected(maxBytes);
  /** What was read and not yet given to a mail; `at` is where it begins in the file. */
  let rest = Buffer.alloc(0);
  let at = start;
  for (let ended = false; !ended; ) {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, at + rest.length);
    ended = bytesRead === 0;
    rest =
      rest.length === 0
        ? chunk.subarray(0, bytesRead)
        : Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let given = 0;
    for (
      let found = rest.indexOf(separatorStart);
      found >= 0;
      found = rest.indexOf(separatorStart, found + 1)
    ) {
      // Not enough of it is here to say; the next chunk brings more.
      if (!ended && rest.length - found < longestLook) break;
      if (!isSeparator(rest, found + 1)) continue;
      mail.add(rest.subarray(given, found + 1));
      given = found + 1;
      const complete = mail.take(at + given);
      if (complete !== null) yield complete;
    }
    // What may be a separator stays until more of it is read.
    const keep = ended ? 0 : Math.min(longestLook + blankLook, rest.length - given);
    mail.add(rest.subarray(given, rest.length - keep));
    at += rest.length - keep;
    rest = Buffer.from(rest.subarray(rest.length - keep));
  }
  const last = mail.take(at);
  if (last !== null) yield last;
}

/**
 * Every mail of an mbox file, in the order of the file: mboxrd and mboxo, with either line end
 * (RFC 4155 and the forms in use beside it). A line that begins with "From" is a separator only
 * with a header below it, and with a date on it or alone after a blank line, so that a careless
 * writer's sentence splits no mail.
 *
 * @throws what the file system says.
 */
export async function* readMbox(path: string, options: MboxOptions = {}): AsyncGenerator<MboxMail> {
  const file = await open(path, 'r');
  try {
    yield* readFrom(file, options);
  } finally {
    await file.close();
  }
}
