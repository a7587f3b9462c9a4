/** Who must not be answered: the rules of RFC 3834 and what practice has added to them. */

import type { Answerability, AutomatedKind, Headers, ParsedMail } from '../domain/message.ts';
import { isAutoReplySubject, isBounceSubject, isReceiptSubject } from './automatic-subjects.ts';
import { callsItselfAutomatic } from './automatic-words.ts';
import { replyRecipient } from './compose.ts';
import { aboutForms } from './contact-form.ts';
import { isMachineAddress, localPart } from './machine-address.ts';
import { comparable } from './own-addresses.ts';

interface Finding {
  kind: AutomatedKind;
  reason: string;
}

type Found = Finding | null;

function found(kind: AutomatedKind, reason: string): Finding {
  return { kind, reason };
}

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
    has(headers, 'x-ms-exchange-inbox-rules-loop') ||
    has(headers, 'x-forwarded-for') ||
    has(headers, 'x-forwarded-to');
  return forwarded && !has(headers, 'x-autoreply');
}

/** RFC 3834, section 5: any value other than `no` marks an automatic message. */
function autoSubmitted({ headers }: ParsedMail): Found {
  const marks = values(headers, 'auto-submitted')
    .map(keyword)
    .filter((mark) => mark !== '' && mark !== 'no');
  const [mark] = marks;
  if (mark === undefined) return null;
  if (mark === 'auto-generated' && isForwardedByRule(headers)) return null;
  const reason = `The sender's system marks it as automatic (Auto-Submitted: ${mark.slice(0, 40)}).`;
  return found(mark === 'auto-replied' ? 'auto_reply' : 'notice', reason);
}

/** RFC 5321, section 4.5.5: notifications carry a null reverse-path, so that nobody answers them. */
function nullReturnPath({ headers, from }: ParsedMail): Found {
  // The last hop writes it on top. Some systems put the null path into From, where none belongs.
  const [path = ''] = values(headers, 'return-path');
  const [sender = ''] = values(headers, 'from');
  const none = /^<\s*>$/;
  return none.test(path.trim()) || (from === null && none.test(sender.trim()))
    ? found('notice', 'It has no return address (Return-Path: <>), as bounces and notices do.')
    : null;
}

/** RFC 3464, RFC 5965 and RFC 8098, or the free words of a mail system; see `readReport`. */
function reportRead({ report }: ParsedMail): Found {
  if (report === null) return null;
  if (report.kind === 'receipt') return found('receipt', 'It is a read receipt.');
  if (report.kind === 'feedback')
    return found('feedback_report', 'It is an abuse report from a mail provider.');
  const failed = report.recipients.filter(({ action }) => action === 'failed').length;
  const delayed = report.recipients.some(({ action }) => action === 'delayed');
  if (failed === 0 && delayed)
    return found('delivery_report', 'It is a delivery report: the mail is delayed.');
  return found('delivery_report', 'It is a delivery report.');
}

/** RFC 6522: reports by their header alone, when their parts are broken or missing. */
function reportMarks({ headers }: ParsedMail): Found {
  const [type = ''] = values(headers, 'content-type');
  if (/^multipart\/report\b/i.test(type.trim())) {
    if (/disposition-notification/i.test(type)) return found('receipt', 'It is a read receipt.');
    if (/feedback-report/i.test(type))
      return found('feedback_report', 'It is an abuse report from a mail provider.');
    return found('delivery_report', 'It is a delivery report.');
  }
  if (/^message\/(?:delivery-status|disposition-notification|feedback-report)\b/i.test(type.trim()))
    return found('delivery_report', 'It is a delivery report.');
  if (has(headers, 'x-abuse-report') || has(headers, 'x-arf'))
    return found('feedback_report', 'It is an abuse report from a mail provider.');
  const marks = ['x-failed-recipients', 'x-ms-exchange-message-is-ndr'];
  return marks.some((name) => has(headers, name))
    ? found('delivery_report', 'It is a delivery report.')
    : null;
}

