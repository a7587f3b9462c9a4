/** Who must not be answered: the rules of RFC 3834 and what practice has added to them. */

import type { Answerability, Headers, ParsedMail } from '../domain/message.ts';
import { isAutomaticSubject } from './automatic-subjects.ts';

type Reason = string | null;

function values(headers: Headers, name: string): readonly string[] {
  return headers.get(name) ?? [];
}

function has(headers: Headers, name: string): boolean {
  return headers.has(name);
}

/** The keyword of a header value such as `auto-replied; owner-email="x"`, in lower case. */
function keyword(value: string): string {
  return (value.split(/[;\s(]/, 1)[0] ?? '').trim().toLowerCase();
}

/**
 * Microsoft stamps mail that a person's rule forwarded or redirected as `auto-generated`
 * (zammad #6025). Its own marks of a redirect, with no mark of an automatic answer, tell.
 */
function isForwardedByRule(headers: Headers): boolean {
  const forwarded =
    has(headers, 'resent-from') ||
    has(headers, 'x-ms-exchange-forwardingloop') ||
    has(headers, 'x-forwarded-for') ||
    has(headers, 'x-forwarded-to');
  return forwarded && !has(headers, 'x-autoreply');
}

/** RFC 3834, section 5: any value other than `no` marks an automatic message. */
function autoSubmitted(headers: Headers): Reason {
  const marks = values(headers, 'auto-submitted')
    .map(keyword)
    .filter((mark) => mark !== '' && mark !== 'no');
  const [mark] = marks;
  if (mark === undefined) return null;
  if (mark === 'auto-generated' && isForwardedByRule(headers)) return null;
  return `The sender's system marks it as automatic (Auto-Submitted: ${mark.slice(0, 40)}).`;
}

/** RFC 5321, section 4.5.5: notifications carry a null reverse-path, so that nobody answers them. */
function nullReturnPath(headers: Headers): Reason {
  // The last hop writes it on top.
  const [path] = values(headers, 'return-path');
  return path !== undefined && /^<\s*>$/.test(path.trim())
    ? 'It has no return address (Return-Path: <>), as bounces and notices do.'
    : null;
}

/** RFC 6522 (multipart/report), RFC 3464 (delivery status), RFC 8098 (read receipts), RFC 5965. */
function report(headers: Headers): Reason {
  const [type = ''] = values(headers, 'content-type');
  if (!/^multipart\/report\b/i.test(type.trim()))
    return /^message\/(?:delivery-status|disposition-notification|feedback-report)\b/i.test(
      type.trim(),
    )
      ? 'It is a delivery report.'
      : null;
  if (/disposition-notification/i.test(type)) return 'It is a read receipt.';
  if (/feedback-report/i.test(type)) return 'It is an abuse report from a mail provider.';
  return 'It is a delivery report.';
}

function bounceMarks(headers: Headers): Reason {
  const marks = ['x-failed-recipients', 'x-ms-exchange-message-is-ndr', 'x-abuse-report', 'x-arf'];
  return marks.some((name) => has(headers, name)) ? 'It is a delivery report.' : null;
}

/** RFC 2076, section 3.9: not a standard, but what mass mail and auto-replies have long set. */
function precedence(headers: Headers): Reason {
  const [found] = values(headers, 'precedence')
    .map(keyword)
    .filter((value) => ['bulk', 'junk', 'list', 'auto_reply'].includes(value));
  return found === undefined ? null : `It is mass or automatic mail (Precedence: ${found}).`;
}

/** RFC 2919 (List-Id) and RFC 2369 (List-Unsubscribe and the others); RFC 3834, section 2. */
function mailingList(headers: Headers): Reason {
  const [found] = [...headers.keys()].filter((name) =>
    /^list-(?:id|unsubscribe|unsubscribe-post|post|help|subscribe|owner|archive)$/.test(name),
  );
  return found === undefined ? null : 'It comes from a mailing list or newsletter.';
}

/** Headers that auto-responders set for themselves, and the values that take them back. */
function autoReplyMarks(headers: Headers): Reason {
  const names = [
    'x-autoreply',
    'x-autorespond',
    'x-autoresponder',
    'x-autoreply-from',
    'x-auto-reply-from',
    'x-mail-autoreply',
    'x-vacation',
  ];
  const off = new Set(['no', 'false', '0', 'off']);
  const marked = names.some((name) =>
    values(headers, name).some((value) => !off.has(keyword(value))),
  );
  const delivered = values(headers, 'delivered-to').some((value) => /^autoresponder$/i.test(value));
  return marked || delivered ? 'It is an automatic reply.' : null;
}

/** Local parts behind which no person reads; compared with the part before a plus or digits. */
const machines =
  /^(?:mailer-?daemon|mail-?daemon|mdaemon|postmaster|mailer|mail-?delivery(?:-?(?:system|subsystem))?|mailerdaemon|bounces?|.*-bounces?|bounce[-+=].*|no[-_.]?reply.*|do[-_.]?not[-_.]?reply.*|.*[-_.]no[-_.]?reply|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre|noresponder|no[-_.]?responder|non[-_.]?rispondere|auto[-_.]?(?:reply|responder|response|mailer|notify)|notifications?|system-notification)$/i;

function machineSender(mail: ParsedMail): Reason {
  const senders = [
    mail.from?.address ?? '',
    ...values(mail.headers, 'return-path').map((path) => path.replace(/[<>\s]/g, '')),
  ];
  const local = (address: string) => address.slice(0, 320).split('@', 1)[0] ?? '';
  if (machines.test(local(senders[0] ?? '')))
    return 'It was sent from an address where nobody reads replies.';
  // A bounce address in the return path is what newsletters use; only daemons count there.
  return senders.slice(1).some((path) => /^(?:mailer-?daemon|postmaster)$/i.test(local(path)))
    ? 'It was sent by a mail system.'
    : null;
}

function subjectMark(mail: ParsedMail): Reason {
  return isAutomaticSubject(mail.subject)
    ? 'Its subject is that of an automatic reply or a bounce.'
    : null;
}

/** The address without its plus tag, in lower case, for comparison only. */
function comparable(address: string): string {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at).toLowerCase().split('+', 1)[0] ?? '';
  return `${local}@${address.slice(at + 1).toLowerCase()}`;
}

