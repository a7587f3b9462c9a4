/** Labels of drafts as people correct them, with a record of every correction. */

import { sql } from 'kysely';
import { ReplywrightError } from '../domain/errors.ts';
import type { LabelName, Labels } from '../domain/labels.ts';
import type { Urgency } from '../domain/responder.ts';
import { announce } from './events.ts';
import type { Db, Tx } from './tables.ts';

export interface LabelChange {
  draftId: number;
  label: LabelName;
  /** What was shown; null where nothing was. */
  from: string | null;
  to: string;
  accountId: number;
}

/** Whoever read the label as `from` may set it, while the draft waits for a person. */
const correctable = ['ready', 'needs_person'] as const;

/**
 * Sets one label of a draft, if it is still as it was shown, and records who corrected it. What an
 * approval is bound to stays as it is.
 *
 * @returns the conversation of the draft.
 * @throws ReplywrightError `label_changed`, `not_found`.
 */
export async function correctLabel(
  tx: Tx,
  { draftId, label, from, to, accountId }: LabelChange,
): Promise<number> {
  const { rows } = await sql<{ conversationId: number; messageId: number; mailboxId: number }>`
    update draft set ${sql.ref(label)} = ${to}, changed_at = now() from conversation
    where draft.id = ${draftId} and conversation.id = draft.conversation_id
      and draft.state in (${sql.join([...correctable])})
      and draft.${sql.ref(label)} is not distinct from ${from}
    returning conversation.id as "conversationId", draft.message_id as "messageId",
      conversation.mailbox_id as "mailboxId"`.execute(tx);
  const [changed] = rows;
  if (changed === undefined) throw await refusalOf(tx, draftId, label);
  const { conversationId, messageId, mailboxId } = changed;
  await tx
    .insertInto('label_correction')
    .values({
      draft_id: draftId,
      message_id: messageId,
      mailbox_id: mailboxId,
      label,
      from_value: from,
      to_value: to,
      account_id: accountId,
    })
    .execute();
  await announce(tx, { kind: 'labels', draftId, conversationId });
  return conversationId;
}

async function refusalOf(tx: Tx, id: number, label: LabelName): Promise<ReplywrightError> {
  const row = await tx
    .selectFrom('draft')
    .select(['category', 'urgency', 'language'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return new ReplywrightError('not_found', { what: 'draft', id });
  return new ReplywrightError('label_changed', { label, actual: row[label] ?? 'none' });
}

/** Labels a draft while an attempt at it runs; nothing once it is over, nor what a person labelled. */
export async function labelRunning(
  tx: Tx,
  { draftId, attempt }: { draftId: number; attempt: number },
  labels: Labels,
): Promise<void> {
  const running = await tx
    .updateTable('draft')
    .set({ ...labels })
    .where('id', '=', draftId)
    .where('attempt', '=', attempt)
    .where('state', '=', 'drafting')
    .returning(['conversation_id as conversationId', 'message_id as messageId'])
    .executeTakeFirst();
  if (running === undefined) return;
  const { conversationId, messageId } = running;
  const corrected = await correctedLabels(tx, messageId);
  if (Object.keys(corrected).length > 0)
    await tx
      .updateTable('draft')
      .set({ ...corrected })
      .where('id', '=', draftId)
      .execute();
  await announce(tx, { kind: 'labels', draftId, conversationId });
}

/** What people made of the labels of one mail; another draft for it keeps that. */
export async function correctedLabels(db: Db, messageId: number): Promise<Partial<Labels>> {
  const rows = await db
    .selectFrom('label_correction')
    .distinctOn('label')
    .select(['label', 'to_value as value'])
    .where('message_id', '=', messageId)
    .orderBy('label')
    .orderBy('id', 'desc')
    .execute();
  return Object.fromEntries(rows.map(({ label, value }) => [label, value]));
}

/** A mail of the mailbox whose labels a person corrected. */
export interface CorrectedMail {
  customer: { name: string; address: string };
  text: string;
  category: string | null;
  urgency: Urgency | null;
  language: string | null;
}

/** More corrections than these are never looked through. */
const lookedThrough = 200;

/**
 * The mails of a mailbox whose labels were corrected last, with their labels as they are now.
 *
 * @param not the address of a customer whose mails are left out.
 * @param longest of each text, in characters.
 */
export async function correctedMails(
  db: Db,
  { mailboxId, not, count, longest }: CorrectedMailsWanted,
): Promise<CorrectedMail[]> {
  const { rows } = await sql<CorrectedMail & { name: string; address: string }>`
    select conversation.customer_name as name, conversation.customer_address as address,
      left(message.new_text, ${longest}) as text, draft.category, draft.urgency, draft.language
    from (
      select max(id) as id, max(draft_id) as draft_id, message_id from (
        select id, draft_id, message_id from label_correction where mailbox_id = ${mailboxId}
        order by id desc limit ${lookedThrough}
      ) as newest group by message_id
    ) as corrected
    join draft on draft.id = corrected.draft_id
    join message on message.id = corrected.message_id
    join conversation on conversation.id = draft.conversation_id
    where lower(conversation.customer_address) <> lower(${not})
      and lower(coalesce(message.from_address, '')) <> lower(${not})
    order by corrected.id desc limit ${count}`.execute(db);
  return rows.map(({ name, address, ...mail }) => ({ ...mail, customer: { name, address } }));
}

export interface CorrectedMailsWanted {
  mailboxId: number;
  not: string;
  count: number;
  longest: number;
}

/** Values that labels lately had, most frequent first. */
export async function recentLabels(
  db: Db,
  drafts = 300,
): Promise<Pick<Record<LabelName, string[]>, 'category' | 'language'>> {
  const values = async (label: 'category' | 'language') => {
    const { rows } = await sql<{ value: string }>`
      select value from (
        select ${sql.ref(label)} as value from draft order by id desc limit ${drafts}
      ) as newest where value is not null group by value order by count(*) desc, value`.execute(db);
    return rows.map(({ value }) => value);
  };
  const [category, language] = await Promise.all([values('category'), values('language')]);
  return { category, language };
}
