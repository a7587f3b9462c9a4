/** Reading: raw bytes become a `ParsedMail` in the thread that asks; see `parse.ts` for the caps. */

import type { AddressObject, EmailAddress } from 'mailparser';
import type { Attachment } from '../domain/attachment.ts';
import type { Address, Headers, ParsedMail } from '../domain/message.ts';
import { decodeText, undoLatin1 } from './charset.ts';
import { readHeaders, withReadableHead } from './header-block.ts';
import { outlookText } from './outlook-text.ts';
import { extractNewHtmlText } from './quoted-html.ts';
import { extractNewText } from './quoted-text.ts';
import type { Keep, ReadAttachment, UnpackedFile } from './read-attachment.ts';
import { type ReadParts, readParts } from './read-parts.ts';
import { isReportPart, readReport } from './read-report.ts';
import { readableHtml } from './readable-html.ts';
import { oneLine, wellFormed } from './text-hygiene.ts';
import { messageIdsIn } from './threading.ts';

/** Attachments of one mail; beyond them it is quarantined rather than half understood. */
const maxAttachments = 1000;

/** Caps on what is kept of a readable mail, in UTF-16 units or pieces. */
const kept = {
  text: 1_000_000,
  html: 4_000_000,
  subject: 1000,
  name: 200,
  contentId: 250,
  recipients: 500,
  references: 500,
  /** Bytes of a part that says what the mail is: a report, an invitation. */
  tellingPart: 64 * 1024,
  /** Bytes of a mail whose structure cannot be read. */
  brokenBody: 512 * 1024,
} as const;

/** A mail that cannot be read; its message says why, to be put after "because". */
export class UnreadableMail extends Error {
  override name = 'UnreadableMail';
}

/** RFC 5321, section 2.4: only the local part may be case sensitive. */
function toAddress(entry: EmailAddress): Address | null {
  const bare = oneLine(entry.address ?? '', 320);
  const at = bare.lastIndexOf('@');
  if (at < 1 || at === bare.length - 1) return null;
  return {
    name: oneLine(undoLatin1(entry.name ?? ''), kept.name),
    address: `${bare.slice(0, at)}@${bare.slice(at + 1).toLowerCase()}`,
  };
}

function toAddresses(value: AddressObject | AddressObject[] | undefined): Address[] {
  const entries = [value ?? []].flat().flatMap((object) => object.value ?? []);
  // RFC 5322, section 3.4: a group holds addresses one level down.
  return entries
    .slice(0, kept.recipients)
    .flatMap((entry) => entry.group ?? [entry])
    .slice(0, kept.recipients)
    .flatMap((entry) => toAddress(entry) ?? []);
}

/** The facts of a file that are stored. */
function stored(file: ReadAttachment | UnpackedFile) {
  const { filename, size, format, concerns, pixels, inside } = file;
  const contentType = oneLine(file.contentType, 100) || 'application/octet-stream';
  return { filename, contentType, size, format, concerns, pixels, inside };
}

function contentIdOf(given: string | null | undefined): string | null {
  return oneLine((given ?? '').replace(/^<|>$/g, ''), kept.contentId) || null;
}

function toAttachment(read: ReadAttachment, index: number): Attachment {
  const { part } = read;
  const contentId = contentIdOf(part.contentId);
  const inline =
    part.related === true || (part.contentDisposition === 'inline' && contentId !== null);
  return { ...stored(read), index, contentId, inline, container: null };
}

/** An attachment and its content, as much of it as was asked for. */
interface ListedFile {
  attachment: Attachment;
  content: Buffer;
}

/** Some gateways leave the files in the mail that they also put into the container. */
function isTwin(file: UnpackedFile, parts: readonly ReadAttachment[]): boolean {
  return parts.some(({ filename, size }) => filename === file.filename && size === file.size);
}

/** The parts, and after them what was unpacked from them. */
function listed(parts: readonly ReadAttachment[]): ListedFile[] {
  const ordinary = parts.map((read, index) => ({
    attachment: toAttachment(read, index),
    content: read.content,
  }));
  const unpacked = parts.flatMap((container) =>
    container.unpacked
      .filter((file) => !isTwin(file, parts))
      .map((file) => {
        const contentId = contentIdOf(file.contentId);
        const rest = { index: file.index, contentId, inline: false, container: container.filename };
        return { attachment: { ...stored(file), ...rest }, content: file.content };
      }),
  );
  return [...ordinary, ...unpacked];
}

function firstId(headers: Headers, name: string): string | null {
  return headers.get(name)?.flatMap(messageIdsIn)[0] ?? null;
}

