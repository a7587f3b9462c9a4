/** Bytes of a whole mail, read in pieces, so that a large mail is in memory only once. */

import { sql } from 'kysely';
import type { Db } from './tables.ts';

/**
 * PostgreSQL sends bytes as text of twice their size; a whole mail of 40 MB would come as 80 MB of
 * text beside its bytes. The columns are stored uncompressed, so a piece costs only itself.
 */
const pieceBytes = 2 * 1024 * 1024;

/** Reads a column of a row that does not change; null when there is no such row or no bytes. */
async function readInPieces(
  db: Db,
  table: 'message' | 'delivery',
  column: string,
  id: number,
): Promise<Buffer | null> {
  const pieceFrom = async (start: number) => {
    const { rows } = await sql<{ size: number | null; piece: Buffer }>`
      select octet_length(${sql.ref(column)}) as size,
        substring(${sql.ref(column)} from ${start + 1}::int for ${pieceBytes}::int) as piece
      from ${sql.table(table)} where id = ${id}`.execute(db);
    return rows[0];
  };
  const first = await pieceFrom(0);
  if (first === undefined || first.size === null) return null;
  if (first.size <= pieceBytes) return first.piece;
  const whole = Buffer.alloc(first.size);
  let filled = first.piece.copy(whole);
  while (filled < whole.length) {
    const next = await pieceFrom(filled);
    // The bytes are never changed; they can only be gone.
    if (next === undefined || next.size === null || next.piece.length === 0) return null;
    filled += next.piece.copy(whole, filled);
  }
  return whole;
}

/** The raw bytes of a message, as they came; null when there is none of that id. */
export async function messageRaw(db: Db, id: number): Promise<Buffer | null> {
  return await readInPieces(db, 'message', 'raw', id);
}

/** The exact bytes of a delivery; null before its first attempt. */
export async function deliveryBytes(db: Db, id: number): Promise<Buffer | null> {
  return await readInPieces(db, 'delivery', 'bytes', id);
}
