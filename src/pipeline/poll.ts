/** Poll: watches one mailbox for as long as this process holds its lease. */

import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { FetchedMail } from '../domain/message.ts';
import type { Log } from '../log.ts';
import type { MailSource } from '../mail/watched.ts';
import type { ChangeFeed } from '../storage/events.ts';
import type { Jobs } from '../storage/jobs.ts';
import {
  advanceMark,
  endWish,
  holdLease,
  readMark,
  releaseLease,
  wishedSince,
} from '../storage/mailboxes.ts';
import { advanceSentMark, readSentMark } from '../storage/sent-folder.ts';
import type { Db } from '../storage/tables.ts';
import { takeIn, takeInSent } from './intake.ts';
import { MailboxNotes, type Taking } from './mailbox-notes.ts';
import { retryDelayMs } from './retry.ts';

export interface PollParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  /** Names this process among those that may poll. */
  holder: string;
  /** Brings the wish of a person for a look now; without it, looks come at their time only. */
  changes?: ChangeFeed;
  /** Told of a scan that takes a while, about once a second. */
  onTaking?: (taking: Taking) => void;
}

export interface PolledMailbox {
  id: number;
  name: string;
  source: MailSource;
  /** The longest time between two scans, in seconds. */
  pollSeconds: number;
  /** Names the account whose Sent folder is watched too; null where none is. */
  sentPlace: string | null;
}

/** A process that dies gives its mailboxes up after this many seconds. */
const leaseSeconds = 30;

/** Longest wait before a mailbox in trouble is tried again, in milliseconds. */
const longestPauseMs = 30_000;

/** A wait that a hint or the end of polling cuts short; a hint that came before it counts too. */
function openPause(signal: AbortSignal) {
  let hinted = false;
  let wake = () => {};
  const end = () => wake();
  signal.addEventListener('abort', end);
  return {
    hint() {
      hinted = true;
      wake();
    },
    async wait(ms: number): Promise<void> {
      if (!hinted && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, ms);
        wake = resolve;
        await promise;
        clearTimeout(timer);
      }
      hinted = false;
    },
    close: () => signal.removeEventListener('abort', end),
  };
}

/** @returns how many mails are there that could not be taken. */
async function scanOnce(
  parts: PollParts,
  mailbox: PolledMailbox,
  notes: MailboxNotes,
): Promise<number> {
  const [before, since] = await Promise.all([
    readMark(parts.db, mailbox.id),
    wishedSince(parts.db, mailbox.id),
  ]);
  const store = async (mails: readonly FetchedMail[]) => {
    await takeIn(parts, mailbox.id, mails);
    await notes.took(mails.length);
  };
  const expect = (mails: number) => void notes.expect(mails);
  const report = await mailbox.source.scan(before, store, { since, expect });
  const { mark } = report;
  await parts.db.transaction().execute(async (tx) => {
    if (mark !== null) await advanceMark(tx, mailbox.id, mark);
    if (since !== null && report.waiting === 0) await endWish(tx, mailbox.id, since);
  });
  if (report.renumbered) parts.log.warn('mailbox_renumbered', { mailbox: mailbox.id });
  if (report.stored > 0) parts.log.info('mail_stored', { mailbox: mailbox.id, n: report.stored });
  if (mailbox.sentPlace !== null) await scanSentOnce(parts, mailbox, mailbox.sentPlace);
  return report.waiting;
}

/** Looks into the Sent folder. Trouble there must not hold up the inbox, and is told in the log. */
async function scanSentOnce(
  parts: PollParts,
  { id, source }: PolledMailbox,
  place: string,
): Promise<void> {
  try {
    const before = await readSentMark(parts.db, id, place);
    const report = await source.scanSent(before, (mails) => takeInSent(parts, id, place, mails));
    const mark = report?.mark ?? null;
    const moved = mark?.uid !== before?.uid || mark?.uidvalidity !== before?.uidvalidity;
    if (mark !== null && moved)
      await parts.db.transaction().execute((tx) => advanceSentMark(tx, id, place, mark));
  } catch (cause) {
    parts.log.warn('sent_folder_trouble', { mailbox: id, error: asReplywrightError(cause) });
  }
}