function fromOurselves(mail: ParsedMail, ownAddresses: readonly string[]): Reason {
  const own = new Set(ownAddresses.map(comparable));
  return mail.from !== null && own.has(comparable(mail.from.address))
    ? 'It comes from our own address.'
    : null;
}

function noUsableSender(mail: ParsedMail): Reason {
  if (values(mail.headers, 'from').length > 1)
    // RFC 5322, section 3.6: exactly one From; two of them show each program another sender.
    return 'It names more than one sender, so nobody can tell who wrote it.';
  return mail.from === null ? 'It has no sender that a reply could go to.' : null;
}

/**
 * Whether a mail may be answered, and if not, why. `automated` and `blocked` mail is filed and
 * shown with the reason, never deleted; a person can call it answerable.
 *
 * `X-Auto-Response-Suppress` is no rule: it only asks others not to reply automatically.
 *
 * @param ownAddresses every address that this installation reads or writes from; plus tags and
 *   case do not matter.
 */
export function answerability(mail: ParsedMail, ownAddresses: readonly string[]): Answerability {
  const { headers } = mail;
  // First: what we sent and got back must never look like a customer.
  const ours = fromOurselves(mail, ownAddresses);
  if (ours !== null) return { state: 'blocked', reason: ours };
  const automated =
    report(headers) ??
    bounceMarks(headers) ??
    autoSubmitted(headers) ??
    autoReplyMarks(headers) ??
    nullReturnPath(headers) ??
    mailingList(headers) ??
    precedence(headers) ??
    machineSender(mail) ??
    subjectMark(mail);
  if (automated !== null) return { state: 'automated', reason: automated };
  const stop = noUsableSender(mail);
  if (stop !== null) return { state: 'blocked', reason: stop };
  return { state: 'answerable', reason: null };
}
