/** Parsing: raw bytes become a `ParsedMail`, or one clear error; never anything else. */

import type { Attachment } from '../domain/attachment.ts';
import { ReplywrightError } from '../domain/errors.ts';
import type { ParsedMail } from '../domain/message.ts';
import { ParseThread } from './parse-thread.ts';
import { type AttachmentContent, readAttachments, readMail, UnreadableMail } from './read-mail.ts';

/** Caps on one mail; beyond them it is quarantined rather than half understood. */
const limits = {
  bytes: 64 * 1024 * 1024,
  /** Lines that look like MIME boundaries. */
  boundaries: 20_000,
  /** For mail that is read in this thread. */
  milliseconds: 10_000,
} as const;

/**
 * Mail up to this size is read in this thread: whatever it holds, it keeps the event loop for 25 ms
 * at most, and the trip to another thread would cost more than most mail. See docs/decisions.md.
 */
const smallBytes = 64 * 1024;

/** The same for mail with a winmail.dat, whose text is packed and swells to eight times its size. */
const smallPackedBytes = 8 * 1024;

/** The type of a winmail.dat, its usual name, and its first bytes in base64. */
const packed = /ms-tnef|winmail\.dat|eJ8\+I/i;

function isSmall(raw: Buffer): boolean {
  if (raw.length > smallBytes) return false;
  return raw.length <= smallPackedBytes || !packed.test(raw.toString('latin1'));
}

/** One for the whole process: two large mails at a time would need twice the memory. */
const thread = new ParseThread();

/** Lines that look like MIME boundaries (RFC 2046, section 5.1.1), counted up to the cap. */
function boundaryLines(raw: Buffer): number {
  let seen = 0;
  for (let at = raw.indexOf('\n--'); at >= 0 && seen <= limits.boundaries; seen += 1)
    at = raw.indexOf('\n--', at + 3);
  return seen;
}

/** A cheap look at the bytes before a parser builds a tree of them. */
function assertBounded(raw: Buffer): void {
  if (raw.length > limits.bytes)
    throw new UnreadableMail(`it is larger than ${limits.bytes / 1024 / 1024} MB`);
  if (boundaryLines(raw) > limits.boundaries) throw new UnreadableMail('it has too many parts');
}

/** A stream that stops half-way for good must not keep the one who waits for it. */
async function inTime<T>(reading: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(
        new UnreadableMail(`reading it takes longer than ${limits.milliseconds / 1000} s`),
      ),
    limits.milliseconds,
  );
  return await Promise.race([reading, late.promise]).finally(() => clearTimeout(timer));
}

/** A mail that cannot be read is one clear error of the catalogue. */
async function orQuarantine<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnreadableMail)) throw error;
    throw new ReplywrightError('mail_unparsable', { detail: error.message }, { cause: error });
  }
}

/**
 * Parses one mail. Texts come back without NUL and lone surrogates, with `\n` line ends, and
 * bounded: 1,000,000 characters of text, 4,000,000 of HTML. Attachments are listed without their
 * content; see `attachmentContents`. Large mail is read in a thread of its own, with caps on time
 * and memory.
 *
 * @param raw the mail as received (RFC 5322 and MIME, RFC 2045 to 2049). A large one is handed over
 *   to the thread, not copied: it must not be used afterwards. One of up to 64 kB stays the caller's.
 * @throws ReplywrightError `mail_unparsable`, and never anything else.
 */
export async function parseMail(raw: Buffer): Promise<ParsedMail> {
  return await orQuarantine(async () => {
    assertBounded(raw);
    if (isSmall(raw)) return await inTime(readMail(raw));
    return await thread.mail(raw.length > smallBytes ? raw : Buffer.from(raw));
  });
}

/**
 * The decoded contents of some attachments, for download or to be shown in place; the mail is read
 * once for all of them.
 *
 * @param raw the mail as received; as with `parseMail`, not to be used afterwards.
 * @param indexes as in `Attachment.index`.
 * @param mostBytes of each, from the front; what lies behind streams by and is not held.
 * @returns those that are there, in their order in the mail.
 * @throws ReplywrightError `mail_unparsable`.
 */
export async function attachmentContents(
  raw: Buffer,
  indexes: readonly number[],
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<AttachmentContent[]> {
  return await orQuarantine(async () => {
    assertBounded(raw);
    if (raw.length <= smallBytes) return await inTime(readAttachments(raw, indexes, mostBytes));
    return await thread.attachments(raw, indexes, mostBytes);
  });
}

/**
 * The decoded content of one attachment, for download.
 *
 * @throws ReplywrightError `mail_unparsable`, or `not_found` when there is no such attachment.
 */
export async function attachmentContent(
  raw: Buffer,
  index: number,
): Promise<{ attachment: Attachment; content: Buffer }> {
  const [found] = await attachmentContents(raw, [index]);
  if (found === undefined)
    throw new ReplywrightError('not_found', { what: 'attachment', id: index });
  const { buffer, byteOffset, byteLength } = found.content;
  return { attachment: found.attachment, content: Buffer.from(buffer, byteOffset, byteLength) };
}
