/**
 * Enclosures: files that people attach to replies, their bytes in bounded pieces.
 *
 * A file belongs to the next reply of its conversation until a decision settles that reply. So it
 * outlives a draft that goes stale or is drafted again, and comes back when a decision is undone.
 */

import { sql } from 'kysely';
import type { Enclosure } from '../domain/enclosure.ts';
import { sha256 } from './hash.ts';
import type { Db, Tx } from './tables.ts';

export interface NewEnclosure {
  messageId: number;
  conversationId: number;
  accountId: number;
  filename: string;
}

/** Begins a file whose bytes follow; nobody sees it before `finishEnclosure`. */
export async function beginEnclosure(db: Db, enclosure: NewEnclosure): Promise<number> {
  const { id } = await db
    .insertInto('enclosure')
    .values({
      message_id: enclosure.messageId,
      conversation_id: enclosure.conversationId,
      account_id: enclosure.accountId,
      filename: enclosure.filename,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Keeps the piece of that number, from 0, of a file that was begun. */
export async function keepPiece(db: Db, id: number, number: number, bytes: Buffer): Promise<void> {
  await db.insertInto('enclosure_piece').values({ enclosure_id: id, number, bytes }).execute();
}

/** Makes a file whose bytes are all here one of the next reply. */
export async function finishEnclosure(
  tx: Tx,
  id: number,
  { size, sha256, contentType, format, pixels }: Omit<Enclosure, 'id' | 'messageId' | 'filename'>,
): Promise<void> {
  await tx
    .updateTable('enclosure')
    .set({
      ...{ size, sha256, format, content_type: contentType },
      pixels: pixels === null ? null : JSON.stringify(pixels),
    })
    .where('id', '=', id)
    .where('sha256', 'is', null)
    .returning('id')
    .executeTakeFirstOrThrow();
}

/** Removes a file that belongs to no decided reply. @returns false when there is none */
export async function removeLoose(db: Db, id: number): Promise<boolean> {
  const removed = await db
    .deleteFrom('enclosure')
    .where('id', '=', id)
    .where('decision_id', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return removed !== undefined;
}

function selectFinished(db: Db) {
  return db
    .selectFrom('enclosure')
    .select([
      'id',
      'message_id as messageId',
      'filename',
      'content_type as contentType',
      'format',
      'pixels',
      'size',
      'sha256',
    ])
    .$narrowType<{ size: number; sha256: string }>()
    .where('sha256', 'is not', null)
    .orderBy('id');
}

/** The files of the next reply of a conversation, in the order in which they were attached. */
export async function looseEnclosures(db: Db, conversationId: number): Promise<Enclosure[]> {
  return await selectFinished(db)
    .where('conversation_id', '=', conversationId)
    .where('decision_id', 'is', null)
    .execute();
}

/** The files of the reply that a decision settled. */
export async function enclosuresOf(db: Db, decisionId: number): Promise<Enclosure[]> {
  return await selectFinished(db).where('decision_id', '=', decisionId).execute();
}

/** One file whose bytes are still here; null when there is none. */
export async function findEnclosure(db: Db, id: number): Promise<Enclosure | null> {
  const found = await selectFinished(db)
    .where('id', '=', id)
    .where('let_go_at', 'is', null)
    .executeTakeFirst();
  return found ?? null;
}

/** The conversation of a file of a next reply; null when there is no such file. */
export async function conversationOfLoose(db: Db, id: number): Promise<number | null> {
  const row = await db
    .selectFrom('enclosure')
    .select('conversation_id as conversationId')
    .where('id', '=', id)
    .where('decision_id', 'is', null)
    .where('sha256', 'is not', null)
    .executeTakeFirst();
  return row?.conversationId ?? null;
}

/**
 * Names a set of files exactly: an approval carries the name of the set that was shown. A file
 * never changes, so that its id stands for its bytes; their hash is named all the same.
 */
export function enclosureSetHash(enclosures: readonly Enclosure[]): string {
  const named = enclosures.map(({ id, filename, contentType, size, sha256 }) => {
    return [id, filename, contentType, size, sha256];
  });
  return sha256(JSON.stringify(named));
}

/** Settles the next reply: its files belong to the decision. The conversation must be locked. */
export async function settleEnclosures(
  tx: Tx,
  conversationId: number,
  decisionId: number,
): Promise<void> {
  await tx
    .updateTable('enclosure')
    .set({ decision_id: decisionId })
    .where('conversation_id', '=', conversationId)
    .where('decision_id', 'is', null)
    .where('sha256', 'is not', null)
    .execute();
}

/** Gives the files of a decision that was undone back to the next reply. */
export async function releaseEnclosures(tx: Tx, decisionId: number): Promise<void> {
  await tx
    .updateTable('enclosure')
    .set({ decision_id: null })
    .where('decision_id', '=', decisionId)
    .execute();
}

/** Lets the bytes of a reply that was sent go: the mail itself holds them from now on. */
export async function letGoOfBytes(tx: Tx, decisionId: number): Promise<void> {
  await sql`delete from enclosure_piece using enclosure
    where enclosure_id = enclosure.id and decision_id = ${decisionId}`.execute(tx);
  await tx
    .updateTable('enclosure')
    .set({ let_go_at: sql<Date>`now()` })
    .where('decision_id', '=', decisionId)
    .execute();
}

/** The bytes of a file, a piece at a time. */
export async function* enclosurePieces(db: Db, id: number): AsyncGenerator<Buffer> {
  for (let number = 0; ; number += 1) {
    const piece = await db
      .selectFrom('enclosure_piece')
      .select('bytes')
      .where('enclosure_id', '=', id)
      .where('number', '=', number)
      .executeTakeFirst();
    if (piece === undefined) return;
    yield piece.bytes;
  }
}

/** An upload takes minutes at most; what is unfinished after this belongs to a process that died. */
const unfinishedHours = 1;

/** So long the files of a reply that was never sent can still be wanted. */
const unsentDays = 30;

/**
 * Removes files that no reply will carry: uploads that broke off; and after a month those of mails
 * that were closed without a reply or answered elsewhere. What an open draft or a delivery could
 * need stays, however old it is. Each condition stands on the row itself, so that a row that is
 * approved or released in the same moment is looked at again.
 *
 * @returns how many were removed.
 */
export async function dropUnneededEnclosures(db: Db): Promise<number> {
  const { numAffectedRows: unfinished = 0n } = await sql`delete from enclosure
    where let_go_at is null and sha256 is null
      and created_at < now() - make_interval(hours => ${unfinishedHours})`.execute(db);
  const { numAffectedRows: loose = 0n } = await sql`delete from enclosure
    where let_go_at is null and decision_id is null
      and created_at < now() - make_interval(days => ${unsentDays})
      and not exists (select from draft where draft.conversation_id = enclosure.conversation_id
        and draft.state in ('queued', 'drafting', 'ready', 'needs_person', 'failed'))`.execute(db);
  const { numAffectedRows: closed = 0n } = await sql`delete from enclosure using decision
    where let_go_at is null and decision.id = decision_id and verdict = 'rejected'
      and created_at < now() - make_interval(days => ${unsentDays})
      and decided_at < now() - make_interval(days => ${unsentDays})`.execute(db);
  return Number(unfinished + loose + closed);
}
