/**
 * Sweep: every now and then, work that stands still because its job was lost gets a new one,
 * attached files that no reply will carry are removed, and money held back by the dead is settled.
 */

import type { Log } from '../log.ts';
import { dropUnneededEnclosures } from '../storage/enclosures.ts';
import type { Jobs } from '../storage/jobs.ts';
import { settleForgotten } from '../storage/spending.ts';
import { reviveStranded } from '../storage/stranded.ts';
import type { Db } from '../storage/tables.ts';

const everyMs = 600_000;

/** Looks now and every ten minutes, until `stopping` aborts. */
export function startSweeping(
  parts: { db: Db; jobs: Jobs; log: Log },
  stopping: AbortSignal,
): void {
  const look = async () => {
    try {
      const found = await parts.db.transaction().execute((tx) => reviveStranded(tx, parts.jobs));
      if (found > 0) parts.log.warn('stranded_work_revived', { found });
      const removed = await dropUnneededEnclosures(parts.db);
      if (removed > 0) parts.log.info('unneeded_attachments_removed', { removed });
      const settled = await settleForgotten(parts.db);
      if (settled > 0) parts.log.warn('spending_settled_at_worst', { settled });
    } catch (error) {
      parts.log.warn('sweep_failed', { error });
    }
  };
  const timer = setInterval(look, everyMs);
  stopping.addEventListener('abort', () => clearInterval(timer));
  void look();
}
