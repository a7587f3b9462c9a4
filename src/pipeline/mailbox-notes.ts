/** What the poller notes about its mailbox, in the order in which it happened. */

import type { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import {
  type Read,
  recordAnswer,
  recordRead,
  recordTaking,
  recordTrouble,
} from '../storage/mailbox-health.ts';
import type { Db } from '../storage/tables.ts';

/** How far a scan has come. */
export interface Taking {
  mailbox: string;
  done: number;
  total: number;
}

/** Fewer mails than this are taken before anybody could watch. */
const worthTelling = 50;

/** Progress is told once a second at most. */
const tellEveryMs = 1_000;

/**
 * Notes never fail: one that cannot be written is logged, and the mail goes on. They are written
 * one after the other, since "lost" and "read" come from different corners and must not overtake.
 */
export class MailboxNotes {
  readonly #db: Db;
  readonly #log: Log;
  readonly #mailbox: { id: number; name: string };
  readonly #onTaking: (taking: Taking) => void;
  #queue: Promise<void> = Promise.resolve();
  #expected = 0;
  #done = 0;
  #toldAt = 0;

  constructor(
    { db, log, onTaking }: { db: Db; log: Log; onTaking?: ((taking: Taking) => void) | undefined },
    mailbox: { id: number; name: string },
  ) {
    this.#db = db;
    this.#log = log;
    this.#mailbox = mailbox;
    this.#onTaking = onTaking ?? (() => {});
  }

  read(read: Read): Promise<void> {
    return this.#write((id) => recordRead(this.#db, id, read));
  }

  answered(): Promise<void> {
    return this.#write((id) => recordAnswer(this.#db, id));
  }

  trouble(error: ReplywrightError, nextTryAt: Date): Promise<void> {
    return this.#write((id) => recordTrouble(this.#db, id, error, nextTryAt));
  }

  /** Resolves when everything so far is written. */
  settled(): Promise<void> {
    return this.#queue;
  }

  /** A scan has counted what it will take; resolves when that is noted, if it is worth it. */
  expect(mails: number): Promise<void> {
    this.#expected = mails;
    this.#done = 0;
    return mails < worthTelling ? Promise.resolve() : this.#tell();
  }

  /** So many more mails are stored. */
  async took(mails: number): Promise<void> {
    this.#done += mails;
    if (this.#expected < worthTelling) return;
    const last = this.#done === this.#expected;
    if (last || Date.now() - this.#toldAt >= tellEveryMs) await this.#tell();
  }

  #tell(): Promise<void> {
    this.#toldAt = Date.now();
    const { id, name } = this.#mailbox;
    const progress = { done: this.#done, total: this.#expected };
    this.#log.info('mail_being_taken', { mailbox: id, ...progress });
    this.#onTaking({ mailbox: name, ...progress });
    return this.#write(() => recordTaking(this.#db, id, progress));
  }

  #write(work: (mailboxId: number) => Promise<void>): Promise<void> {
    const { id } = this.#mailbox;
    this.#queue = this.#queue
      .then(() => work(id))
      .catch((error) => this.#log.error('mailbox_not_noted', { mailbox: id, error }));
    return this.#queue;
  }
}
