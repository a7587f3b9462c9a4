/** Conversations: which messages belong together, and who waits for an answer to which. */

import { sql } from 'kysely';
import type { Address } from '../domain/message.ts';
import type { Db, Tx } from './tables.ts';

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

/** A conversation that is locked until the transaction ends. */
export interface LockedConversation {
  id: number;
  /** The customer's last message; null only while the first one is filed. */
  lastMessageId: number | null;
}

/**
 * Locks a conversation until the transaction ends, so that a new message and a decision on the
 * draft before it cannot pass each other unseen.
 *
 * @param find tells which one; asked again once it is locked, because what is looked for may have
 *   been moved to another conversation meanwhile.
 */
export async function lockConversation(
  tx: Tx,
  find: () => Promise<number>,
): Promise<LockedConversation> {
  for (;;) {
    const id = await find();
    await sql`savepoint conversation_locked`.execute(tx);
    const row = await tx
      .selectFrom('conversation')
      .select(['id', 'last_message_id as lastMessageId'])
      .where('id', '=', id)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    if ((await find()) === id) return row;
    // Gives the lock back: whoever holds two may make others wait for ever.
    await sql`rollback to savepoint conversation_locked`.execute(tx);
  }
}

/** The conversation where the messages of `id` are now, after any merges. */
export async function standingConversation(db: Db, id: number): Promise<number> {
  for (let standing = id; ; ) {
    const row = await db
      .selectFrom('conversation')
      .select('merged_into as mergedInto')
      .where('id', '=', standing)
      .executeTakeFirst();
    if (row === undefined || row.mergedInto === null) return standing;
    standing = row.mergedInto;
  }
}

/** More people than this take part in no exchange with a shop. */
export const mostParticipants = 50;

/** Notes whom a message brings into its conversation; they may answer there from then on. */
export async function addParticipants(tx: Tx, id: number, addresses: string[]): Promise<void> {
  if (addresses.length === 0) return;
  await sql`update conversation set participants = (
      select coalesce(array_agg(address order by first), '{}') from (
        select address, min(at) as first
        from unnest(participants || ${addresses}::text[]) with ordinality as all_of(address, at)
        group by address order by first limit ${mostParticipants}) as kept)
    where id = ${id}`.execute(tx);
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
): Promise<{ subject: string; customer: Address; mailboxId: number; mailboxName: string }> {
  const row = await db
    .selectFrom('conversation')
    .innerJoin('mailbox', 'mailbox.id', 'conversation.mailbox_id')
    .select(['subject', 'customer_name', 'customer_address'])
    .select(['mailbox.id as mailboxId', 'mailbox.name as mailboxName'])
    .where('conversation.id', '=', id)
    .executeTakeFirstOrThrow();
  const { subject, mailboxId, mailboxName } = row;
  const customer = { name: row.customer_name, address: row.customer_address };
  return { subject, customer, mailboxId, mailboxName };
}

/** The conversation that a message is in; null for none. */
export async function conversationOfMessage(db: Db, id: number): Promise<number | null> {
  const row = await db
    .selectFrom('message')
    .select('conversation_id as conversationId')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.conversationId ?? null;
}