/** Holds the lease from the first look to the last, so that other processes know we are there. */
function openLease(parts: PollParts, mailboxId: number) {
  let held = false;
  // One after the other: a renewal that came after the end would keep other processes away.
  let last: Promise<unknown> = Promise.resolve();
  const hold = async (): Promise<boolean> => {
    const holding = last.then(() => holdLease(parts.db, mailboxId, parts.holder, leaseSeconds));
    last = holding.catch(() => {});
    held = await holding;
    return held;
  };
  const renew = () => {
    if (held) hold().catch((error) => parts.log.warn('lease_lost', { mailbox: mailboxId, error }));
  };
  const renewal = setInterval(renew, (leaseSeconds * 1_000) / 3);
  return {
    hold,
    isHeld: () => held,
    async giveBack(): Promise<void> {
      clearInterval(renewal);
      await last;
      await releaseLease(parts.db, mailboxId, parts.holder).catch((error) =>
        parts.log.warn('lease_not_released', { mailbox: mailboxId, error }),
      );
    },
  };
}

const inMs = (milliseconds: number) => new Date(Date.now() + milliseconds);

/** Lets the source and people wake the poller, until the returned function ends that. */
function listen(
  { changes }: PollParts,
  { id, source }: PolledMailbox,
  { hint }: ReturnType<typeof openPause>,
  notes: MailboxNotes,
  lease: ReturnType<typeof openLease>,
  signal: AbortSignal,
): () => void {
  source.onChange(hint);
  source.onConnection({
    answered: () => void notes.answered(),
    lost(error) {
      if (!signal.aborted) void notes.trouble(error, inMs(error.retryAfterMs ?? 0));
    },
  });
  const ended = changes?.subscribe((event) => {
    if (!('mailboxId' in event) || event.mailboxId !== id) return;
    if (event.kind === 'mailbox_check') source.hurry();
    // Of the notes of another process one is its last: its lease is free then.
    if (event.kind === 'mailbox_check' || !lease.isHeld()) hint();
  });
  return ended ?? (() => {});
}

/** One look at the mailbox; never throws. @returns how long to wait for the next, in milliseconds */
async function look(
  parts: PollParts,
  mailbox: PolledMailbox,
  notes: MailboxNotes,
  { failures, signal }: { failures: number; signal: AbortSignal },
): Promise<{ waitMs: number; failures: number }> {
  const pollMs = mailbox.pollSeconds * 1_000;
  try {
    const waiting = await scanOnce(parts, mailbox, notes);
    const values = { mailbox: mailbox.name, count: waiting };
    const left = waiting === 0 ? null : new ReplywrightError('mails_waiting', values);
    await notes.read({ waiting, left, nextLookAt: inMs(pollMs) });
    return { waitMs: pollMs, failures: 0 };
  } catch (cause) {
    const error = asReplywrightError(cause);
    // A source that knows its server knows how long to leave it alone.
    const waitMs =
      error.retryAfterMs ?? Math.min(longestPauseMs, pollMs, retryDelayMs(failures, null));
    if (!signal.aborted) {
      parts.log.warn('mailbox_trouble', { mailbox: mailbox.id, error });
      await notes.trouble(error, inMs(waitMs));
    }
    return { waitMs, failures: failures + 1 };
  }
}

/**
 * Polls until `signal` aborts: a scan at first, at every hint and at least every `pollSeconds`.
 * Trouble is noted for the desk and tried again, ever more slowly. Never throws.
 */
export async function poll(
  parts: PollParts,
  mailbox: PolledMailbox,
  signal: AbortSignal,
): Promise<void> {
  const pause = openPause(signal);
  const notes = new MailboxNotes(parts, mailbox);
  const lease = openLease(parts, mailbox.id);
  const unlisten = listen(parts, mailbox, pause, notes, lease, signal);
  let failures = 0;
  while (!signal.aborted) {
    let waitMs = (leaseSeconds * 1_000) / 2;
    const held = await lease.hold().catch((error) => {
      parts.log.warn('lease_not_taken', { mailbox: mailbox.id, error });
      waitMs = retryDelayMs(0, null);
      return false;
    });
    if (held) ({ waitMs, failures } = await look(parts, mailbox, notes, { failures, signal }));
    await pause.wait(waitMs);
  }
  unlisten();
  pause.close();
  await notes.settled();
  await lease.giveBack();
}
