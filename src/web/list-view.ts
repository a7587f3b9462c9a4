/** The queue as pages show it: the views with their counts, and one row an item. */

import { type QueueCounts, type QueueItem, type QueueView, queueViews } from '../storage/queue.ts';
import { count, elapsed, humanize, zonedMoment } from './wording.ts';

const viewNames: Record<QueueView, string> = {
  approve: 'To approve',
  person: 'Needs a person',
  sending: 'Sending',
  sent: 'Sent',
  elsewhere: 'Answered elsewhere',
  automated: 'Automated',
  quarantined: 'Quarantined',
  done: 'Done',
};

/** Where the name is too long for a narrow screen. */
const shortNames: Partial<Record<QueueView, string>> = {
  approve: 'Approve',
  person: 'Person',
  elsewhere: 'Elsewhere',
  automated: 'Auto',
};

/** What is on its way, what waits for its time and what needs a look; one of them is always said. */
function sendingWords(total: number, { planned, troubled }: Sending): string {
  const n = (value: number) => value.toLocaleString('en-GB');
  const moving = Math.max(0, total - planned - troubled);
  const words = [
    ...(planned > 0 ? [`${n(planned)} planned`] : []),
    ...(troubled > 0 ? [`${n(troubled)} to look at`] : []),
  ];
  return moving > 0 || words.length === 0
    ? [`${n(moving)} on the way`, ...words].join(', ')
    : words.join(', ');
}

type Sending = Pick<QueueCounts, 'planned' | 'troubled'>;

/** How many items a view holds, in words. */
function summaryOf(view: QueueView, total: number, sending: Sending): string {
  const n = total.toLocaleString('en-GB');
  const words: Record<QueueView, string> = {
    approve: `${n} to approve`,
    person: total === 1 ? '1 needs a person' : `${n} need a person`,
    sending: sendingWords(total, sending),
    sent: `${n} sent`,
    elsewhere: `${n} answered elsewhere`,
    automated: `${n} automated`,
    quarantined: `${n} quarantined`,
    done: `${n} done`,
  };
  return words[view];
}

/** What a view says when it is empty: a heading and a sentence. */
const emptyWords: Record<QueueView, { heading: string; text: string }> = {
  approve: { heading: 'All answered', text: 'New mail appears here by itself.' },
  person: { heading: 'Nothing here', text: 'Mail that no draft can answer waits here for you.' },
  sending: { heading: 'Nothing on its way', text: 'Approved replies pass through here.' },
  sent: { heading: 'Nothing sent yet', text: 'Replies stand here once the mail server has them.' },
  elsewhere: {
    heading: 'Nothing answered elsewhere',
    text: 'Mail that a colleague answers from another mail program stands here.',
  },
  automated: {
    heading: 'No automatic mail',
    text: 'Newsletters, bounces and out-of-office notes are filed here and never answered.',
  },
  quarantined: { heading: 'Nothing in quarantine', text: 'Mail that cannot be read is kept here.' },
  done: {
    heading: 'Nothing done yet',
    text: 'Quarantined mail that somebody dealt with stands here.',
  },
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
  undelivered: { text: 'not delivered', tone: 'stop' },
  complaint: { text: 'complaint', tone: 'stop' },
  blocked: { text: 'blocked', tone: 'stop' },
};

function stateChip(item: QueueItem, view: QueueView): Chip | null {
  const { state, failedChecks, leavesAt, timeZone } = item;
  if (leavesAt !== null && timeZone !== null)
    return { text: zonedMoment(leavesAt, timeZone, new Date()), tone: 'plain' };
  // What the whole view has in common says nothing about one of its rows.
  if (view === 'person' && state === 'needs_person') return null;
  if (view === 'sent' || view === 'elsewhere') return null;
  if (state === 'quarantined' || state === 'automated') return null;
  if (state === 'done') return null;
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

const messageViews: ReadonlySet<QueueView> = new Set(['automated', 'quarantined', 'done']);

/** How an item is named in addresses: by its conversation, or by its message when it was filed. */
export function refOf(item: QueueItem, view: QueueView): string {
  return messageViews.has(view) || item.conversationId === null
    ? `m${item.messageId}`
    : `c${item.conversationId}`;
}

/** The way from the quarantine to what left it. */
function doneLink(view: QueueView, counts: QueueCounts) {
  if (view !== 'quarantined' || counts.done === 0) return null;
  return { url: '/queue/done', text: summaryOf('done', counts.done, counts) };
}

/** The list of one view. */
export function listView(
  view: QueueView,
  items: QueueItem[],
  counts: QueueCounts,
  open: string | null,
) {
  // Only the last day's sent mail is counted, but older mail is listed too.
  const total = Math.max(counts[view], items.length);
  const oldest = items.reduce<Date | null>(
    (least, { at }) => (least === null || at < least ? at : least),
    null,
  );
  const waiting = view === 'approve' || view === 'person';
  return {
    view,
    name: viewNames[view],
    summary:
      summaryOf(view, total, counts) +
      (waiting && oldest !== null ? `, oldest ${elapsed(oldest, new Date())}` : ''),
    empty: items.length === 0 ? emptyWords[view] : null,
    aside: doneLink(view, counts),
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

/** The rail: every view with what waits in it. What is done stands behind the quarantine it left. */
export function railView(counts: QueueCounts, view: QueueView | null) {
  const place = view === 'done' ? 'quarantined' : view;
  return queueViews
    .filter((each) => each !== 'done')
    .map((each) => ({
      view: each,
      name: viewNames[each],
      short: shortNames[each] ?? null,
      url: `/queue/${each}`,
      // What was sent is no work: its number would only draw the eye.
      count:
        each === 'sent' || each === 'elsewhere' || counts[each] === 0
          ? null
          : counts[each].toLocaleString('en-GB'),
      current: each === place,
    }));
}
