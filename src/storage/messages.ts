/** Messages: raw bytes first, and later what parsing made of them. */

import { sql } from 'kysely';
import type { Attachment } from '../domain/attachment.ts';
import { asAttachments, type Enclosure } from '../domain/enclosure.ts';
import type { Address, Cut, ParsedMail, SenderTrust } from '../domain/message.ts';
import type { MessageState } from '../domain/states.ts';
import { sha256 } from './hash.ts';
import type { Db, Tx } from './tables.ts';

/** Bytes up to which a mail is read together with others. */
const smallBytes = 64 * 1024;

/** What triage needs of messages; those that there are, oldest first. `raw` is null for large ones. */
export async function loadForTriage(db: Db, ids: readonly number[]) {
  return await db
    .selectFrom('message')
    .innerJoin('mailbox', 'mailbox.id', 'message.mailbox_id')
    .select([
      'message.id',
      sql<Buffer | null>`case when octet_length(raw) <= ${smallBytes} then raw end`.as('raw'),
      'message.state',
      'message.direction',
      'message.mailbox_id as mailboxId',
      'message.received_at as receivedAt',
      'message.sender_trust as senderTrust',
      'mailbox.name as mailboxName',
    ])
    .where('message.id', '=', sql<number>`any(${ids}::bigint[])`)
    .orderBy('message.id')
    .execute();
}

/**
 * The References, completed by the In-Reply-To that programs without References send alone
 * (RFC 5322, section 3.6.4): threading, and the references of our reply, rest on them.
 */
function withParent({ references, inReplyTo }: ParsedMail): string[] {
  if (inReplyTo === null || references.includes(inReplyTo)) return references;
  return [...references, inReplyTo];
}

/** The columns that parsing fills, as JSON has them. */
export function parsedValues(mail: ParsedMail) {
  return {
    message_id: mail.messageId,
    in_reply_to: mail.inReplyTo,
    reference_ids: withParent(mail),
    from_name: mail.from?.name ?? '',
    from_address: mail.from?.address ?? null,
    reply_to: mail.replyTo,
    form_address: mail.form,
    recipients: { to: mail.to, cc: mail.cc },
    subject: mail.subject,
    sent_at: mail.date,
    text: mail.text,
    new_text: mail.newText,
    html: mail.html,
    attachments: mail.attachments,
  };
}

/** The columns that parsing fills, as a statement sets them one by one. */
export function parsedColumns(mail: ParsedMail) {
  const { reply_to, recipients, attachments, ...columns } = parsedValues(mail);
  return {
    ...columns,
    reply_to: reply_to === null ? null : JSON.stringify(reply_to),
    recipients: JSON.stringify(recipients),
    attachments: JSON.stringify(attachments),
  };
}

/**
 * Stores the message that a delivery became, in its conversation. Where the Sent folder has brought
 * the same bytes before, that message is it.
 */
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
    cc: readonly Address[];
    subject: string;
    text: string;
    /** The files that were sent with it, in their order in the mail. */
    attachments: readonly Enclosure[];
    sentAt: Date;
  },
): Promise<number> {
  const columns = {
    conversation_id: message.conversationId,
    direction: 'outbound' as const,
    state: 'outbound' as const,
    message_id: message.headerMessageId,
    in_reply_to: message.inReplyTo,
    from_name: message.from.name,
    from_address: message.from.address,
    recipients: JSON.stringify({ to: [message.to], cc: message.cc }),
    subject: message.subject,
    sent_at: message.sentAt,
    received_at: message.sentAt,
    text: message.text,
    new_text: message.text,
    attachments: JSON.stringify(asAttachments(message.attachments)),
  };
  const { id } = await tx
    .insertInto('message')
    .values({
      ...columns,
      mailbox_id: message.mailboxId,
      raw: message.raw,
      raw_sha256: sha256(message.raw),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['mailbox_id', 'raw_sha256'])
        .doUpdateSet({ ...columns, changed_at: new Date() }),
    )
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
  /** The contact form that it was written through. */
  formAddress: string | null;
  to: Address[];
  cc: Address[];
  senderTrust: SenderTrust['result'];
  senderTrustDomain: string | null;
  subject: string;
  /** When it was sent, by its own word, or else received. */
  at: Date;
  text: string;
  newText: string;
  hasHtml: boolean;
  attachments: Attachment[];
  /** Null when the mail was taken whole. */
  cut: Cut | null;
}

