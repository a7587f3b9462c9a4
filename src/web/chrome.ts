/** The desk around a page: rail, list, mailbox health, who is logged in, keys. */

import type { Account } from '../storage/accounts.ts';
import { mailboxHealth } from '../storage/mailboxes.ts';
import { listQueue, type QueueView, queueCounts } from '../storage/queue.ts';
import { keyGroups } from './keys.ts';
import { healthView, listView, railView } from './list-view.ts';
import type { Desk } from './parts.ts';

/** Rows a list shows at most; what is beyond is counted. */
const listLimit = 300;

/** What changes by itself: the counts, the list and the health of the mailboxes. */
export async function liveParts(desk: Desk, view: QueueView, open: string | null) {
  const position = desk.live.position();
  const [counts, items, mailboxes] = await Promise.all([
    queueCounts(desk.db),
    listQueue(desk.db, view, listLimit),
    mailboxHealth(desk.db),
  ]);
  return {
    position,
    rail: railView(counts, view),
    // Only the last day's sent mail is counted, but older mail is listed too.
    list: listView(view, items, Math.max(counts[view], items.length), open),
    health: healthView(mailboxes),
    items,
  };
}

function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter((part) => part !== '');
  const letters = parts.slice(0, 2).map((part) => [...part][0] ?? '');
  return letters.join('').toUpperCase();
}

/** What stays the same from page to page. */
export function frame(desk: Desk, account: Account) {
  return {
    shopName: desk.shopName,
    offline: desk.offline,
    trouble: desk.trouble,
    sandbox: desk.sandbox !== null,
    // True on the sandbox's own page.
    writing: false,
    version: desk.version,
    assets: `/assets/${desk.assets.version}`,
    account: { name: account.name, initials: initials(account.name) },
    keyGroups,
  };
}
