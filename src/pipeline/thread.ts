/**
 * Thread: which conversation a mail continues, by the strongest evidence that it carries.
 *
 * A conversation belongs to one customer. Nothing that a mail says joins it to another customer's,
 * except that this customer brought its writer in by To or Cc. The reasons for each rule stand in
 * docs/decisions.md.
 */

import type { ParsedMail, SenderTrust } from '../domain/message.ts';
import { type ThreadEvidence, threadEvidence } from '../mail/thread-evidence.ts';
import type { Tx } from '../storage/tables.ts';
import {
  findAnswersTo,
  findByName,
  findBySubject,
  findNamesakes,
  findSibling,
  type Writer,
} from '../storage/thread-search.ts';

/** So long after the last mail, a reply that lost its references still finds it by its subject. */
const recentDays = 30;
/** So long after, the same mail sent once more is a reminder; later it is a new matter. */
const againDays = 7;

/** Where a mail belongs. */
export interface Place {
  /** Null when it begins a conversation. */
  conversationId: number | null;
  /** True when the conversation holds the same mail already, from another way or mailbox. */
  copy: boolean;
  /** Conversations of the same customer that this mail shows to be one with it. */
  connects: number[];
}

/** A mail as it is to be filed. */
export interface FiledMail {
  mail: ParsedMail;
  mailboxId: number;
  receivedAt: Date;
  /** In lower case. */
  writerAddress: string;
  ownDomains: readonly string[];
  trust: SenderTrust['result'];
}

/** Who wrote it, as conversations are searched for. */
export function writerOf(address: string): Writer {
  return { address, base: address.replace(/\+[^@]*@/, '@') };
}

/** What a mail says and brings along. Without a text nothing tells two mails of one id apart. */
function contentOf({ text, attachments }: Pick<ParsedMail, 'text' | 'attachments'>): string | null {
  const files = attachments.map(({ filename, size }) => [filename, size]);
  return text.trim() === '' ? null : JSON.stringify([text.trim(), files]);
}

/** The same mail twice: lists, aliases and second mailboxes deliver copies of their own. */
function copyAmong(
  namesakes: Awaited<ReturnType<typeof findNamesakes>>,
  mail: ParsedMail,
): number | null {
  const content = contentOf(mail);
  const copy = namesakes.find(
    (each) => content !== null && each.state === 'answerable' && contentOf(each) === content,
  );
  return copy?.conversationId ?? null;
}

/** The weak match, for mail whose references name nothing we know. */
async function findWeakly(
  tx: Tx,
  writer: Writer,
  { mail, mailboxId, receivedAt }: FiledMail,
  { subject, isReply, namesMatter }: ThreadEvidence,
): Promise<number | null> {
  const same = { mailboxId, subject, at: receivedAt };
  if (isReply) return await findBySubject(tx, writer, { ...same, days: recentDays });
  if (namesMatter) return await findBySubject(tx, writer, { ...same, days: againDays });
  if (mail.text.trim() === '') return null;
  return await findBySubject(tx, writer, { ...same, days: againDays, text: mail.text });
}

/**
 * Finds the place of a mail. The caller holds the writer's filing lock.
 *
 * @param weakly also by sender and subject alone; not for automatic mail, whose subjects are
 *   nobody's words.
 */
export async function findPlace(tx: Tx, filed: FiledMail, weakly: boolean): Promise<Place> {
  const evidence = threadEvidence(filed.mail, filed.ownDomains);
  const { messageId, names, references, parent, subject } = evidence;
  const writer = writerOf(filed.writerAddress);
  const namesakes = messageId === null ? [] : await findNamesakes(tx, writer, messageId);
  const copied = copyAmong(namesakes, filed.mail);
  if (copied !== null) return { conversationId: copied, copy: true, connects: [] };
  // An id that came before, on another mail, says nothing about who answers this one.
  const unique = messageId !== null && namesakes.length === 0;
  const answers = unique ? await findAnswersTo(tx, writer, messageId) : [];
  const conversationId =
    (await findByName(tx, writer, names, subject)) ??
    answers[0] ??
    (await findSibling(tx, writer, references, parent, subject)) ??
    (weakly ? await findWeakly(tx, writer, filed, evidence) : null);
  const connects = answers.filter((id) => id !== conversationId);
  return { conversationId, copy: false, connects };
}
