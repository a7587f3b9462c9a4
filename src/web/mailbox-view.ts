/** How the mailboxes are doing, as pages and machines see it: cards, the line on top, the alarm. */

import type { MailboxHealth } from '../storage/mailbox-health.ts';
import { count, elapsed } from './wording.ts';

/** Trouble that no waiting mends: the mailbox is loud about it at once. */
const needsPerson: ReadonlySet<string> = new Set([
  'imap_credentials',
  'imap_certificate',
  'ca_file_unusable',
  'imap_no_folder',
  'oauth_missing',
  'oauth_expired',
  'oauth_refused',
  'oauth_not_granted',
  'oauth_key',
  'folder_unreadable',
]);

/** Since when nothing was heard; null when that is not to be expected of it yet. */
function silentSince({ state, contactedAt, error }: MailboxHealth): Date | null {
  if (contactedAt !== null) return contactedAt;
  return state === 'trouble' || state === 'unwatched' ? (error?.since ?? null) : null;
}

/** Whether people must be told on every page. */
export function isAlarming(health: MailboxHealth, silenceMinutes: number, now: Date): boolean {
  const { state, error, nextTryAt } = health;
  if (state === 'trouble' && error !== null && needsPerson.has(error.code)) return true;
  // A folder that is looked at once an hour is silent in between.
  if (state === 'connected' && nextTryAt !== null && nextTryAt > now) return false;
  const since = silentSince(health);
  return since !== null && now.getTime() - since.getTime() >= silenceMinutes * 60_000;
}

/** Trouble in two words, where it is not that the server is out of reach. */
const troubleWords: Readonly<Record<string, string>> = {
  imap_credentials: 'login refused',
  oauth_missing: 'access not granted',
  oauth_not_granted: 'access not granted',
  oauth_expired: 'access has ended',
  oauth_refused: 'access refused',
  oauth_key: 'access not readable',
  imap_certificate: 'certificate not trusted',
  ca_file_unusable: 'certificate file not usable',
  imap_no_folder: 'folder not found',
  imap_refused: 'refused for now',
  folder_unreadable: 'folder not readable',
};

function wordsOf(health: MailboxHealth): string {
  const { state, waiting, taking, error } = health;
  if (state === 'connected' || state === 'never') {
    if (taking !== null) {
      const [done, total] = [taking.done, taking.total].map((n) => n.toLocaleString('en-GB'));
      return `taking in ${done} of ${total}`;
    }
    if (waiting > 0) return `live, ${count(waiting, 'mail', 'mails')} cannot be taken`;
  }
  return {
    connected: 'live',
    never: 'not read yet',
    trouble: troubleWords[error?.code ?? ''] ?? 'not reachable',
    unwatched: 'nobody watches it',
    paused: 'not watched now',
  }[state];
}

/** What a state means for mail, where the state alone does not say it. */
const meanings = {
  connected: null,
  never: 'It is read for the first time when Replywright has reached it.',
  trouble: null,
  unwatched: 'The process that watched it is gone. Mail waits on the server; start Replywright.',
  paused: 'The process that watched it was stopped. Mail waits on the server.',
} as const;

/** One mailbox: on the card, and with all there is to know on its page. */
export function mailboxCard(health: MailboxHealth, silenceMinutes: number, now: Date) {
  const { id, name, address, state, contactedAt, readAt, error, nextTryAt } = health;
  const { waiting, taking, lastMailAt, lagSeconds } = health;
  const loud = isAlarming(health, silenceMinutes, now);
  const well = state === 'connected' && waiting === 0;
  const tone = loud ? ('stop' as const) : well ? ('go' as const) : ('look' as const);
  return {
    ...{ id, name, address, state, tone, contactedAt, readAt, waiting, taking, lastMailAt },
    words: wordsOf(health),
    meaning: meanings[state],
    // What went wrong once is of no use beside a process that is gone.
    trouble:
      state === 'trouble' && error !== null ? { text: error.text, since: error.since } : null,
    nextTryAt: state === 'trouble' ? nextTryAt : null,
    lag: lagSeconds === null || readAt === null ? null : elapsed(readAt, now),
  };
}

/** The mailboxes that people must be told of, on every page, with since when and why. */
export function alarmView(mailboxes: readonly MailboxHealth[], silenceMinutes: number, now: Date) {
  return mailboxes
    .filter((health) => isAlarming(health, silenceMinutes, now))
    .map(({ name, state, contactedAt, error }) => ({
      name,
      since: contactedAt ?? error?.since ?? null,
      why: (state === 'trouble' ? error?.text : meanings[state]) ?? 'Nothing was heard of it.',
    }));
}

/** The line on top of every page that says whether mail comes in. */
export function healthLine(mailboxes: readonly MailboxHealth[]) {
  const ill = mailboxes.filter(
    ({ state, waiting }) => waiting > 0 || (state !== 'connected' && state !== 'never'),
  );
  const latest = mailboxes.reduce<Date | null>((newest, { lastMailAt }) => {
    if (lastMailAt === null) return newest;
    return newest === null || lastMailAt > newest ? lastMailAt : newest;
  }, null);
  const [first] = ill.length > 0 ? ill : mailboxes;
  const name =
    mailboxes.length === 1 ? (first?.name ?? '') : count(mailboxes.length, 'mailbox', 'mailboxes');
  return {
    ill: ill.length > 0,
    words:
      ill.length === 0
        ? `${name} ${mailboxes.length === 1 && first !== undefined ? wordsOf(first) : 'live'}`
        : ill.length === 1 && first !== undefined
          ? `${first.name} ${wordsOf(first)}`
          : `Trouble with ${ill.map((each) => each.name).join(', ')}`,
    detail: ill.map(({ error }) => error?.text ?? '').join('\n'),
    lastMailAt: latest,
  };
}
