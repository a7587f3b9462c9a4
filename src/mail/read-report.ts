/** Reports: tells whether a mail is a bounce, a complaint or a receipt, and what it reports. */

import type { Headers } from '../domain/message.ts';
import type { DeliveryReport, MailReport, ReportedRecipient } from '../domain/report.ts';
import { bouncedRecipients, isBounceText } from './bounce-text.ts';
import {
  maxRecipients,
  readDeliveryStatus,
  readFeedback,
  readReceipt,
  reportedAddress,
} from './delivery-status.ts';
import { readHeaders } from './header-block.ts';
import type { ReadAttachment } from './read-attachment.ts';
import type { PartNode } from './read-parts.ts';
import { messageIdsIn } from './threading.ts';

/** The parts of a mail that reports are made of. */
export interface ReportParts {
  headers: Headers;
  subject: string;
  text: string;
  tree: PartNode | null;
  attachments: readonly ReadAttachment[];
}

/** Types whose first bytes `readReport` looks at. */
const told =
  /^(?:message\/(?:global-)?(?:delivery-status|disposition-notification|headers)|message\/(?:feedback-report|rfc822|global)|text\/(?:rfc822-headers|rfc822))$/;

/** True for an attachment whose content `readReport` needs. */
export function isReportPart(contentType: string): boolean {
  return told.test(contentType);
}

/** Everything that is part of the mail itself, and not of a mail inside it. */
function ownNodes(node: PartNode): PartNode[] {
  const inside = node.contentType === 'message/rfc822' ? [] : node.children;
  return [node, ...inside.flatMap(ownNodes)];
}

function embeddedNodes(node: PartNode): PartNode[] {
  const here = node.contentType === 'message/rfc822' ? node.children : [];
  return [...here, ...node.children.flatMap(embeddedNodes)];
}

function contentOf(parts: ReportParts, type: RegExp): string[] {
  return parts.attachments
    .filter(({ part }) => type.test(part.contentType))
    .map(({ content }) => content.toString('utf8'));
}

/** The content of the delivery status parts: mailparser takes the old type for text. */
function statusTexts(parts: ReportParts): string[] {
  const asText = (parts.tree === null ? [] : ownNodes(parts.tree))
    .filter((node) => node.contentType === 'message/delivery-status')
    .map((node) => node.textContent ?? '');
  return [...asText, ...contentOf(parts, /^message\/(?:global-)?delivery-status$/)];
}

function firstId(value: unknown): string | null {
  return typeof value === 'string' ? (messageIdsIn(value)[0] ?? null) : null;
}

/** The Message-ID of the mail that came back: attached, as its header alone, or in the text. */
function returnedMessageId(parts: ReportParts): string | null {
  const { tree, text, headers } = parts;
  for (const node of tree === null ? [] : embeddedNodes(tree)) {
    const id = firstId(node.headers.get('message-id'));
    if (id !== null) return id;
  }
  for (const { part, content } of parts.attachments) {
    if (!/rfc822|global$|global-headers/.test(part.contentType)) continue;
    const id = firstId(readHeaders(content).get('message-id')?.[0]);
    if (id !== null) return id;
  }
  // Old systems quote the mail below their own words, some of them indented.
  const line = text
    .slice(0, 200_000)
    .split('\n')
    .find((candidate) => /^[>\s]{0,8}message-id\s*:\s*</i.test(candidate));
  return firstId(line) ?? firstId(headers.get('in-reply-to')?.[0]);
}

/** Marks of a bounce in the header, apart from RFC 3464: exim, Exchange, and the daemons. */
function hasBounceHeader({ headers }: ReportParts): boolean {
  return ['x-failed-recipients', 'x-ms-exchange-message-is-ndr'].some((name) => headers.has(name));
}

function senderOf(headers: Headers): string {
  return headers.get('from')?.[0]?.slice(0, 400) ?? '';
}

function isDaemon(parts: ReportParts): boolean {
  return /mailer-?daemon|mail ?delivery ?(?:sub)?system|postmaster@/i.test(senderOf(parts.headers));
}

