/** Sent copies: the replies whose copy could not be put into the Sent folder. */

import type { Db } from './tables.ts';

/** More need not be counted one by one. */
const mostCounted = 1_000;

/** What is missing in the Sent folder of a mailbox. */
export interface MissingCopies {
  count: number;
  /** True when there are more than `count`. */
  more: boolean;
  /** When the newest of them was sent, and what went wrong. */
  at: Date;
  trouble: string;
}

/** The sent replies of a mailbox whose copy failed; null when there are none. */
export async function missingCopies(db: Db, mailboxName: string): Promise<MissingCopies | null> {
  const rows = await db
    .selectFrom('delivery')
    .innerJoin('mailbox', 'mailbox.id', 'delivery.mailbox_id')
    .select(['delivery.changed_at as at', 'sent_copy_trouble as trouble'])
    .where('mailbox.name', '=', mailboxName)
    .where('delivery.state', '=', 'sent')
    .where('sent_copy_trouble', 'is not', null)
    .orderBy('delivery.changed_at', 'desc')
    .limit(mostCounted + 1)
    .execute();
  const [newest] = rows;
  if (newest === undefined) return null;
  const { at, trouble } = newest;
  const count = Math.min(rows.length, mostCounted);
  return { count, more: rows.length > count, at, trouble: trouble ?? '' };
}