function bodyTexts(parts: ReadParts): { text: string; html: string | null; newText: string } {
  const html = parts.html === null ? null : wellFormed(parts.html, kept.html);
  const plain = wellFormed(parts.text, kept.text).replace(/\r\n?/g, '\n');
  if (plain.trim() === '' && html === null) {
    const inside = outlookText(parts.attachments);
    if (inside !== null) return bodyTexts({ ...parts, ...inside, attachments: [] });
  }
  // Some programs send an empty plain part beside the HTML that says everything.
  if (plain.trim() !== '' || html === null)
    return { text: plain, html, newText: extractNewText(plain) };
  const text = wellFormed(readableHtml(html), kept.text);
  return { text, html, newText: extractNewHtmlText(html) };
}

/** RFC 5546, section 3.2: what an invitation or an answer to one wants; null where there is none. */
function calendarMethod(attachments: readonly ReadAttachment[]): string | null {
  for (const { part, content } of attachments) {
    if (part.contentType !== 'text/calendar') continue;
    const method = /^METHOD[^:\r\n]{0,100}:\s*([A-Z]{1,20})/im.exec(
      content.toString('latin1'),
    )?.[1];
    if (method !== undefined) return method.toLowerCase();
  }
  return null;
}

function keptBytes(contentType: string): number {
  return contentType === 'text/calendar' || isReportPart(contentType) ? kept.tellingPart : 0;
}

/** Why the library gave up, in words for whoever reads the desk. */
function reasonOf(error: unknown): string {
  const told = error instanceof Error ? error.message : '';
  if (told.startsWith('it has ')) return told;
  return /child nodes|nested|depth/i.test(told)
    ? 'it has more parts than any mail program makes'
    : 'its structure is broken';
}

async function partsOf(raw: Buffer, keep: Keep): Promise<ReadParts> {
  try {
    return await readParts(raw, keep, maxAttachments);
  } catch (error) {
    throw new UnreadableMail(reasonOf(error), { cause: error });
  }
}

/** Without one of these, the lines before the first empty one are no header. */
const commonFields = ['from', 'to', 'subject', 'date', 'received', 'message-id', 'content-type'];

/**
 * The body as it came, where its structure is too broken for any part to be found: rather raw text
 * than a mail that looks empty.
 */
function wholeBody(raw: Buffer, headers: Headers, { text, html, attachments }: ReadParts): string {
  if (text.trim() !== '' || html !== null || attachments.length > 0) return text;
  const start = raw.subarray(0, kept.brokenBody);
  const [, body] = withReadableHead(start);
  const isMail = commonFields.some((name) => headers.has(name));
  const whole = decodeText(isMail ? body : start, null);
  return whole.trim() === '' ? '' : whole;
}

function toMail(raw: Buffer, parts: ReadParts): ParsedMail {
  const headers = readHeaders(raw);
  const { text, html, newText } = bodyTexts({ ...parts, text: wholeBody(raw, headers, parts) });
  const { attachments, tree } = parts;
  const named = (name: string) => parts.headers?.get(name) as AddressObject | undefined;
  const date = parts.headers?.get('date');
  const subject = oneLine(headers.get('subject')?.[0] ?? '', kept.subject);
  return {
    headers,
    messageId: firstId(headers, 'message-id'),
    inReplyTo: firstId(headers, 'in-reply-to'),
    references: (headers.get('references') ?? []).flatMap(messageIdsIn).slice(-kept.references),
    from: toAddresses(named('from'))[0] ?? null,
    replyTo: toAddresses(named('reply-to'))[0] ?? null,
    form: null,
    to: toAddresses(named('to')),
    cc: toAddresses(named('cc')),
    subject,
    date: date instanceof Date && !Number.isNaN(date.getTime()) ? date : null,
    text,
    html,
    newText,
    attachments: listed(attachments).map(({ attachment }) => attachment),
    report: readReport({ headers, subject, text, tree, attachments }),
    calendarMethod: calendarMethod(attachments),
  };
}

/**
 * Reads one mail in this thread, without caps on time and memory; see `parseMail`.
 *
 * @throws UnreadableMail, and nothing else.
 */
export async function readMail(raw: Buffer): Promise<ParsedMail> {
  const parts = await partsOf(raw, keptBytes);
  try {
    return toMail(raw, parts);
  } catch (error) {
    throw new UnreadableMail('its parts contradict each other', { cause: error });
  }
}

/** One attachment with its decoded content. */
export interface AttachmentContent {
  attachment: Attachment;
  content: Uint8Array;
}

/**
 * The decoded contents of some attachments, read in this thread; see `attachmentContents`.
 *
 * @throws UnreadableMail, and nothing else.
 */
export async function readAttachments(
  raw: Buffer,
  indexes: readonly number[],
  mostBytes: number,
): Promise<AttachmentContent[]> {
  const wanted = new Set(indexes);
  const { attachments } = await partsOf(raw, (_type, index) => (wanted.has(index) ? mostBytes : 0));
  return listed(attachments).filter(({ attachment }) => wanted.has(attachment.index));
}
