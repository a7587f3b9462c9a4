/** The desk around a page: rail, list, mailbox health, who is logged in, keys. */

import type { Account } from '../storage/accounts.ts';
import { mailboxHealth } from '../storage/mailbox-health.ts';
import { listQueue, type QueueView, queueCounts } from '../storage/queue.ts';
import { keyGroups } from './keys.ts';
import { listView, railView } from './list-view.ts';
import { alarmView, healthLine, mailboxCard } from './mailbox-view.ts';
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
  const now = new Date();
  return {
    position,
    rail: railView(counts, view),
    list: listView(view, items, counts, open),
    health: healthLine(mailboxes),
    mailboxes: mailboxes.map((each) => mailboxCard(each, desk.silenceMinutes, now)),
    alarm: alarmView(mailboxes, desk.silenceMinutes, now),
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
    offline: desk.standing.offline,
    trouble: desk.standing.drafting,
    troubleName:
      desk.standing.drafting?.everywhere === false
        ? 'Some mail is not drafted'
        : 'Nothing is drafted',
    settingsTrouble: desk.standing.settings,
    samples: desk.standing.samples,
    sandbox: desk.sandbox !== null,
    // True on the sandbox's own page.
    writing: false,
    // True on the page of past replies.
    teaching: false,
    version: desk.version,
    assets: `/assets/${desk.assets.version}`,
    account: { name: account.name, initials: initials(account.name) },
    keyGroups,
  };
}
