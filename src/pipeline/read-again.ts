/** Read again: a quarantined mail goes through triage once more, for instance after an upgrade. */

import { moveMessage } from '../storage/compare-and-set.ts';
import type { Jobs } from '../storage/jobs.ts';
import type { Db } from '../storage/tables.ts';

/**
 * Sends a quarantined mail back to triage, which files it, or quarantines it with today's reason.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function readAgain(
  { db, jobs }: { db: Db; jobs: Jobs },
  { messageId }: { messageId: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await moveMessage(tx, messageId, 'quarantined', 'stored', { state_reason: null });
    await jobs.send(tx, 'triage', { messageIds: [messageId] });
  });
}