/** RFC 2076, section 3.9: not a standard, but what mass mail and auto-replies have long set. */
function precedence({ headers }: ParsedMail): Found {
  const [mark] = ['precedence', 'x-precedence', 'preference']
    .flatMap((name) => values(headers, name))
    .map(keyword)
    .filter((value) => ['bulk', 'junk', 'list', 'auto_reply', 'auto-reply'].includes(value));
  if (mark === undefined) return null;
  const reason = `It is mass or automatic mail (Precedence: ${mark}).`;
  return found(mark.startsWith('auto') ? 'auto_reply' : 'mailing_list', reason);
}

/** RFC 2919, RFC 2369 and RFC 8058; then what list software set before them, and sets still. */
const listHeaders =
  /^(?:list-(?:id|unsubscribe|unsubscribe-post|post|help|subscribe|owner|archive)|x-mailing-list|x-mailman-version|x-beenthere|x-mlserver|x-ml-name|x-listserver)$/;

function mailingList({ headers }: ParsedMail): Found {
  return [...headers.keys()].some((name) => listHeaders.test(name))
    ? found('mailing_list', 'It comes from a mailing list or newsletter.')
    : null;
}

/** RFC 5546, section 1.4: messages that calendars exchange. `publish` only shows dates. */
function invitation({ calendarMethod }: ParsedMail): Found {
  if (calendarMethod === null || calendarMethod === 'publish') return null;
  return found(
    'calendar',
    calendarMethod === 'request'
      ? 'It is a calendar invitation.'
      : `It is a message between calendars (${calendarMethod.slice(0, 20)}).`,
  );
}

/** Headers that auto-responders set for themselves; a value such as `no` takes the mark back. */
const autoReplyHeaders = [
  'x-autoreply',
  'x-auto-reply',
  'x-autorespond',
  'x-auto-respond',
  'x-autoresponder',
  'x-auto-responder',
  'x-autoreply-from',
  'x-auto-reply-from',
  'x-autoreply-domain',
  'x-mail-autoreply',
  'x-autogenerated',
  'x-amazon-auto-reply',
  'x-yahoo-autoreply',
  'x-vacation',
  'x-fc-machinegenerated',
];

/** Headers that say it in their value: Apple, Precise Mail, vacation(1), Exchange's rules. */
const autoReplyValues: readonly (readonly [name: string, value: RegExp])[] = [
  ['x-apple-action', /^vacation/i],
  ['x-post-messageclass', /autoresponder/i],
  ['delivered-to', /^autoresponder$/i],
  ['x-mailer', /\b(?:vacation|auto-?respon(?:d|se)|autoreply)/i],
  ['x-ms-exchange-generated-message-source', /mailbox rules agent/i],
  ['x-msmail-messageclass', /ooftemplate|rules\.oof/i],
];

function autoReplyMarks({ headers }: ParsedMail): Found {
  const off = new Set(['no', 'false', '0', 'off', 'none']);
  const named = autoReplyHeaders.some((name) =>
    values(headers, name).some((value) => !off.has(keyword(value))),
  );
  const told = autoReplyValues.some(([name, form]) =>
    values(headers, name).some((value) => form.test(value.slice(0, 200))),
  );
  // Exchange's rules forward customers' mail, too.
  return named || (told && !isForwardedByRule(headers))
    ? found('auto_reply', 'It is an automatic reply.')
    : null;
}

function machineSender(mail: ParsedMail): Found {
  const daemons = /^(?:mailer-?daemon|post[-_.]?master)$/i;
  const address = mail.from?.address ?? '';
  if (isMachineAddress(address)) {
    // A ticket form writes from such an address and names the person in Reply-To.
    const { to } = replyRecipient(mail);
    if (to !== null && !isMachineAddress(to.address)) return null;
    const kind = daemons.test(localPart(address)) ? 'delivery_report' : 'notice';
    return found(kind, 'It was sent from an address where nobody reads replies.');
  }
  // A bounce address in the return path is what newsletters use; only daemons count there.
  return values(mail.headers, 'return-path').some((path) =>
    daemons.test(localPart(path.replace(/[<>\s]/g, ''))),
  )
    ? found('notice', 'It was sent by a mail system.')
    : null;
}

