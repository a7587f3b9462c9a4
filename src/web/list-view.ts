/** The queue as pages show it: the views with their counts, and one row an item. */

import type { MailboxHealth } from '../storage/mailboxes.ts';
import { type QueueItem, type QueueView, queueViews } from '../storage/queue.ts';
import { count, elapsed, humanize } from './wording.ts';

const viewNames: Record<QueueView, string> = {
  approve: 'To approve',
  person: 'Needs a person',
  sending: 'Sending',
  sent: 'Sent',
  automated: 'Automated',
  quarantined: 'Quarantined',
};

/** How many items a view holds, in words. */
function summaryOf(view: QueueView, total: number): string {
  const n = total.toLocaleString('en-GB');
  const words: Record<QueueView, string> = {
    approve: `${n} to approve`,
    person: total === 1 ? '1 needs a person' : `${n} need a person`,
    sending: `${n} on the way`,
    sent: `${n} sent`,
    automated: `${n} automated`,
    quarantined: `${n} quarantined`,
  };
  return words[view];
}

/** What a view says when it is empty: a heading and a sentence. */
const emptyWords: Record<QueueView, { heading: string; text: string }> = {
  approve: { heading: 'All answered', text: 'New mail appears here by itself.' },
  person: { heading: 'Nothing here', text: 'Mail that no draft can answer waits here for you.' },
  sending: { heading: 'Nothing on its way', text: 'Approved replies pass through here.' },
  sent: { heading: 'Nothing sent yet', text: 'Replies stand here once the mail server has them.' },
  automated: {
    heading: 'No automatic mail',
    text: 'Newsletters, bounces and out-of-office notes are filed here and never answered.',
  },
  quarantined: { heading: 'Nothing in quarantine', text: 'Mail that cannot be read is kept here.' },
};

interface Chip {
  text: string;
  tone: 'plain' | 'go' | 'look' | 'stop';
}

const stateChips: Record<string, Chip> = {
  queued: { text: 'waiting', tone: 'plain' },
  drafting: { text: 'drafting…', tone: 'plain' },
  ready: { text: 'ready', tone: 'go' },
  needs_person: { text: 'needs a person', tone: 'look' },
  failed: { text: 'no draft', tone: 'stop' },
  held: { text: 'undo possible', tone: 'look' },
  sending: { text: 'sending…', tone: 'plain' },
  refused: { text: 'refused', tone: 'stop' },
  uncertain: { text: 'uncertain', tone: 'look' },
  blocked: { text: 'blocked', tone: 'stop' },
};

function stateChip({ state, failedChecks }: QueueItem, view: QueueView): Chip | null {
  // What the whole view has in common says nothing about one of its rows.
  if (view === 'person' && state === 'needs_person') return null;
  if (view === 'sent' || view === 'quarantined' || state === 'automated') return null;
  if (state === 'ready' && failedChecks > 0) {
    const tone = failedChecks > 1 ? 'stop' : 'look';
    return { text: count(failedChecks, 'check', 'checks'), tone };
  }
  return stateChips[state] ?? { text: humanize(state), tone: 'plain' };
}

function chipsOf(item: QueueItem, view: QueueView): Chip[] {
  const { category, urgency, language } = item;
  const plain = (text: string | null): Chip[] => (text === null ? [] : [{ text, tone: 'plain' }]);
  const state = stateChip(item, view);
  return [
    ...(state === null ? [] : [state]),
    ...(urgency === 'urgent' ? [{ text: 'urgent', tone: 'look' } as const] : []),
    ...plain(category === null || category === 'other' ? null : humanize(category).toLowerCase()),
    ...plain(language === 'en' ? null : language),
  ];
}

/** How an item is named in addresses: by its conversation, or by its message when it was filed. */
export function refOf(item: QueueItem, view: QueueView): string {
  const filed = view === 'automated' || view === 'quarantined';
  return filed || item.conversationId === null ? `m${item.messageId}` : `c${item.conversationId}`;
}

/** The list of one view. */
export function listView(view: QueueView, items: QueueItem[], total: number, open: string | null) {
  const oldest = items.reduce<Date | null>(
    (least, { at }) => (least === null || at < least ? at : least),
    null,
  );
  const waiting = view === 'approve' || view === 'person';
  return {
    view,
    name: viewNames[view],
    summary:
      summaryOf(view, total) +
      (waiting && oldest !== null ? `, oldest ${elapsed(oldest, new Date())}` : ''),
    empty: items.length === 0 ? emptyWords[view] : null,
    more: Math.max(0, total - items.length),
    rows: items.map((item) => {
      const ref = refOf(item, view);
      return {
        ref,
        url: `/queue/${view}/${ref}`,
        name: item.customerName || item.customerAddress || 'Unknown sender',
        subject: item.subject.trim() || item.snippet || '(no subject)',
        at: item.at,
        chips: chipsOf(item, view),
        current: ref === open,
      };
    }),
  };
}

/** What an item pane says when there is no item to show. */
export function emptyItem(view: QueueView) {
  return { view, title: viewNames[view], ...emptyWords[view] };
}

/** The rail: every view with what waits in it. */
export function railView(counts: Record<QueueView, number>, view: QueueView | null) {
  return queueViews.map((each) => ({
    view: each,
    name: viewNames[each],
    url: `/queue/${each}`,
    // Sent mail is no work: its number would only draw the eye.
    count: each === 'sent' || counts[each] === 0 ? null : counts[each].toLocaleString('en-GB'),
    current: each === view,
  }));
}

/** The line that says whether mail comes in. */
export function healthView(mailboxes: MailboxHealth[]) {
  const ill = mailboxes.filter(({ errorText }) => errorText !== null);
  const latest = mailboxes.reduce<Date | null>((newest, { lastMailAt }) => {
    if (lastMailAt === null) return newest;
    return newest === null || lastMailAt > newest ? lastMailAt : newest;
  }, null);
  const only = mailboxes.length === 1 ? mailboxes[0] : undefined;
  const name =
    only === undefined ? count(mailboxes.length, 'mailbox', 'mailboxes') : `${only.name}`;
  return {
    ill: ill.length > 0,
    words:
      ill.length > 0 ? `${ill.map((each) => each.name).join(', ')} not reachable` : `${name} live`,
    detail: ill.map(({ errorText }) => errorText).join('\n'),
    lastMailAt: latest,
  };
}