/** The messages as pages and prompts want them, without the heavy columns. */
export function selectMessageViews(db: Db) {
  return db.selectFrom('message').select((from) => [
    'id',
    'conversation_id as conversationId',
    'direction',
    'state',
    'state_reason as stateReason',
    'from_name as fromName',
    'from_address as fromAddress',
    'reply_to as replyTo',
    'form_address as formAddress',
    sql<Address[]>`recipients -> 'to'`.as('to'),
    sql<Address[]>`recipients -> 'cc'`.as('cc'),
    'sender_trust as senderTrust',
    'sender_trust_domain as senderTrustDomain',
    'subject',
    from.fn.coalesce('sent_at', 'received_at').as('at'),
    'text',
    'new_text as newText',
    sql<boolean>`html is not null`.as('hasHtml'),
    'attachments',
    sql<Cut | null>`case when cut_kept is not null
        then jsonb_build_object('kept', cut_kept, 'size', cut_size) end`.as('cut'),
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
    .where('state', 'in', ['answerable', 'outbound', 'elsewhere', 'imported'])
    // An import says so where a mail is automatic or cannot be read.
    .where((where) =>
      where.or([where('state', '<>', 'imported'), where('state_reason', 'is', null)]),
    )
    .orderBy((where) => where('id', '=', messageId), 'desc')
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return newestFirst.reverse();
}

/** One message; null when there is none of that id. */
export async function loadMessage(db: Db, id: number): Promise<MessageView | null> {
  return (await selectMessageViews(db).where('id', '=', id).executeTakeFirst()) ?? null;
}

/** Who called a message done or took that back last, and when; null when nobody did. */
export async function handlingOf(db: Db, id: number): Promise<{ by: string; at: Date } | null> {
  const row = await db
    .selectFrom('message')
    .innerJoin('account', 'account.id', 'message.handled_by')
    .select(['account.name as by', 'message.handled_at as at'])
    .where('message.id', '=', id)
    .executeTakeFirst();
  return row === undefined || row.at === null ? null : { by: row.by, at: row.at };
}

/** Where the mail of a Message-ID has got to; null when it has not come in. */
export async function placeOf(db: Db, messageIdHeader: string) {
  const row = await db
    .selectFrom('message')
    .leftJoin('draft', 'draft.message_id', 'message.id')
    .select([
      'message.id',
      'message.state',
      'message.conversation_id as conversationId',
      'draft.state as draftState',
    ])
    .where('message.message_id', '=', messageIdHeader)
    .orderBy('draft.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
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
      'mailbox.name as mailboxName',
      'mailbox.address as mailboxAddress',
      'message.message_id as headerMessageId',
      'message.reference_ids as references',
      'message.from_name as fromName',
      'message.from_address as fromAddress',
      'message.reply_to as replyTo',
      'message.recipients',
      'message.sender_trust as senderTrust',
      'message.subject',
      'message.recipients',
    ])
    .where('message.id', '=', id)
    .executeTakeFirstOrThrow();
}

/** More of a mail than any reply quotes. */
const quotableCharacters = 20_000;

/** What a reply may quote of the message it answers; the texts are cut. */
export async function loadQuotable(db: Db, id: number) {
  const { fromName, fromAddress, ...mail } = await db
    .selectFrom('message')
    .select([
      'from_name as fromName',
      'from_address as fromAddress',
      'sent_at as date',
      sql<string>`left(text, ${quotableCharacters})`.as('text'),
      sql<string>`left(new_text, ${quotableCharacters})`.as('newText'),
    ])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return { ...mail, from: { name: fromName, address: fromAddress ?? '' } };
}
