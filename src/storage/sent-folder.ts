/** The Sent folder of a mailbox: how far it is read, and what we sent that may stand in it. */

import { sql } from 'kysely';
import type { ImapPlace } from '../domain/message.ts';
import type { DeliveryState } from '../domain/states.ts';
import type { Db, Tx } from './tables.ts';

/**
 * Where the Sent folder was read to.
 *
 * @param source names account and folder; whichever is watched when left out. Another source has
 *   no mark: it is read from now on.
 */
export async function readSentMark(
  db: Db,
  mailboxId: number,
  source?: string,
): Promise<ImapPlace | null> {
  const row = await db
    .selectFrom('mailbox')
    .select(['sent_uidvalidity as uidvalidity', 'sent_uid as uid'])
    .where('id', '=', mailboxId)
    .$if(source !== undefined, (query) => query.where('sent_source', '=', source ?? ''))
    .executeTakeFirst();
  if (row === undefined || row.uidvalidity === null || row.uid === null) return null;
  return { uidvalidity: row.uidvalidity, uid: row.uid };
}

/** Moves the mark of the Sent folder, in the transaction that stores what it covers. */
export async function advanceSentMark(
  tx: Tx,
  mailboxId: number,
  source: string,
  mark: ImapPlace,
): Promise<void> {
  await tx
    .updateTable('mailbox')
    .set({ sent_source: source, sent_uidvalidity: mark.uidvalidity, sent_uid: mark.uid })
    .where('id', '=', mailboxId)
    .execute();
}

/** A mail from the Sent folder, as far as it tells whether it is one of ours. */
export interface SentMail {
  headerMessageId: string | null;
  /** Message-IDs of what it answers. */
  referenced: readonly string[];
  /** What it says, as whole and as new text, normalized as replies are. */
  texts: readonly string[];
}

/** The delivery that a mail in the Sent folder is a copy of. */
export interface OwnDelivery {
  id: number;
  conversationId: number;
  state: DeliveryState;
  /** True when it carries the delivery's own Message-ID, which nobody else knew before. */
  named: boolean;
}

/** The deliveries of a mailbox that something can be a copy of: not before their first attempt. */
function attempted(tx: Tx, mailboxId: number) {
  return tx
    .selectFrom('delivery')
    .select(['delivery.id', 'delivery.conversation_id as conversationId', 'delivery.state'])
    .where('delivery.mailbox_id', '=', mailboxId)
    .where('delivery.attempt', '>', 0);
}

/**
 * The delivery that a mail in the Sent folder is a copy of; null when it is none of ours. Some
 * servers give what they send another Message-ID, and name it in their answer; where they do not,
 * the same text in answer to the same mail tells.
 */
export async function findOwnDelivery(
  tx: Tx,
  mailboxId: number,
  { headerMessageId, referenced, texts }: SentMail,
): Promise<OwnDelivery | null> {
  // Two questions: one with an "or" between two tables has all deliveries read.
  const named = await attempted(tx, mailboxId)
    .where('delivery.header_message_id', '=', headerMessageId ?? '')
    .executeTakeFirst();
  if (named !== undefined) return { ...named, named: true };
  // The left part alone: a server that reports an id leaves out brackets and domain.
  const reported = headerMessageId?.slice(1).split('@')[0] ?? '';
  const alike = await attempted(tx, mailboxId)
    .innerJoin('decision', 'decision.id', 'delivery.decision_id')
    .innerJoin('message', 'message.id', 'delivery.message_id')
    .where('delivery.state', 'in', ['sending', 'sent', 'uncertain'])
    .where('message.message_id', '=', sql<string>`any(${referenced}::text[])`)
    .where((where) =>
      where.or([
        where('decision.final_text', '=', sql<string>`any(${texts}::text[])`),
        sql<boolean>`${reported} <> '' and strpos(delivery.answer, ${reported}) > 0`,
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return alike === undefined ? null : { ...alike, named: false };
}

/** True when the Sent folder was seen to hold a mail with that Message-ID. */
export async function standsInSent(
  db: Db,
  mailboxId: number,
  headerMessageId: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('message')
    .select('id')
    .where('message_id', '=', headerMessageId)
    .where('mailbox_id', '=', mailboxId)
    .where('state', '=', 'copy')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
