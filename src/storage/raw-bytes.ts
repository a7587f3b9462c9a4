/** The raw bytes of a message, read in pieces, so that a large mail is in memory only once. */

import { sql } from 'kysely';
import type { Db } from './tables.ts';

/**
 * PostgreSQL sends bytes as text of twice their size; a whole mail of 40 MB would come as 80 MB of
 * text beside its bytes. The column is stored uncompressed, so a piece costs only itself.
 */
const pieceBytes = 2 * 1024 * 1024;

/** The raw bytes of a message, as they came; null when there is none of that id. */
export async function messageRaw(db: Db, id: number): Promise<Buffer | null> {
  const pieceFrom = (start: number) =>
    db
      .selectFrom('message')
      .select([
        sql<number>`octet_length(raw)`.as('size'),
        sql<Buffer>`substring(raw from ${start + 1}::int for ${pieceBytes}::int)`.as('piece'),
      ])
      .where('id', '=', id)
      .executeTakeFirst();
  const first = await pieceFrom(0);
  if (first === undefined || first.size <= pieceBytes) return first?.piece ?? null;
  const whole = Buffer.alloc(first.size);
  let filled = first.piece.copy(whole);
  while (filled < whole.length) {
    const next = await pieceFrom(filled);
    // A message and its bytes are never changed; it can only be gone.
    if (next === undefined || next.piece.length === 0) return null;
    filled += next.piece.copy(whole, filled);
  }
  return whole;
}
