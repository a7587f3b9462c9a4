/** Parsing: raw bytes become a `ParsedMail`, or one clear error; never anything else. */

import {
  type AddressObject,
  type EmailAddress,
  type Attachment as MailparserAttachment,
  type ParsedMail as MailparserMail,
  simpleParser,
} from 'mailparser';
import { ReplywrightError } from '../domain/errors.ts';
import type { Address, Attachment, Headers, ParsedMail } from '../domain/message.ts';
import { readHeaders } from './header-block.ts';
import { extractNewText } from './quoted-text.ts';
import { readableHtml } from './readable-html.ts';
import { oneLine, wellFormed } from './text-hygiene.ts';
import { messageIdsIn } from './threading.ts';

/** Caps on one mail; beyond them it is quarantined rather than half understood. */
const limits = {
  bytes: 64 * 1024 * 1024,
  /** MIME parts; mailparser itself gives up at about this number. */
  parts: 1000,
  milliseconds: 10_000,
} as const;

/** Caps on what is kept of a readable mail, in UTF-16 units or pieces. */
const kept = {
  text: 1_000_000,
  html: 4_000_000,
  subject: 1000,
  name: 200,
  filename: 200,
  recipients: 500,
  references: 500,
} as const;

function unparsable(detail: string, cause?: unknown): ReplywrightError {
  return new ReplywrightError('mail_unparsable', { detail }, { cause });
}

/** Lines that look like MIME boundaries (RFC 2046, section 5.1.1), counted up to the cap. */
function boundaryLines(raw: Buffer): number {
  let seen = 0;
  for (let at = raw.indexOf('\n--'); at >= 0 && seen <= 20 * limits.parts; seen += 1)
    at = raw.indexOf('\n--', at + 3);
  return seen;
}

async function parseBounded(raw: Buffer): Promise<MailparserMail> {
  if (raw.length > limits.bytes)
    throw unparsable(`it is larger than ${limits.bytes / 1024 / 1024} MB`);
  // A cheap look at the bytes before a parser builds a tree of them.
  if (boundaryLines(raw) > 20 * limits.parts) throw unparsable('it has too many parts');
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(unparsable(`reading it takes longer than ${limits.milliseconds / 1000} s`)),
    limits.milliseconds,
  );
  try {
    const parsing = simpleParser(raw, {
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipTextLinks: true,
      skipImageLinks: true,
      keepCidLinks: true,
    });
    return await Promise.race([parsing, late.promise]);
  } catch (error) {
    if (error instanceof ReplywrightError) throw error;
    const detail = error instanceof Error ? error.message.slice(0, 200) : 'unknown reason';
    throw unparsable(detail, error);
  } finally {
    clearTimeout(timer);
  }
}

/** RFC 5321, section 2.4: only the local part may be case sensitive. */
function toAddress(entry: EmailAddress): Address | null {
  const bare = oneLine(entry.address ?? '', 320);
  const at = bare.lastIndexOf('@');
  if (at < 1 || at === bare.length - 1) return null;
  return {
    name: oneLine(entry.name ?? '', kept.name),
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

const byExtension = new Map([
  ['text/calendar', 'ics'],
  ['message/rfc822', 'eml'],
  ['message/delivery-status', 'txt'],
  ['application/pdf', 'pdf'],
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
]);

/** A name that is safe to show and to save: no folders, no control or bidi characters. */
function fileName(part: MailparserAttachment, index: number): string {
  const given = oneLine(part.filename ?? '', kept.filename)
    .replace(/[/\\]+/g, '_')
    .replace(/^\.+/, '');
  if (given !== '') return given;
  return `attachment-${index + 1}.${byExtension.get(part.contentType) ?? 'bin'}`;
}

function toAttachment(part: MailparserAttachment, index: number): Attachment {
  const contentId = oneLine((part.contentId ?? '').replace(/^<|>$/g, ''), 250);
  return {
    index,
    filename: fileName(part, index),
    contentType: oneLine(part.contentType ?? '', 100) || 'application/octet-stream',
    size: part.size ?? part.content.length,
    contentId: contentId === '' ? null : contentId,
    inline: part.related === true || (part.contentDisposition === 'inline' && contentId !== ''),
  };
}

function firstId(headers: Headers, name: string): string | null {
  return headers.get(name)?.flatMap(messageIdsIn)[0] ?? null;
}

function bodyTexts(mail: MailparserMail): { text: string; html: string | null } {
  const html = typeof mail.html === 'string' ? wellFormed(mail.html, kept.html) : null;
  const plain = wellFormed(mail.text ?? '', kept.text).replace(/\r\n?/g, '\n');
  // Some programs send an empty plain part beside the HTML that says everything.
  const text = plain.trim() === '' && html !== null ? readableHtml(html) : plain;
  return { text: wellFormed(text, kept.text), html };
}

/**
 * Parses one mail. Texts come back without NUL and lone surrogates, with `\n` line ends, and
 * bounded: 1,000,000 characters of text, 4,000,000 of HTML. Attachments are listed without their
 * content; see `attachmentContent`.
 *
 * @param raw the mail as received (RFC 5322 and MIME, RFC 2045 to 2049).
 * @throws ReplywrightError `mail_unparsable`, and never anything else.
 */
export async function parseMail(raw: Buffer): Promise<ParsedMail> {
  const mail = await parseBounded(raw);
  try {
    const headers = readHeaders(raw);
    const { text, html } = bodyTexts(mail);
    const date = mail.date ?? null;
    return {
      headers,
      messageId: firstId(headers, 'message-id'),
      inReplyTo: firstId(headers, 'in-reply-to'),
      references: (headers.get('references') ?? []).flatMap(messageIdsIn).slice(-kept.references),
      from: toAddresses(mail.from)[0] ?? null,
      replyTo: toAddresses(mail.replyTo)[0] ?? null,
      to: toAddresses(mail.to),
      cc: toAddresses(mail.cc),
      subject: oneLine(mail.subject ?? '', kept.subject),
      date: date !== null && Number.isNaN(date.getTime()) ? null : date,
      text,
      html,
      newText: extractNewText(text),
      attachments: mail.attachments.map(toAttachment),
    };
  } catch (error) {
    throw unparsable('its parts contradict each other', error);
  }
}

/**
 * The decoded content of one attachment, for download.
 *
 * @param raw the mail as received.
 * @param index position among the attachments, as in `Attachment.index`.
 * @throws ReplywrightError `mail_unparsable`, or `not_found` when there is no such attachment.
 */
export async function attachmentContent(
  raw: Buffer,
  index: number,
): Promise<{ attachment: Attachment; content: Buffer }> {
  const mail = await parseBounded(raw);
  const part = mail.attachments[index];
  if (part === undefined)
    throw new ReplywrightError('not_found', { what: 'attachment', id: index });
  return { attachment: toAttachment(part, index), content: part.content };
}
