/** Growing: shows a reply to open pages, in any process, while a model still writes it. */

import type { Log } from '../log.ts';
import { dropPartial, keepPartial } from '../storage/partials.ts';
import type { Db } from '../storage/tables.ts';

/** Often enough to read along, seldom enough for a database that has other work. */
const everyMs = 300;

/** One reply as it grows. */
export interface Growing {
  /** Takes the reply so far; returns at once. */
  onText(partial: string): void;
  /** Ends it; what was shown is forgotten. Never throws: it is a sight, not a record. */
  end(): Promise<void>;
}

/** Shows what one attempt at a draft writes. */
export function growing(
  { db, log }: { db: Db; log: Log },
  attempt: { draftId: number; attempt: number },
): Growing {
  let latest: string | null = null;
  let shown = false;
  let ended = false;
  let writing: Promise<void> | null = null;
  let pause: NodeJS.Timeout | undefined;

  const attend = async (work: Promise<unknown>) => {
    await work.catch((error) => log.warn('partial_not_shown', { ...attempt, error }));
  };
  const next = () => {
    if (latest === null || ended || writing !== null || pause !== undefined) return;
    const text = latest;
    latest = null;
    shown = true;
    const kept = db.transaction().execute((tx) => keepPartial(tx, attempt, text));
    writing = attend(kept).then(() => {
      writing = null;
      pause = setTimeout(() => {
        pause = undefined;
        next();
      }, everyMs);
      pause.unref();
    });
  };
  return {
    onText(partial) {
      latest = partial;
      next();
    },
    async end() {
      ended = true;
      await writing;
      clearTimeout(pause);
      if (shown) await attend(dropPartial(db, attempt));
    },
  };
}
