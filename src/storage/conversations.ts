/** Conversations: which messages belong together, and who waits for an answer to which. */

import { sql } from 'kysely';
import type { Address } from '../domain/message.ts';
import type { Db, Tx } from './tables.ts';

/**
 * The conversation that a message continues: one of this customer in this mailbox that holds a
 * message it refers to, or (when mail arrives out of order) a message that refers to it, or to the
 * same message as it.
 *
 * @param referenced Message-IDs that it names, nearest first.
 */
export async function findConversation(
  tx: Tx,
  mailboxId: number,
  customerAddress: string,
  headerMessageId: string | null,
  referenced: string[],
): Promise<number | null> {
  const related = headerMessageId === null ? referenced : [...referenced, headerMessageId];
  const row = await tx
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select('conversation.id')
    .where('message.mailbox_id', '=', mailboxId)
    .where('conversation.customer_address', '=', customerAddress)
    .where((where) =>
      where.or([
        where('message.message_id', '=', sql<string>`any(${referenced}::text[])`),
        sql<boolean>`message.reference_ids && ${related}::text[]`,
      ]),
    )
    .orderBy(sql`array_position(${referenced}::text[], message.message_id)`)
    .orderBy('message.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Starts a conversation with a customer. */
export async function createConversation(
  tx: Tx,
  mailboxId: number,
  customer: Address,
  subject: string,
  normalizedSubject: string,
): Promise<number> {
  const { id } = await tx
    .insertInto('conversation')
    .values({
      mailbox_id: mailboxId,
      customer_name: customer.name,
      customer_address: customer.address,
      subject,
      normalized_subject: normalizedSubject,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * Locks a conversation until the transaction ends, so that a new message and a decision on the
 * draft before it cannot pass each other unseen.
 *
 * @returns the id of the customer's last message.
 */
export async function lockConversation(tx: Tx, id: number): Promise<number | null> {
  const row = await tx
    .selectFrom('conversation')
    .select('last_message_id as lastMessageId')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  return row.lastMessageId;
}

/** Makes a customer's message the one that the conversation waits to have answered. */
export async function setLastMessage(
  tx: Tx,
  conversationId: number,
  messageId: number,
): Promise<void> {
  await tx
    .updateTable('conversation')
    .set({ last_message_id: messageId, last_message_at: new Date() })
    .where('id', '=', conversationId)
    .execute();
}

/** Notes that something was said in a conversation just now. */
export async function touchConversation(tx: Tx, id: number): Promise<void> {
  await tx
    .updateTable('conversation')
    .set({ last_message_at: new Date() })
    .where('id', '=', id)
    .execute();
}

/** Whose conversation it is, and in which mailbox. */
export async function loadConversationHead(
  db: Db,
  id: number,
): Promise<{ subject: string; customer: Address; mailboxName: string }> {
  const row = await db
    .selectFrom('conversation')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select(['subject', 'customer_name', 'customer_address', 'mailbox.name as mailboxName'])
    .where('conversation.id', '=', id)
    .executeTakeFirstOrThrow();
  const customer = { name: row.customer_name, address: row.customer_address };
  return { subject: row.subject, customer, mailboxName: row.mailboxName };
}
