/** Learn: a sent delivery becomes a training pair. */

import { keepPair } from '../storage/pairs.ts';
import type { Db } from '../storage/tables.ts';

/** Keeps the training pair of a sent delivery. */
export async function learn(parts: { db: Db }, deliveryId: number): Promise<void> {
  await parts.db.transaction().execute((tx) => keepPair(tx, deliveryId));
}
