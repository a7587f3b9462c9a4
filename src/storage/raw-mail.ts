/** Raw mail: the bytes of a message, stored once before anything is made of them. */

import { sql } from 'kysely';
import type { FetchedMail } from '../domain/message.ts';
import { moveMessage } from './compare-and-set.ts';
import { announceAll } from './events.ts';
import { sha256 } from './hash.ts';
import type { Tx } from './tables.ts';

export type Direction = 'inbound' | 'outbound';

/** A mail on its way into its row. */
interface Row {
  mail: FetchedMail;
  sha256: string;
}

/** Inserts the mails that neither their bytes nor their place are taken of. @returns ids by hash */
async function insertRaw(
  tx: Tx,
  mailboxId: number,
  rows: readonly Row[],
  direction: Direction,
): Promise<Map<string, number>> {
  const inserted = await tx
    .insertInto('message')
    .values(
      rows.map(({ mail, sha256 }) => ({
        mailbox_id: mailboxId,
        direction,
        state: 'stored' as const,
        raw: mail.raw,
        raw_sha256: sha256,
        cut_kept: mail.cut?.kept ?? null,
        cut_size: mail.cut?.size ?? null,
        uidvalidity: mail.place?.uidvalidity ?? null,
        uid: mail.place?.uid ?? null,
        recipients: JSON.stringify({ to: [], cc: [] }),
        attachments: '[]',
        ...(mail.receivedAt === null ? {} : { received_at: mail.receivedAt }),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning(['id', 'raw_sha256 as hash'])
    .execute();
  return new Map(inserted.map(({ id, hash }) => [hash, id]));
}

async function findByBytes(tx: Tx, mailboxId: number, hash: string) {
  return await tx
    .selectFrom('message')
    .select(['id', 'state'])
    .where('mailbox_id', '=', mailboxId)
    .where('raw_sha256', '=', hash)
    .executeTakeFirst();
}

/** An import may read a mail that is new before its mailbox hands it over; nothing older is work. */
const recentDays = 30;

/**
 * Makes imported mail that a watched mailbox hands over work after all, unless it is long past or
 * was answered: an import must never keep a new mail from being seen.
 */
async function reviveImported(tx: Tx, id: number, receivedAt: Date | null): Promise<boolean> {
  const due = await tx
    .selectFrom('message')
    .select('id')
    .where('id', '=', id)
    .where(
      sql<boolean>`coalesce(${receivedAt}::timestamptz, received_at)
        > now() - make_interval(days => ${recentDays})`,
    )
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('message as reply')
            .select('reply.id')
            .whereRef('reply.mailbox_id', '=', 'message.mailbox_id')
            .where('reply.direction', '=', 'outbound')
            .where(sql<boolean>`reply.reference_ids && array[message.message_id]`),
        ),
      ),
    )
    .executeTakeFirst();
  if (due === undefined) return false;
  await moveMessage(tx, id, 'imported', 'stored');
  return true;
}

/** What becomes of a mail whose bytes or place are taken. @returns its id when it is to be filed */
async function storeTaken(
  tx: Tx,
  mailboxId: number,
  row: Row,
  direction: Direction,
): Promise<number | null> {
  const known = await findByBytes(tx, mailboxId, row.sha256);
  if (known?.state === 'imported')
    return (await reviveImported(tx, known.id, row.mail.receivedAt)) ? known.id : null;
  if (known !== undefined) return null;
  // Other mail has this place: a server restored from a backup may use its numbers twice.
  const placeless = { ...row, mail: { ...row.mail, place: null } };
  return (await insertRaw(tx, mailboxId, [placeless], direction)).get(row.sha256) ?? null;
}

/**
 * Stores the bytes of mails, once: the same bytes in the same mailbox are the same mail.
 *
 * @param direction `outbound` for what stands in the Sent folder.
 * @returns the ids of the messages that are to be filed, in the order of the mails; none for mails
 *   that are stored already.
 */
export async function storeRaw(
  tx: Tx,
  mailboxId: number,
  mails: readonly FetchedMail[],
  direction: Direction = 'inbound',
): Promise<number[]> {
  const rows = mails.map((mail) => ({ mail, sha256: sha256(mail.raw) }));
  const inserted = await insertRaw(tx, mailboxId, rows, direction);
  const ids: number[] = [];
  for (const row of rows) {
    const fresh = inserted.get(row.sha256);
    // Twice among these, the bytes are one mail.
    inserted.delete(row.sha256);
    const id = fresh ?? (await storeTaken(tx, mailboxId, row, direction));
    if (id !== null) ids.push(id);
  }
  await announceAll(
    tx,
    ids.map((messageId) => ({ kind: 'message', messageId, conversationId: null })),
  );
  return ids;
}