function subjectMark({ subject }: ParsedMail): Found {
  const reason = 'Its subject is that of an automatic reply or a bounce.';
  if (isAutoReplySubject(subject)) return found('auto_reply', reason);
  if (isReceiptSubject(subject)) return found('receipt', reason);
  return isBounceSubject(subject) ? found('delivery_report', reason) : null;
}

function ownWords(mail: ParsedMail): Found {
  // A shop's own contact form says so, too, and names the customer in Reply-To.
  const passedOn =
    mail.replyTo !== null &&
    comparable(mail.replyTo.address) !== comparable(mail.from?.address ?? '');
  return !passedOn && callsItselfAutomatic(mail.newText)
    ? found('auto_reply', 'It says of itself that it was written automatically.')
    : null;
}

/** The rules in the order in which they say most about a mail. */
const rules: readonly ((mail: ParsedMail) => Found)[] = [
  reportRead,
  reportMarks,
  autoReplyMarks,
  autoSubmitted,
  invitation,
  nullReturnPath,
  mailingList,
  precedence,
  machineSender,
  subjectMark,
  ownWords,
];

/**
 * What a mail that a customer wrote through a form may still be. That a system sent it, and whatever
 * that says about itself or the form wrote into the subject, is no sign of an answer by a machine.
 */
const formRules: typeof rules = [
  reportRead,
  reportMarks,
  autoReplyMarks,
  (mail) => {
    const marked = autoSubmitted(mail);
    return marked?.kind === 'auto_reply' ? marked : null;
  },
  invitation,
];

/** The Message-ID of a mail that we sent ourselves; see `newMessageId`. */
function isOwnId(id: string, ownAddresses: readonly string[]): boolean {
  const domains = ownAddresses.map((address) => address.slice(address.lastIndexOf('@')));
  const domain = id.slice(id.lastIndexOf('@'), -1).toLowerCase();
  return id.startsWith('<rw.') && domains.some((own) => own.toLowerCase() === domain);
}

function fromOurselves(mail: ParsedMail, ownAddresses: readonly string[]): Found {
  const own = new Set(ownAddresses.map(comparable));
  if (mail.from !== null && own.has(comparable(mail.from.address)))
    return found('own_mail', 'It comes from our own address.');
  // A forwarder or a list that writes itself into From sends our words back: the way into a loop.
  return mail.messageId !== null && isOwnId(mail.messageId, ownAddresses)
    ? found('own_mail', 'It is our own mail, which came back.')
    : null;
}

/** RFC 5322, section 3.6: exactly one From; two of them show each program another sender. */
function twoSenders(mail: ParsedMail): string | null {
  return values(mail.headers, 'from').length > 1
    ? 'It names more than one sender, so nobody can tell who wrote it.'
    : null;
}

/**
 * Whether a mail may be answered, and if not, why. `automated` and `blocked` mail is filed and
 * shown with the reason, never deleted; a person can call it answerable. Mail without a sender
 * nobody can answer from here: it is quarantined until a person has read it.
 *
 * `X-Auto-Response-Suppress` is no rule: it only asks others not to reply automatically.
 *
 * @param ownAddresses every address that this installation reads or writes from; plus tags and
 *   case do not matter.
 */
export function answerability(mail: ParsedMail, ownAddresses: readonly string[]): Answerability {
  // First: what we sent and got back must never look like a customer.
  const ours = fromOurselves(mail, ownAddresses);
  if (ours !== null) {
    const reason = ours.reason + aboutForms(mail, ownAddresses);
    return { state: 'blocked', kind: ours.kind, reason };
  }
  for (const rule of mail.form === null ? rules : formRules) {
    const automated = rule(mail);
    if (automated === null) continue;
    const hint = rule === machineSender ? aboutForms(mail, ownAddresses) : '';
    return { state: 'automated', ...automated, reason: automated.reason + hint };
  }
  if (mail.from === null) {
    const reason = 'It has no sender that a reply could go to.';
    return { state: 'quarantined', kind: null, reason };
  }
  const stop = twoSenders(mail);
  if (stop !== null) return { state: 'blocked', kind: null, reason: stop };
  return { state: 'answerable', kind: null, reason: null };
}
