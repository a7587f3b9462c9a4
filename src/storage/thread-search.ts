/** Thread search: the conversation that a mail continues, by one kind of evidence at a time. */

import { type RawBuilder, sql } from 'kysely';
import type { Tx } from './tables.ts';

/** Who wrote a mail, as conversations are searched for. */
export interface Writer {
  /** In lower case. */
  address: string;
  /** The same without a plus tag (RFC 5233): one person's, whatever the tag. */
  base: string;
}

async function firstId(tx: Tx, query: RawBuilder<{ id: number }>): Promise<number | null> {
  return (await query.execute(tx)).rows[0]?.id ?? null;
}

/** The conversation is the writer's own. */
function isOwn({ address, base }: Writer) {
  return sql<boolean>`(conversation.customer_address = ${address}
    or regexp_replace(conversation.customer_address, '[+][^@]*@', '@') = ${base})`;
}

/**
 * The conversation that holds a message or a delivery which the mail names: the writer's own, or
 * one that its customer brought the writer into. A delivery counts before it is known to be sent.
 *
 * @param names what they may be called, the nearest first; see `ThreadEvidence`.
 * @param subject decides between conversations that hold messages of one name.
 */
export async function findByName(
  tx: Tx,
  writer: Writer,
  names: readonly string[],
  subject: string,
): Promise<number | null> {
  if (names.length === 0) return null;
  const wanted = sql`${names}::text[]`;
  const mine = sql`(${isOwn(writer)} or conversation.participants @> array[${writer.address}])`;
  return await firstId(
    tx,
    sql`select conversation.id from (
      select conversation_id, array_position(${wanted}, message_id) as distance, id as newest
        from message where message_id = any(${wanted}) and conversation_id is not null
      union all
      select conversation_id, array_position(${wanted}, header_message_id), message_id
        from delivery where header_message_id = any(${wanted})
      union all
      select conversation_id, array_position(${wanted}, reported), message_id
        from reported_id join delivery on delivery.id = delivery_id
        where reported = any(${wanted})) as found
      -- One by one, or all conversations would be read to look at a few.
      join lateral (select * from conversation where id = found.conversation_id offset 0)
        as conversation on true
      where ${mine}
      order by distance, ${isOwn(writer)} desc, normalized_subject = ${subject} desc, newest desc
      limit 1`,
  );
}

/** A message of the writer's that has the same Message-ID, with what tells a copy from a namesake. */
export async function findNamesakes(tx: Tx, { address }: Writer, headerMessageId: string) {
  return await tx
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select([
      'conversation.id as conversationId',
      'message.state',
      'message.text',
      'message.attachments',
    ])
    .where('message.message_id', '=', headerMessageId)
    .where('conversation.customer_address', '=', address)
    .orderBy('message.id')
    .limit(10)
    .execute();
}

/**
 * The conversations of the writer's that answer a mail which comes only now.
 *
 * @returns the newest first; none when there is no such answer.
 */
export async function findAnswersTo(
  tx: Tx,
  { address }: Writer,
  headerMessageId: string,
): Promise<number[]> {
  const rows = await tx
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select('conversation.id')
    .where(sql<boolean>`message.reference_ids && array[${headerMessageId}]::text[]`)
    .where('conversation.customer_address', '=', address)
    .groupBy('conversation.id')
    .orderBy(sql`max(message.id)`, 'desc')
    .limit(10)
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * The conversation of the writer's that holds another answer to a mail we never got. A reference
 * that only stands somewhere in both says little, because some systems write one root into all
 * their mail: then the direct parent or the subject must be the same.
 */
export async function findSibling(
  tx: Tx,
  { address }: Writer,
  references: readonly string[],
  parent: string | null,
  subject: string,
): Promise<number | null> {
  if (references.length === 0) return null;
  const wanted = sql`${references}::text[]`;
  return await firstId(
    tx,
    sql`select conversation.id from message
      join conversation on conversation.id = message.conversation_id
      where message.reference_ids && ${wanted} and conversation.customer_address = ${address}
        and ((${subject} <> '' and conversation.normalized_subject = ${subject})
          or message.in_reply_to = any(${wanted})
          or ${parent}::text = any(message.reference_ids))
      order by message.id desc limit 1`,
  );
}

/** What a weak match rests on. */
export interface SameSubject {
  mailboxId: number;
  /** Normalized; see `normalizeSubject`. */
  subject: string;
  /** When the mail was received. */
  at: Date;
  /** How far from it the nearest mail of the conversation may be. */
  days: number;
  /** When given, the conversation must hold a mail of exactly this text. */
  text?: string;
}

/** The writer's latest conversation in a mailbox that has the same subject and is recent. */
export async function findBySubject(
  tx: Tx,
  { address }: Writer,
  { mailboxId, subject, at, days, text }: SameSubject,
): Promise<number | null> {
  if (subject === '') return null;
  const said = text === undefined ? sql`true` : sql`message.text = ${text}`;
  return await firstId(
    tx,
    sql`select conversation.id from conversation
      join message on message.conversation_id = conversation.id
      where conversation.customer_address = ${address} and conversation.mailbox_id = ${mailboxId}
        and conversation.normalized_subject = ${subject} and conversation.merged_into is null
        and message.received_at between ${at}::timestamptz - make_interval(days => ${days})
          and ${at}::timestamptz + make_interval(days => ${days})
        and ${said}
      order by message.id desc limit 1`,
  );
}