function bounceIn(parts: ReportParts): boolean {
  const { subject, text } = parts;
  const attached =
    contentOf(parts, /rfc822/).length > 0 ||
    (parts.tree !== null && embeddedNodes(parts.tree).length > 0);
  return isBounceText({ subject, text, sender: senderOf(parts.headers) }, attached);
}

/** Mail to oneself bounces, too: then the failed recipient is the one who reads this. */
function spokenOf(text: string, own: ReadonlySet<string>): ReportedRecipient[] {
  const others = bouncedRecipients(text, own);
  return others.length > 0 ? others : bouncedRecipients(text, new Set());
}

/** A delivery report without the parts of RFC 3464: the facts stand in its header and words. */
function fromWords(parts: ReportParts): DeliveryReport {
  const { headers, text } = parts;
  const own = [headers.get('to')?.[0], headers.get('from')?.[0]]
    .flatMap((value) => reportedAddress(value ?? '') ?? [])
    .map((address) => address.toLowerCase());
  // The fields of RFC 3464 also come as plain text, where a system broke its own MIME.
  const asFields = readDeliveryStatus(text.slice(0, 64 * 1024));
  const named = (headers.get('x-failed-recipients') ?? [])
    .flatMap((value) => value.split(','))
    .flatMap((value) => reportedAddress(value) ?? [])
    .slice(0, maxRecipients);
  const spoken =
    asFields.recipients.length > 0 ? asFields.recipients : spokenOf(text, new Set(own));
  const [words] = spoken;
  const recipients = named.map(
    (address) =>
      spoken.find((recipient) => recipient.address === address) ?? {
        address,
        originalAddress: null,
        action: words?.action ?? 'failed',
        status: words?.status ?? null,
        diagnostic: words?.diagnostic ?? null,
      },
  );
  return {
    kind: 'delivery',
    recipients: recipients.length > 0 ? recipients : spoken,
    originalMessageId: asFields.originalMessageId ?? returnedMessageId(parts),
    reportingServer: asFields.reportingServer,
    standard: false,
  };
}

/** Feedback that comes as a header of the mail or in its words, as some providers still send it. */
function feedbackIn(parts: ReportParts): MailReport | null {
  const [text] = contentOf(parts, /^message\/feedback-report$/);
  const inWords =
    text === undefined && /^feedback-type\s*:/im.test(parts.text.slice(0, 20_000))
      ? parts.text.slice(0, 64 * 1024)
      : undefined;
  const found = text ?? inWords;
  if (found === undefined) return null;
  const report = readFeedback(found);
  return { ...report, originalMessageId: report.originalMessageId ?? returnedMessageId(parts) };
}

/**
 * What a mail reports, by RFC 3464, RFC 5965, RFC 8098, or in the free words of a mail system.
 *
 * @returns null for mail that is no report.
 */
export function readReport(parts: ReportParts): MailReport | null {
  const type = parts.headers.get('content-type')?.[0]?.toLowerCase() ?? '';
  const feedback = feedbackIn(parts);
  if (feedback !== null) return feedback;
  const [receipt] = contentOf(parts, /^message\/(?:global-)?disposition-notification$/);
  if (receipt !== undefined) return readReceipt(receipt);
  const status = statusTexts(parts);
  if (status.length > 0) {
    const found = readDeliveryStatus(status.join('\n\n'));
    if (found.recipients.length === 0)
      return { ...fromWords(parts), reportingServer: found.reportingServer };
    const originalMessageId = found.originalMessageId ?? returnedMessageId(parts);
    return { kind: 'delivery', ...found, originalMessageId, standard: true };
  }
  const reportType = /report-type="?delivery-status/.test(type);
  if (reportType || hasBounceHeader(parts) || bounceIn(parts)) return fromWords(parts);
  if (!isDaemon(parts)) return null;
  const words = fromWords(parts);
  return words.recipients.length > 0 ? words : null;
}
