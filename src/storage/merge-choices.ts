/** Merge choices: the conversations that one could be merged with. */

import { sql } from 'kysely';
import type { Db } from './tables.ts';

export interface MergeChoice {
  id: number;
  customerAddress: string;
  subject: string;
  mailboxName: string;
  lastMessageId: number;
  messages: number;
  at: Date;
  /** The first words of the last message. */
  snippet: string;
}

const most = 20;

const columns = sql`conversation.id, customer_address as "customerAddress", conversation.subject,
  mailbox.name as "mailboxName", last_message_id as "lastMessageId", last.received_at as at,
  left(last.new_text, 160) as snippet,
  (select count(*) from message where conversation_id = conversation.id) as messages`;

const tables = sql`conversation join mailbox on mailbox.id = conversation.mailbox_id
  join message as last on last.id = last_message_id`;

/** The other conversations with an address, in any mailbox, the newest first. */
export async function conversationsWith(
  db: Db,
  address: string,
  exceptId: number,
): Promise<MergeChoice[]> {
  const { rows } = await sql<MergeChoice>`select ${columns} from ${tables}
    where customer_address = ${address} and conversation.id <> ${exceptId} and merged_into is null
    order by last_message_at desc, conversation.id desc limit ${most}`.execute(db);
  return rows;
}

/**
 * The conversations with other addresses whose mails a conversation refers to, or that refer to its
 * mails: somebody answered from another account, or forwarded an answer.
 */
export async function citedConversations(db: Db, id: number): Promise<MergeChoice[]> {
  const { rows } = await sql<MergeChoice>`
    with own as (select message_id, reference_ids from message
        where conversation_id = ${id} order by id desc limit 50),
      named as (select distinct unnest(reference_ids) as name from own limit 200)
    select ${columns} from ${tables} where merged_into is null and conversation.id <> ${id}
      and conversation.id in (
        select conversation_id from named join message on message.message_id = name
        union select message.conversation_id from own
          join message on message.reference_ids @> array[own.message_id]
          where own.message_id is not null)
    order by last_message_at desc, conversation.id desc limit ${most}`.execute(db);
  return rows;
}
