/** Import progress: how far each source of imported mail was read. */

import type { Db, Tx } from './tables.ts';

/** Where an import stopped in a source; null at its beginning, or when another stands there now. */
export async function readProgress(
  db: Db,
  mailboxId: number,
  source: string,
  fingerprint: string,
): Promise<string | null> {
  const row = await db
    .selectFrom('import_progress')
    .select('position')
    .where('mailbox_id', '=', mailboxId)
    .where('source', '=', source)
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst();
  return row?.position ?? null;
}

/** Moves the place where an import goes on, in the transaction that stores what it covers. */
export async function saveProgress(
  tx: Tx,
  mailboxId: number,
  source: string,
  fingerprint: string,
  position: string,
): Promise<void> {
  await tx
    .insertInto('import_progress')
    .values({ mailbox_id: mailboxId, source, fingerprint, position })
    .onConflict((conflict) =>
      conflict
        .columns(['mailbox_id', 'source'])
        .doUpdateSet({ fingerprint, position, changed_at: new Date() }),
    )
    .execute();
}

/** Forgets how far a source was read, so that the next import looks at all of it again. */
export async function dropProgress(db: Db, mailboxId: number, source: string): Promise<void> {
  await db
    .deleteFrom('import_progress')
    .where('mailbox_id', '=', mailboxId)
    .where('source', '=', source)
    .execute();
}
