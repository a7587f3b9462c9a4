/** Newcomers: mails of writers whom no conversation knows yet, filed together in a few statements. */

import { sql } from 'kysely';
import type { Address } from '../domain/message.ts';
import type { MessageState } from '../domain/states.ts';
import { moveMessages } from './compare-and-set.ts';
import { mostParticipants } from './conversations.ts';
import { announceAll } from './events.ts';
import type { Tx } from './tables.ts';
import type { Writer } from './thread-search.ts';

/** Which of these writers some conversation knows: as its customer, under any plus tag, or by Cc. */
export async function knownWriters(tx: Tx, writers: readonly Writer[]): Promise<Set<string>> {
  const addresses = writers.map(({ address }) => address);
  const bases = writers.map(({ base }) => base);
  const { rows } = await sql<{ address: string }>`
    select address from unnest(${addresses}::text[], ${bases}::text[]) as writer(address, base)
      where exists (select from conversation
        where regexp_replace(customer_address, '[+][^@]*@', '@') = writer.base)
    union all
    -- One look for all of them: a condition by writer has the whole table read for each.
    select unnest(participants) from conversation
      where participants <> '{}' and participants && ${addresses}::text[]`.execute(tx);
  return new Set(rows.map(({ address }) => address));
}

/**
 * The Message-IDs of replies from other mail programs that belong to no conversation yet, and of the
 * mails that those answer, as far as they are among these.
 */
export async function waitingReplies(tx: Tx, names: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select unnest(loose.reference_ids || loose.message_id) as name
    from unnest(${names}::text[]) as wanted(name)
      -- Name by name: of hundreds at once the database expects too many to look them up.
      cross join lateral (
        select reference_ids, message_id, direction, conversation_id, state from message
          where reference_ids @> array[wanted.name]
        union all
        select reference_ids, message_id, direction, conversation_id, state from message
          where message_id = wanted.name offset 0) as loose
    where loose.direction = 'outbound' and loose.conversation_id is null
      and loose.state in ('elsewhere', 'imported')`.execute(tx);
  return new Set(rows.map(({ name }) => name));
}

/** One mail as it is filed. */
export interface Filing {
  messageId: number;
  state: Exclude<MessageState, 'stored'>;
  /** The columns of its row, as JSON has them. */
  columns: Readonly<Record<string, unknown>>;
  /** The conversation that it begins; null for mail that nobody answers. */
  begins: {
    mailboxId: number;
    customer: Address;
    subject: string;
    normalizedSubject: string;
    participants: readonly string[];
  } | null;
}

interface Begun {
  conversationId: number;
  messageId: number;
}

async function beginConversations(tx: Tx, filings: readonly Filing[]): Promise<Begun[]> {
  const rows = filings.flatMap(({ messageId, begins }) =>
    begins === null
      ? []
      : {
          mailbox_id: begins.mailboxId,
          customer_name: begins.customer.name,
          customer_address: begins.customer.address,
          subject: begins.subject,
          normalized_subject: begins.normalizedSubject,
          participants: [...new Set(begins.participants)].slice(0, mostParticipants),
          last_message_id: messageId,
        },
  );
  const names = sql`mailbox_id, customer_name, customer_address, subject, normalized_subject,
    participants, last_message_id`;
  const begun = await sql<Begun>`
    insert into conversation (${names})
      select ${names} from jsonb_populate_recordset(null::conversation, ${JSON.stringify(rows)})
      returning id as "conversationId", last_message_id as "messageId"`.execute(tx);
  return begun.rows;
}

async function askForDrafts(tx: Tx, begun: readonly Begun[]): Promise<number[]> {
  const { rows } = await sql<{ draftId: number; conversationId: number }>`
    insert into draft (conversation_id, message_id, state, citations, missing, checks)
      select conversation_id, message_id, 'queued', '[]', '[]', '[]' from unnest(
        ${begun.map(({ conversationId }) => conversationId)}::bigint[],
        ${begun.map(({ messageId }) => messageId)}::bigint[]) as wish(conversation_id, message_id)
      returning id as "draftId", conversation_id as "conversationId"`.execute(tx);
  await announceAll(
    tx,
    rows.map((row) => ({ kind: 'draft', ...row, state: 'queued' }) as const),
  );
  return rows.map(({ draftId }) => draftId);
}

/**
 * Files the mails: their states, the conversations that they begin, and the drafts that answer them.
 * The caller holds the filing locks of all writers, has seen that none is known, and gives at most
 * one mail of each.
 *
 * @returns the ids of the drafts.
 * @throws ReplywrightError `state_changed` when one of the mails is no longer `stored`.
 */
export async function fileNewcomers(tx: Tx, filings: readonly Filing[]): Promise<number[]> {
  const begun = await beginConversations(tx, filings);
  const conversations = new Map(begun.map((each) => [each.messageId, each.conversationId]));
  const moves = filings.map(({ messageId: id, state: to, columns }) => ({
    ...{ id, to },
    columns: { ...columns, conversation_id: conversations.get(id) ?? null },
  }));
  await moveMessages(tx, 'stored', moves);
  return await askForDrafts(tx, begun);
}
