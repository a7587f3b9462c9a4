/** Threading: which earlier messages a mail says it answers, and its subject without prefixes. */

import type { ParsedMail } from '../domain/message.ts';

/** More than any real exchange holds; a bomb of 50,000 references must not cost us 50,000 look-ups. */
const maxIds = 100;

/** RFC 5322, section 2.1.1: no line is longer than 998 octets, so no honest id is either. */
const maxIdLength = 900;

/**
 * RFC 5322, section 3.6.4: `<left@right>`. Looser on the characters than the grammar, because real
 * senders are, but never white space, control characters or a second bracket.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const messageIdForm = /^<[^\s<>\u0000-\u001f\u007f]+>$/;

/** True for what can stand in a reply's In-Reply-To: one id in angle brackets, nothing else. */
export function isMessageId(id: string): boolean {
  return id.length <= maxIdLength && messageIdForm.test(id);
}

/** Every well-formed id in a header value, in order of appearance. */
export function messageIdsIn(value: string): string[] {
  const found: string[] = [];
  // Split rather than match: linear in the length, whatever the value holds.
  for (const piece of value.split('<').slice(1)) {
    const end = piece.indexOf('>');
    const id = end < 0 ? '' : `<${piece.slice(0, end)}>`;
    if (isMessageId(id)) found.push(id);
  }
  return found;
}

/**
 * The ids of the messages that `mail` answers, the likeliest first: In-Reply-To, then References
 * from the newest to the oldest (RFC 5322, section 3.6.4).
 *
 * @returns at most 100 different ids, each in angle brackets; never the mail's own.
 */
export function referencedIds(
  mail: Pick<ParsedMail, 'inReplyTo' | 'references' | 'messageId'>,
): string[] {
  const direct = mail.inReplyTo === null ? [] : messageIdsIn(mail.inReplyTo);
  // Newest last in the header. Of an over-long list the newest are the useful ones, and the first,
  // which programs that trim the list keep.
  const root = mail.references.slice(0, 1).flatMap(messageIdsIn);
  const older = mail.references.slice(1).slice(-maxIds).toReversed().flatMap(messageIdsIn);
  const ids = new Set([...[...direct, ...older].slice(0, maxIds - 1), ...root]);
  if (mail.messageId !== null) ids.delete(mail.messageId);
  return [...ids].slice(0, maxIds);
}

/** "Re" as mail programs write it in other languages; compared in lower case. */
const replyWords =
  're|aw|antw|antwort|sv|vs|vl|res|rép|rep|rif|r|ref|odp|ynt|yanıt|vb|atb|ats|bls|vá|hb|відп|отв|ответ|απ|σχετ|回复|回覆|答复|答覆|返信|回信|رد|תגובה|balas|trả lời';
const forwardWords =
  'fwd|fw|wg|tr|rv|enc|i|inl|doorst|pd|vl|vs|továbbítás|továb|ilt|переслать|пересл|πρθ|轉寄|转发|轉發|転送|إعادة توجيه|הועבר|trs|tr\\.';

const count = '(?:\\s?[[(]\\d{1,3}[\\])]|\\^\\d{1,3}|\\*\\d{1,3}|\\d{1,2})?';
const replyPrefix = new RegExp(`^(?:${replyWords})${count}\\s?[:：]\\s*`, 'iu');
const forwardPrefix = new RegExp(`^(?:${forwardWords})${count}\\s?[:：]\\s*`, 'iu');

/** What gateways and lists put in front: [EXTERNAL], (EXT), ***SPAM***, [list-name]. */
const tagPrefix =
  /^(?:\[(?:ext|external|extern|externe|externo|esterno|spam|caution|warning|suspicious)[^\]]{0,40}\]|\((?:ext|external|extern)\)|\*{2,5}\s?spam\s?\*{2,5}|external\s?[:：])\s*/iu;

/** Longest subject that is looked at, in UTF-16 units. */
const maxSubject = 1000;

function strip(subject: string, prefixes: readonly RegExp[]): string {
  let rest = subject;
  for (;;) {
    const prefix = prefixes.find((candidate) => candidate.test(rest));
    if (prefix === undefined) return rest;
    rest = rest.replace(prefix, '');
  }
}

/** `subject` without the reply prefixes in front of it; a forward prefix stays. */
export function withoutReplyPrefix(subject: string): string {
  return strip(subject.slice(0, maxSubject).trim(), [replyPrefix]);
}

/** True when a mail program marked the subject as that of a reply, behind whatever a gateway wrote. */
export function isReplySubject(subject: string): boolean {
  const bare = strip(subject.slice(0, maxSubject).trim(), [tagPrefix]);
  return replyPrefix.test(bare);
}

/**
 * The subject as it is compared between messages: no reply, forward or gateway prefixes, one form
 * of white space, lower case. Empty when nothing else was there.
 */
export function normalizeSubject(subject: string): string {
  const folded = subject
    .slice(0, maxSubject)
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/\s+/gu, ' ')
    .trim();
  return strip(folded, [replyPrefix, forwardPrefix, tagPrefix]).trim();
}
