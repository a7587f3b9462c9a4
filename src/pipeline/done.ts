/** Done: a person read what could not be parsed and dealt with it elsewhere, or takes that back. */

import { moveMessage } from '../storage/compare-and-set.ts';
import type { Db } from '../storage/tables.ts';

interface Handling {
  messageId: number;
  accountId: number;
}

async function handle(
  db: Db,
  { messageId, accountId }: Handling,
  from: 'quarantined' | 'done',
  to: 'quarantined' | 'done',
): Promise<void> {
  const patch = { handled_at: new Date(), handled_by: accountId };
  await db.transaction().execute((tx) => moveMessage(tx, messageId, from, to, patch));
}

/**
 * Closes a quarantined mail.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function markDone({ db }: { db: Db }, handling: Handling): Promise<void> {
  await handle(db, handling, 'quarantined', 'done');
}

/**
 * Puts a mail that was done back into quarantine.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function reopen({ db }: { db: Db }, handling: Handling): Promise<void> {
  await handle(db, handling, 'done', 'quarantined');
}
