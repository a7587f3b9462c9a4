/** Candidates: replies that colleagues sent without us, offered for learning until a person decides. */

import { sql } from 'kysely';
import { ReplywrightError } from '../domain/errors.ts';
import type { CandidateState } from '../domain/states.ts';
import type { PairRecord } from './pairs.ts';
import type { Db, Tx } from './tables.ts';

export interface NewCandidate {
  conversationId: number;
  /** The customer's mail. */
  messageId: number;
  /** The colleague's reply. */
  replyId: number;
  source: 'sent_folder' | 'import';
  customerText: string;
  reply: string;
}

/**
 * What was newly said in customers' mails and in the replies to them, in the order of `pairs`. Left
 * out are pairs not for learning: automatic mail, mail that cannot be read, and mail that we
 * answered from here.
 */
export async function textsOf(
  tx: Tx,
  pairs: readonly { messageId: number; replyId: number }[],
): Promise<
  {
    conversationId: number;
    messageId: number;
    replyId: number;
    customer: string;
    answer: string;
  }[]
> {
  const messageIds = pairs.map(({ messageId }) => messageId);
  const replyIds = pairs.map(({ replyId }) => replyId);
  const { rows } = await sql<Awaited<ReturnType<typeof textsOf>>[number]>`
    select message.conversation_id as "conversationId", message.id as "messageId",
      reply.id as "replyId", message.new_text as customer, reply.new_text as answer
    from unnest(${messageIds}::bigint[], ${replyIds}::bigint[]) with ordinality
        as pair (message_id, reply_id, place)
      join message on message.id = pair.message_id
      join message reply on reply.id = pair.reply_id
        and reply.conversation_id = message.conversation_id
    where message.direction = 'inbound' and message.state in ('answerable', 'imported')
      and message.state_reason is null
      and reply.state in ('elsewhere', 'imported') and reply.state_reason is null
      and not exists (
        select from delivery
        where delivery.conversation_id = message.conversation_id
          and delivery.message_id = message.id and delivery.state = 'sent')
    order by pair.place`.execute(tx);
  return rows;
}

/**
 * Offers candidates, each mail and each reply once; the first of several wins.
 *
 * @returns how many are new.
 */
export async function insertCandidates(
  tx: Tx,
  candidates: readonly NewCandidate[],
): Promise<number> {
  if (candidates.length === 0) return 0;
  const rows = await tx
    .insertInto('candidate')
    .values(
      candidates.map(({ conversationId, messageId, replyId, source, customerText, reply }) => ({
        conversation_id: conversationId,
        message_id: messageId,
        reply_id: replyId,
        state: 'offered' as const,
        source,
        customer_text: customerText,
        reply,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute();
  return rows.length;
}

export interface CandidateView {
  id: number;
  state: CandidateState;
  source: 'sent_folder' | 'import';
  customerText: string;
  reply: string;
  subject: string;
  customerName: string;
  customerAddress: string;
  askedAt: Date;
  answeredAt: Date;
}

function selectViews(db: Db) {
  return db
    .selectFrom('candidate')
    .innerJoin('conversation', 'conversation.id', 'candidate.conversation_id')
    .innerJoin('message', 'message.id', 'candidate.message_id')
    .innerJoin('message as answer', 'answer.id', 'candidate.reply_id')
    .select([
      'candidate.id',
      'candidate.state',
      'candidate.source',
      'candidate.customer_text as customerText',
      'candidate.reply',
      'message.subject',
      'conversation.customer_name as customerName',
      'conversation.customer_address as customerAddress',
      'message.received_at as askedAt',
      'answer.received_at as answeredAt',
    ]);
}

/** A candidate. @throws ReplywrightError `not_found`. */
export async function loadCandidate(db: Db, id: number): Promise<CandidateView> {
  const row = await selectViews(db).where('candidate.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new ReplywrightError('not_found', { what: 'candidate', id });
  return row;
}

/** The oldest candidate that nobody has decided on; null when there is none. */
export async function nextCandidate(db: Db): Promise<CandidateView | null> {
  const row = await selectViews(db)
    .where('candidate.state', '=', 'offered')
    .orderBy('candidate.id')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** How many candidates are in each state. */
export async function candidateCounts(db: Db): Promise<Record<CandidateState, number>> {
  const { rows } = await sql<{ state: CandidateState; n: number }>`
    select state, count(*) as n from candidate group by state`.execute(db);
  const counts = { offered: 0, accepted: 0, declined: 0 };
  for (const { state, n } of rows) counts[state] = n;
  return counts;
}

const pageSize = 500;

/** Every accepted candidate as a training record, oldest first, read a page at a time. */
export async function* acceptedCandidates(db: Db): AsyncGenerator<PairRecord> {
  for (let after = 0; ; ) {
    const page = await db
      .selectFrom('candidate')
      .select(['id', 'customer_text as userTurn', 'reply', 'origin'])
      .where('state', '=', 'accepted')
      .where('id', '>', after)
      .orderBy('id')
      .limit(pageSize)
      .execute();
    for (const record of page) yield { ...record, system: null };
    if (page.length < pageSize) return;
    after = page.at(-1)?.id ?? after;
  }
}
