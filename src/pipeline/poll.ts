/** Poll: watches one mailbox for as long as this process holds its lease. */

import { asReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import type { MailSource } from '../mail/watched.ts';
import type { Jobs } from '../storage/jobs.ts';
import {
  advanceMark,
  holdLease,
  readMark,
  recordContact,
  recordTrouble,
  releaseLease,
} from '../storage/mailboxes.ts';
import type { Db } from '../storage/tables.ts';
import { takeIn } from './intake.ts';
import { retryDelayMs } from './retry.ts';

export interface PollParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  /** Names this process among those that may poll. */
  holder: string;
}

export interface PolledMailbox {
  id: number;
  name: string;
  source: MailSource;
  /** The longest time between two scans, in seconds. */
  pollSeconds: number;
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

async function scanOnce(parts: PollParts, mailbox: PolledMailbox): Promise<void> {
  const before = await readMark(parts.db, mailbox.id);
  const report = await mailbox.source.scan(before, async (mail) => {
    await takeIn(parts, mailbox.id, mail);
  });
  const { mark } = report;
  if (mark !== null)
    await parts.db.transaction().execute((tx) => advanceMark(tx, mailbox.id, mark));
  if (report.renumbered) parts.log.warn('mailbox_renumbered', { mailbox: mailbox.id });
  if (report.stored > 0) parts.log.info('mail_stored', { mailbox: mailbox.id, n: report.stored });
  await recordContact(parts.db, mailbox.id);
}

/** Keeps the lease alive while a scan takes its time. */
async function withLease(
  parts: PollParts,
  mailboxId: number,
  work: () => Promise<void>,
): Promise<boolean> {
  const hold = () => holdLease(parts.db, mailboxId, parts.holder, leaseSeconds);
  if (!(await hold())) return false;
  const renewal = setInterval(
    () => hold().catch((error) => parts.log.warn('lease_lost', { mailbox: mailboxId, error })),
    (leaseSeconds * 1_000) / 3,
  );
  try {
    await work();
  } finally {
    clearInterval(renewal);
  }
  return true;
}

/**
 * Polls until `signal` aborts: a scan at first, at every hint and at least every `pollSeconds`.
 * Trouble is recorded for the desk and tried again, ever more slowly. Never throws.
 */
export async function poll(
  parts: PollParts,
  mailbox: PolledMailbox,
  signal: AbortSignal,
): Promise<void> {
  const pause = openPause(signal);
  mailbox.source.onChange(pause.hint);
  let failures = 0;
  while (!signal.aborted) {
    let waitMs = mailbox.pollSeconds * 1_000;
    try {
      const held = await withLease(parts, mailbox.id, () => scanOnce(parts, mailbox));
      if (!held) waitMs = (leaseSeconds * 1_000) / 2;
      failures = 0;
    } catch (cause) {
      if (signal.aborted) break;
      const error = asReplywrightError(cause);
      parts.log.warn('mailbox_trouble', { mailbox: mailbox.id, error });
      await recordTrouble(parts.db, mailbox.id, error).catch((late) =>
        parts.log.error('mailbox_trouble_not_recorded', { mailbox: mailbox.id, error: late }),
      );
      waitMs = Math.min(longestPauseMs, waitMs, retryDelayMs(failures, error.retryAfterMs));
      failures += 1;
    }
    await pause.wait(waitMs);
  }
  pause.close();
  await releaseLease(parts.db, mailbox.id, parts.holder).catch((error) =>
    parts.log.warn('lease_not_released', { mailbox: mailbox.id, error }),
  );
}
