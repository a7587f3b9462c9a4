/** Bounces in free text: whether a mail system is speaking, about whom, and why it failed. */

import type { ReportedRecipient } from '../domain/report.ts';
import { failurePhrases } from './bounce-phrases.ts';
import { maxRecipients, reportedAddress, statusIn } from './delivery-status.ts';
import { oneLine } from './text-hygiene.ts';

/** What is looked at: notices are short, and what follows is the mail that came back. */
const caps = { lines: 200, line: 300, opening: 15, firstWords: 4 } as const;

/** What is known of a mail before its text is looked at. */
export interface Letter {
  subject: string;
  /** Display name and address of the sender; empty when there is none. */
  sender: string;
  text: string;
}

/** Lower case, no accents (old systems write none), straight apostrophes, one form of space. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[\u2018\u2019`´]/g, "'")
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

const phrases = failurePhrases.map(folded);

function saysFailure(text: string): boolean {
  const plain = folded(text);
  return phrases.some((phrase) => plain.includes(phrase));
}

/** RFC 5321, section 4.2, with or without RFC 2034: what an SMTP server answered. */
const smtpReply =
  /(?:^|[\s(:;>"'])(?:[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|(?:5[0-5]\d|4[25]\d)[ -][^\d].{0,80}(?:mailbox|recipient|relay|quota|rejected|no such|not taken|unknown user|user unknown|unavailable|blocked)|#?[45]\.[0-7]\.\d{1,2}\b.{0,60}(?:smtp|mailbox|recipient|unknown|x\.400))/i;

const protocol =
  /rcpt to ?:|smtp error|remote host said|while talking to|transcript of session|(?:reporting-mta|final-recipient|diagnostic-code) ?:|status: [45]\.|said: [45]\d\d|smtp;/i;

const loneAddress =
  /^[\s*\-•]*(?:(?:to|rcpt|recipient|user|for|addr(?:ess)?)\s*:\s*)?(?:"[^"<>]{0,100}"\s?)?["'(]?<?[^\s<>()[\]:;,"'@]{1,64}@[a-z0-9.-]{1,255}>?["')]?[.:,;]{0,4}\s*(?:\(.{0,120}\))?$/i;

/** A field of a returned header block. */
const headerLine =
  /^\s{0,8}(?:received|message-id|return-path|mime-version|content-type|from|to|subject|date|x-[\w-]{1,40})\s*:/i;

/** A person shows us a bounce: the words of the system come after the person's. */
const forwarded =
  /^\s*(?:-{2,}\s*)?(?:begin forwarded message|forwarded message|original[- ]?nachricht|weitergeleitete nachricht|message transf[ée]r[ée]|mensaje reenviado)/i;

const systemSender =
  /post.?master|mail.{0,3}(?:delivery|administrator|system|robot|server)|delivery.{0,3}(?:sub)?system|daemon|mta\b|system.?administrator|mailadmin|maildelivery|antispam|gateway|(?:^|[\s<])(?:mail|mailer|bounces?|root|admin|smtp)@/i;

const deliverySubject =
  /deliver|undeliver|bounce|returned|failure notice|nondeliver|non remis|zustell|recapit|entreg|consegn|배달|退信|配信|доставк/i;

/** A field that only a real header block has: quoted history shows sender, date and subject. */
const technicalLine = /^\s{0,8}(?:received|message-id|return-path|mime-version|x-[\w-]{1,40})\s*:/i;

/** What a person never says of a parcel. */
const yourMail =
  /(?:your|the|this|following|original) ?(?:e-?mail|message|mail)|(?:ihre|die|diese) (?:e-?mail|nachricht)|(?:votre|le|ce) (?:message|courriel|mail)|(?:su|tu|el) (?:mensaje|correo)|(?:il|tuo|suo) messaggio|(?:sua|a) mensagem|uw (?:bericht|e-?mail)|wiadomosc|сообщение|письмо|メール|邮件|郵件|메일/;

/** Quoted from an earlier mail; `>>>` is how sendmail shows what it said itself. */
function isQuoted(line: string): boolean {
  return /^\s*>(?!>> )/.test(line);
}

interface Notice {
  lines: string[];
  /** True where the text goes on with the header of the mail that came back. */
  returned: boolean;
  forwarded: boolean;
}

/** The words of the mail system: all lines up to the mail that came back, without empty ones. */
function noticeOf(text: string): Notice {
  const all = text.slice(0, caps.lines * caps.line).split('\n', caps.lines);
  const lines = all.map((line) => line.slice(0, caps.line)).filter((line) => line.trim() !== '');
  const isForwarded = lines.some((line) => forwarded.test(line));
  for (let at = 0; at + 2 < lines.length; at += 1) {
    if (![0, 1, 2].every((offset) => headerLine.test(lines[at + offset] ?? ''))) continue;
    if (!lines.slice(at, at + 20).some((line) => technicalLine.test(line))) continue;
    return { lines: lines.slice(0, at), returned: at > 0, forwarded: isForwarded };
  }
  return { lines, returned: false, forwarded: isForwarded };
}

/**
 * True when the text of a mail is a mail system's report that mail could not be delivered. It says
 * so in its opening lines and shows what only such reports show: an answer of SMTP or the header of
 * the returned mail, with the subject or first words of a system; or less, from a system's address.
 * A customer whose parcel was not delivered, or who shows us a bounce, is none.
 *
 * @param attached whether the mail carries another mail, or the header of one.
 */
export function isBounceText({ subject, sender, text }: Letter, attached: boolean): boolean {
  const { lines, returned, forwarded: shownByPerson } = noticeOf(text);
  if (shownByPerson || /^\s*(?:fwd?|wg|tr|rv|i)\s*:/i.test(subject)) return false;
  if (isQuoted(lines[0] ?? '')) return false;
  const opening = lines.filter((line) => !isQuoted(line)).slice(0, caps.opening);
  const strong = returned || lines.some((line) => smtpReply.test(line) || protocol.test(line));
  const weak = attached || opening.some((line) => line.includes('@') && loneAddress.test(line));
  // Last what costs most: nearly every mail shows none of this.
  if (!(strong || weak) || !saysFailure(opening.join(' '))) return false;
  if (systemSender.test(sender)) return true;
  const first = opening.slice(0, caps.firstWords).join(' ');
  const firstSay = saysFailure(first);
  if (strong) return firstSay || saysFailure(subject) || deliverySubject.test(subject);
  return firstSay && saysFailure(subject) && yourMail.test(folded(first));
}

interface Found {
  address: string;
  /** Line of the notice on which it stands. */
  at: number;
}

/** Where mail systems write whom they are about, the surest places first. */
const places: readonly RegExp[] = [
  /(?:rcpt to|final-recipient|original-recipient|failed recipient|recipient(?: address)?)\s*:?\s*(?:rfc822;)?\s*(.+)/i,
  /^[\s*\-•]*(<[^<>\s]{1,256}@[^<>\s]{1,255}>.*)$/,
  /^[\s*\-•]*["'(]?([^\s<>()[\]:;,"'@]{1,64}@[a-z0-9.-]{1,255})(?=[\s.:,;)"'>]|$)/i,
  /[45]\d\d[ -].{0,120}?<?([^\s<>()[\]:;,"'@]{1,64}@[a-z0-9.-]{1,255})/i,
  /([^\s<>()[\]:;,"'@]{1,64}@[a-z0-9.-]{1,255})/i,
];

function addressesAt(lines: readonly string[], place: RegExp, not: ReadonlySet<string>): Found[] {
  const found: Found[] = [];
  const known = new Set(not);
  for (const [at, line] of lines.entries()) {
    const address = reportedAddress(place.exec(line)?.[1] ?? '');
    if (address === null || known.has(address.toLowerCase())) continue;
    known.add(address.toLowerCase());
    found.push({ address, at });
  }
  return found.slice(0, maxRecipients);
}

/** The server's words on a recipient: on its own line or on one of the next few. */
function diagnosticNear(lines: readonly string[], at: number): string | null {
  const near = lines.slice(at, at + 6).find((line) => smtpReply.test(line));
  const any = near ?? lines.find((line) => smtpReply.test(line));
  return any === undefined ? null : oneLine(any, 500);
}

/** "Still trying" is not "failed" (RFC 3464, section 2.3.3). */
const delay =
  /delayed|still trying|will (?:keep|continue) trying|keep trying|not yet been delivered|warning message only|temporar(?:y|ily)|verzogert|retarde/;

/**
 * Whom a bounce in free text is about, and what the other server said.
 *
 * @param not addresses that are not failed recipients: the mail's own sender and recipients.
 */
export function bouncedRecipients(text: string, not: ReadonlySet<string>): ReportedRecipient[] {
  const { lines } = noticeOf(text);
  const found = places
    .map((place) => addressesAt(lines, place, not))
    .find((some) => some.length > 0);
  return (found ?? []).map(({ address, at }) => {
    const diagnostic = diagnosticNear(lines, at);
    const status = statusIn(diagnostic);
    const delayed =
      status?.startsWith('4') ?? delay.test(folded(lines.slice(0, caps.opening).join(' ')));
    const action = delayed ? 'delayed' : 'failed';
    return { address, originalAddress: null, action, status, diagnostic };
  });
}
