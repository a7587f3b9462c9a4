/** One batch of history: its mails are filed in conversations and stored, in a few statements. */

import type { Address, ParsedMail } from '../domain/message.ts';
import type { PastMail } from '../mail/history.ts';
import { normalizeSubject, referencedIds } from '../mail/threading.ts';
import {
  dateConversations,
  insertImported,
  insertPastConversations,
  moveIntoConversations,
  relatedMails,
} from '../storage/history.ts';
import type { Direction } from '../storage/raw-mail.ts';
import type { Tx } from '../storage/tables.ts';
import { recipientsOf } from './elsewhere.ts';
import { customerOf } from './filing.ts';
import { type PastConversation, PastThreads, type ThreadedMail } from './past-threads.ts';

/** A mail of the past, parsed and judged. */
export interface Prepared {
  past: PastMail;
  direction: Direction;
  /** Null where it cannot be read. */
  mail: ParsedMail | null;
  /** Why nothing is learned from it; null for people's mail. */
  reason: string | null;
}

/** Whose conversations a mail may belong to. */
export function customersOf({ direction, mail }: Prepared): string[] {
  if (mail === null) return [];
  if (direction === 'outbound') return recipientsOf(mail);
  return mail.from === null ? [] : [mail.from.address.toLowerCase()];
}

/** Before this nobody sent such mail; it is what a clock without a battery says. */
const earliest = Date.UTC(1990, 0, 1);

/**
 * The time a mail was sent, by its own word, or else received: when mail moves from one server or
 * program to another, all of it is "received" on that day.
 */
function timeOf({ past, mail }: Prepared): Date {
  const now = Date.now();
  const times = [mail?.date ?? null, past.receivedAt];
  const likely = times.find((at) => at !== null && at.getTime() <= now && at.getTime() >= earliest);
  return likely ?? new Date(now);
}

/** A mail of the batch as threading sees it. */
function threaded({ direction, mail }: Prepared): ThreadedMail {
  const lower = (address: Address | null) => address?.address.toLowerCase() ?? [];
  return {
    id: null,
    direction,
    headerMessageId: mail?.messageId ?? null,
    referenced: mail === null ? [] : referencedIds(mail),
    senders: mail === null ? [] : [mail.from, mail.replyTo].flatMap(lower),
    recipients: mail === null ? [] : recipientsOf(mail),
    conversation: null,
  };
}

type Related = Awaited<ReturnType<typeof relatedMails>>;

/** Stored mails as threading sees them; those of one conversation share it. */
function knownThreads(rows: Related): ThreadedMail[] {
  const conversations = new Map<number, PastConversation>();
  const lower = (address: Address | null) => address?.address.toLowerCase() ?? [];
  return rows.map((row) => {
    const { id, direction, headerMessageId, conversationId } = row;
    if (conversationId !== null && !conversations.has(conversationId)) {
      const customer = { name: row.customerName ?? '', address: row.customerAddress ?? '' };
      const subject = row.subject ?? '';
      conversations.set(conversationId, { id: conversationId, customer, subject });
    }
    const { inReplyTo, references, fromAddress, replyTo, recipients } = row;
    const from = fromAddress === null ? null : { name: '', address: fromAddress };
    return {
      ...{ id, direction, headerMessageId },
      referenced: referencedIds({ messageId: headerMessageId, inReplyTo, references }),
      senders: [from, replyTo].flatMap(lower),
      recipients: [...recipients.to, ...recipients.cc].flatMap(lower),
      conversation: conversationId === null ? null : (conversations.get(conversationId) ?? null),
    };
  });
}

/** Finds or starts the conversations of a batch; gives them in the order of the mails. */
async function threadBatch(
  tx: Tx,
  mailboxId: number,
  fresh: readonly Prepared[],
): Promise<ThreadedMail[]> {
  const mails = fresh.map(threaded);
  const ids = new Set(
    mails.flatMap(({ headerMessageId, referenced }) =>
      headerMessageId === null ? referenced : [...referenced, headerMessageId],
    ),
  );
  const threads = new PastThreads(knownThreads(await relatedMails(tx, mailboxId, [...ids])));
  for (const [index, { mail, reason }] of fresh.entries()) {
    const each = mails[index];
    // What no person wrote starts no conversation, and history has no need of it in one.
    if (each === undefined || mail === null || mail.from === null || reason !== null) continue;
    if (each.direction === 'outbound') threads.fileReply(each);
    else threads.fileCustomerMail(each, customerOf(mail.from), mail.subject);
  }
  const started = new Set(
    mails.flatMap(({ conversation }) => (conversation?.id === null ? conversation : [])),
  );
  const rows = [...started].map(({ customer, subject }) => {
    return { customer, subject, normalizedSubject: normalizeSubject(subject) };
  });
  const newIds = await insertPastConversations(tx, mailboxId, rows);
  for (const [index, conversation] of [...started].entries())
    conversation.id = newIds[index] ?? null;
  const moves = threads.adopted.flatMap(({ id, conversation }) =>
    id === null || conversation?.id == null ? [] : { id, conversationId: conversation.id },
  );
  await moveIntoConversations(tx, moves);
  return mails;
}

/** Stores a batch of mails that are not stored yet. */
export async function storeBatch(
  tx: Tx,
  mailboxId: number,
  fresh: readonly Prepared[],
): Promise<void> {
  const mails = await threadBatch(tx, mailboxId, fresh);
  const rows = fresh.map((prepared, index) => ({
    raw: prepared.past.raw,
    direction: prepared.direction,
    receivedAt: timeOf(prepared),
    mail: prepared.mail,
    conversationId: mails[index]?.conversation?.id ?? null,
    reason: prepared.reason,
  }));
  await insertImported(tx, mailboxId, rows);
  await dateConversations(tx, [...new Set(rows.flatMap((row) => row.conversationId ?? []))]);
}
