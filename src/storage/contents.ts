/** Texts that are kept once and named by their hash: what many requests have in common. */

import { sha256 } from './hash.ts';
import type { Db, Tx } from './tables.ts';

/** Keeps a text, unless it is kept already; returns its hash. */
export async function keepContent(tx: Tx, body: string): Promise<string> {
  const hash = sha256(body);
  await tx
    .insertInto('content')
    .values({ sha256: hash, body })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return hash;
}

/** The texts of these hashes, by hash. */
export async function contentsOf(
  db: Db,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (hashes.length === 0) return new Map();
  const rows = await db
    .selectFrom('content')
    .select(['sha256', 'body'])
    .where('sha256', 'in', [...new Set(hashes)])
    .execute();
  return new Map(rows.map(({ sha256: hash, body }) => [hash, body]));
}
