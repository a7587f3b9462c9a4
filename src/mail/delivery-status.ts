/** The machine-readable parts of reports: delivery status, feedback, read receipts. */

import type {
  DeliveryReport,
  FeedbackReport,
  ReadReceipt,
  ReportedAction,
  ReportedRecipient,
} from '../domain/report.ts';
import { readFields } from './header-block.ts';
import { oneLine } from './text-hygiene.ts';
import { messageIdsIn } from './threading.ts';

type Fields = ReadonlyMap<string, readonly string[]>;

/** More recipients than one mail of ours ever has. */
export const maxRecipients = 100;

const maxGroups = 500;
const maxDiagnostic = 500;

const actions = new Set<string>(['failed', 'delayed', 'delivered', 'relayed', 'expanded']);

function first(fields: Fields, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = fields.get(name)?.[0]?.trim();
    if (value !== undefined && value !== '') return value;
  }
  return null;
}

/** What stands behind the type of a typed field: `rfc822; a@b` (RFC 3464, section 2.1.2). */
function untyped(value: string): string {
  const semicolon = value.indexOf(';');
  return (semicolon < 0 || semicolon > 40 ? value : value.slice(semicolon + 1)).trim();
}

/**
 * The bare address in whatever a mail system wrote around it, lower case in the domain.
 *
 * @returns null when there is none.
 */
export function reportedAddress(value: string): string | null {
  const text = oneLine(value.replace(/=(?:3C|3E)/gi, ' '), 400);
  const bracketed = /<([^<>\s]{1,256}@[^<>\s@]{1,255})>/.exec(text)?.[1];
  const bare =
    bracketed ??
    /[^\s<>()[\]:;,"'`]{1,64}@[a-z0-9](?:[a-z0-9._-]{0,250}[a-z0-9])?/i.exec(text)?.[0];
  if (bare === undefined) return null;
  const at = bare.lastIndexOf('@');
  return `${bare.slice(0, at).replace(/^(?:smtp|mailto|rfc822)[:;]/i, '')}@${bare.slice(at + 1).toLowerCase()}`;
}

/** RFC 3463, section 2: class, subject, detail. */
export function statusIn(value: string | null): string | null {
  return /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/.exec(value ?? '')?.[1] ?? null;
}

function actionOf(value: string | null, status: string | null): ReportedAction | null {
  const word = /^[a-z]+/.exec((value ?? '').toLowerCase())?.[0] ?? '';
  if (actions.has(word)) return word as ReportedAction;
  // Not in the standard, but written: `Action: fail`, `Action: permanent-failure`, `delay`.
  if (/^(?:fail|perm|expir|undeliver|reject|bounce)/.test(word)) return 'failed';
  if (/^(?:delay|warn|transient)/.test(word)) return 'delayed';
  if (status === null) return value === null ? null : 'failed';
  return status.startsWith('2') ? 'delivered' : status.startsWith('4') ? 'delayed' : 'failed';
}

function recipientOf(fields: Fields): ReportedRecipient | null {
  const final = first(fields, 'final-recipient', 'x-actual-recipient');
  const original = first(fields, 'original-recipient');
  const addressOf = (value: string | null) =>
    value === null ? null : reportedAddress(untyped(value));
  const address = addressOf(final) ?? addressOf(original);
  if (address === null) return null;
  const diagnostic = first(fields, 'diagnostic-code', 'x-notes-diagnostic', 'x-supplementary-info');
  const words = diagnostic === null ? null : oneLine(untyped(diagnostic), maxDiagnostic);
  const status = statusIn(first(fields, 'status')) ?? statusIn(words);
  const action = actionOf(first(fields, 'action'), status);
  if (action === null) return null;
  const meant = addressOf(original);
  return {
    address,
    originalAddress: meant === address ? null : meant,
    action,
    status,
    diagnostic: words === '' ? null : words,
  };
}

/** Groups of fields, an empty line between two of them (RFC 3464, section 2.1). */
function groupsOf(text: string): Fields[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/, maxGroups)
    .map((group) => readFields(group));
}

/**
 * What a `message/delivery-status` part says. Fields of a recipient count wherever they stand:
 * some systems leave out the empty line after the fields of the message.
 *
 * @param text the content of the part; text around the fields does no harm.
 */
export function readDeliveryStatus(
  text: string,
): Pick<DeliveryReport, 'recipients' | 'originalMessageId' | 'reportingServer'> {
  const groups = groupsOf(text);
  const found = new Map<string, ReportedRecipient>();
  for (const recipient of groups.map(recipientOf))
    if (recipient !== null && found.size < maxRecipients && !found.has(recipient.address))
      found.set(recipient.address, recipient);
  const server = groups.map((fields) => first(fields, 'reporting-mta')).find((mta) => mta !== null);
  // Not in RFC 3464, but some systems are kind enough.
  const ids = groups.flatMap(
    (fields) => first(fields, 'original-message-id', 'x-original-message-id') ?? [],
  );
  return {
    recipients: [...found.values()],
    originalMessageId: ids.flatMap(messageIdsIn)[0] ?? null,
    reportingServer: server === undefined || server === null ? null : oneLine(untyped(server), 255),
  };
}

/** What a `message/feedback-report` part says (RFC 5965, section 3). */
export function readFeedback(text: string): FeedbackReport {
  const fields = new Map(groupsOf(text).flatMap((group) => [...group]));
  const recipients = (fields.get('original-rcpt-to') ?? fields.get('removal-recipient') ?? [])
    .flatMap((value) => reportedAddress(value) ?? [])
    .slice(0, maxRecipients);
  const mailFrom = first(fields, 'original-mail-from');
  const line = (name: string) => {
    const value = first(fields, name);
    return value === null ? null : oneLine(value, 255);
  };
  return {
    kind: 'feedback',
    feedbackType: oneLine(first(fields, 'feedback-type') ?? 'other', 40).toLowerCase(),
    recipients,
    originalMailFrom: mailFrom === null ? null : reportedAddress(mailFrom),
    originalMessageId: messageIdsIn(first(fields, 'original-message-id') ?? '')[0] ?? null,
    sourceIp: line('source-ip'),
    reportedDomain: line('reported-domain'),
  };
}

/** What a `message/disposition-notification` part says (RFC 8098, section 3.1). */
export function readReceipt(text: string): ReadReceipt {
  const fields = new Map(groupsOf(text).flatMap((group) => [...group]));
  const recipient = first(fields, 'final-recipient', 'original-recipient');
  const disposition = first(fields, 'disposition') ?? '';
  // RFC 8098, section 3.2.6: `manual-action/MDN-sent-manually; displayed/error`.
  const type = /^[a-z]+/.exec(
    disposition
      .slice(disposition.indexOf(';') + 1)
      .trim()
      .toLowerCase(),
  );
  return {
    kind: 'receipt',
    recipient: recipient === null ? null : reportedAddress(untyped(recipient)),
    disposition: type?.[0] ?? 'displayed',
    originalMessageId: messageIdsIn(first(fields, 'original-message-id') ?? '')[0] ?? null,
  };
}
