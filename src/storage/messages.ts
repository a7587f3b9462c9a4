/** Messages: raw bytes first, and later what parsing made of them. */

import { sql } from 'kysely';
import type { Address, Attachment, FetchedMail, ParsedMail } from '../domain/message.ts';
import type { MessageState } from '../domain/states.ts';
import { announce } from './events.ts';
import { sha256 } from './hash.ts';
import type { Db, Tx } from './tables.ts';

async function insertRaw(tx: Tx, mailboxId: number, mail: FetchedMail): Promise<number | null> {
  const row = await tx
    .insertInto('message')
    .values({
      mailbox_id: mailboxId,
      direction: 'inbound',
      state: 'stored',
      raw: mail.raw,
      raw_sha256: sha256(mail.raw),
      uidvalidity: mail.place?.uidvalidity ?? null,
      uid: mail.place?.uid ?? null,
      recipients: JSON.stringify({ to: [], cc: [] }),
      attachments: '[]',
      ...(mail.receivedAt === null ? {} : { received_at: mail.receivedAt }),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

async function isStored(tx: Tx, mailboxId: number, raw: Buffer): Promise<boolean> {
  const row = await tx
    .selectFrom('message')
    .select('id')
    .where('mailbox_id', '=', mailboxId)
    .where('raw_sha256', '=', sha256(raw))
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Stores the bytes of a mail, once: the same bytes in the same mailbox are the same mail.
 *
 * @returns the id of the new message, or null when it is stored already.
 */
export async function storeRaw(
  tx: Tx,
  mailboxId: number,
  mail: FetchedMail,
): Promise<number | null> {
  let id = await insertRaw(tx, mailboxId, mail);
  if (id === null) {
    if (await isStored(tx, mailboxId, mail.raw)) return null;
    // Other mail has this place: a server restored from a backup may use its numbers twice.
    id = await insertRaw(tx, mailboxId, { ...mail, place: null });
    if (id === null) return null;
  }
  await announce(tx, { kind: 'message', messageId: id, conversationId: null });
  return id;
}

/** What triage needs of a stored message; null when there is none of that id. */
export async function loadForTriage(db: Db, id: number) {
  const row = await db
    .selectFrom('message')
    .innerJoin('mailbox', 'mailbox.id', 'message.mailbox_id')
    .select([
      'message.raw',
      'message.state',
      'message.mailbox_id as mailboxId',
      'message.received_at as receivedAt',
      'mailbox.name as mailboxName',
    ])
    .where('message.id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * The References, completed by the In-Reply-To that programs without References send alone
 * (RFC 5322, section 3.6.4): threading, and the references of our reply, rest on them.
 */
function withParent({ references, inReplyTo }: ParsedMail): string[] {
  if (inReplyTo === null || references.includes(inReplyTo)) return references;
  return [...references, inReplyTo];
}

/** The columns that parsing fills. */
export function parsedColumns(mail: ParsedMail) {
  return {
    message_id: mail.messageId,
    in_reply_to: mail.inReplyTo,
    reference_ids: withParent(mail),
    from_name: mail.from?.name ?? '',
    from_address: mail.from?.address ?? null,
    reply_to: mail.replyTo === null ? null : JSON.stringify(mail.replyTo),
    recipients: JSON.stringify({ to: mail.to, cc: mail.cc }),
    subject: mail.subject,
    sent_at: mail.date,
    text: mail.text,
    new_text: mail.newText,
    html: mail.html,
    attachments: JSON.stringify(mail.attachments),
  };
}

/** Stores the message that a delivery became, in its conversation. */
export async function storeOutbound(
  tx: Tx,
  message: {
    mailboxId: number;
    conversationId: number;
    raw: Buffer;
    headerMessageId: string;
    inReplyTo: string | null;
    from: Address;
    to: Address;
    subject: string;
    text: string;
    sentAt: Date;
  },
): Promise<number> {
  const { id } = await tx
    .insertInto('message')
    .values({
      mailbox_id: message.mailboxId,
      conversation_id: message.conversationId,
      direction: 'outbound',
      state: 'outbound',
      raw: message.raw,
      raw_sha256: sha256(message.raw),
      message_id: message.headerMessageId,
      in_reply_to: message.inReplyTo,
      from_name: message.from.name,
      from_address: message.from.address,
      recipients: JSON.stringify({ to: [message.to], cc: [] }),
      subject: message.subject,
      sent_at: message.sentAt,
      received_at: message.sentAt,
      text: message.text,
      new_text: message.text,
      attachments: '[]',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export interface MessageView {
  id: number;
  conversationId: number | null;
  direction: 'inbound' | 'outbound';
  state: MessageState;
  stateReason: string | null;
  fromName: string;
  fromAddress: string | null;
  replyTo: Address | null;
  to: Address[];
  cc: Address[];
  subject: string;
  /** When it was sent, by its own word, or else received. */
  at: Date;
  text: string;
  newText: string;
  hasHtml: boolean;
  attachments: Attachment[];
}

/** The messages as pages and prompts want them, without the heavy columns. */
export function selectMessageViews(db: Db) {
  return db
    .selectFrom('message')
    .select((from) => [
      'id',
      'conversation_id as conversationId',
      'direction',
      'state',
      'state_reason as stateReason',
      'from_name as fromName',
      'from_address as fromAddress',
      'reply_to as replyTo',
      sql<Address[]>`recipients -> 'to'`.as('to'),
      sql<Address[]>`recipients -> 'cc'`.as('cc'),
      'subject',
      from.fn.coalesce('sent_at', 'received_at').as('at'),
      'text',
      'new_text as newText',
      sql<boolean>`html is not null`.as('hasHtml'),
      'attachments',
    ]);
}

/**
 * What was said in a conversation, oldest first, and the message to answer last, whatever came in
 * or went out since. Automatic mail is not what the customer said, and left out.
 */
export async function turnsUpTo(
  db: Db,
  conversationId: number,
  messageId: number,
  limit: number,
): Promise<MessageView[]> {
  const newestFirst = await selectMessageViews(db)
    .where('conversation_id', '=', conversationId)
    .where('state', 'in', ['answerable', 'outbound'])
    .orderBy((where) => where('id', '=', messageId), 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return newestFirst.reverse();
}

/** One message; null when there is none of that id. */
export async function loadMessage(db: Db, id: number): Promise<MessageView | null> {
  return (await selectMessageViews(db).where('id', '=', id).executeTakeFirst()) ?? null;
}

/** The raw bytes of a message, as they came. */
export async function messageRaw(db: Db, id: number): Promise<Buffer | null> {
  const row = await db.selectFrom('message').select('raw').where('id', '=', id).executeTakeFirst();
  return row?.raw ?? null;
}

/** The HTML body of a message as received: never show it unsanitized. */
export async function messageHtml(db: Db, id: number): Promise<string | null> {
  const row = await db.selectFrom('message').select('html').where('id', '=', id).executeTakeFirst();
  return row?.html ?? null;
}

/** What a reply to a message needs of it. */
export async function loadForReply(db: Db, id: number) {
  return await db
    .selectFrom('message')
    .innerJoin('mailbox', 'mailbox.id', 'message.mailbox_id')
    .select([
      'mailbox.address as mailboxAddress',
      'message.message_id as headerMessageId',
      'message.reference_ids as references',
      'message.from_name as fromName',
      'message.from_address as fromAddress',
      'message.reply_to as replyTo',
      'message.subject',
    ])
    .where('message.id', '=', id)
    .executeTakeFirstOrThrow();
}
