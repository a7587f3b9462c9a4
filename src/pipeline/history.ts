/** History: mail of the past is stored in batches, filed in conversations, and never answered. */

import { asReplywrightError, explain } from '../domain/errors.ts';
import { answerability } from '../mail/automated.ts';
import { asWritten } from '../mail/contact-form.ts';
import { readHeaders } from '../mail/header-block.ts';
import type { HistorySource, PastMail } from '../mail/history.ts';
import { parseMail } from '../mail/parse.ts';
import { sha256 } from '../storage/hash.ts';
import { knownBytes, knownMails, nameOf } from '../storage/history.ts';
import { dropProgress, readProgress, saveProgress } from '../storage/import-progress.ts';
import { lockFiling } from '../storage/mailboxes.ts';
import { refusesValue } from '../storage/refusal.ts';
import type { Db } from '../storage/tables.ts';
import { customersOf, type Prepared, storeBatch } from './history-batch.ts';
import { writerOf } from './thread.ts';

export interface HistoryParts {
  db: Db;
  mailboxId: number;
  /** Every address that mail of ours comes from, in lower case. */
  ownAddresses: ReadonlySet<string>;
  /** Senders whose Reply-To is the customer; see `FormRules`. */
  trustedForms: readonly string[];
  /** Older mail is passed over; null takes all. */
  since: Date | null;
  /** Count only, store nothing. */
  dryRun: boolean;
}

/** What an import did; of a dry run, what it would do. */
export interface HistoryCounts {
  read: number;
  stored: number;
  /** Mails that are stored already, by their bytes or by id, sender and date. */
  duplicates: number;
  /** Of those stored: automatic ones. */
  automated: number;
  /** Of those stored: ones that cannot be read. */
  unparsable: number;
  /** Passed over because they are older than asked for. */
  older: number;
}

/** One transaction stores so much. */
const batch = { mails: 100, bytes: 4 * 1024 * 1024 } as const;

/** True when the Date field says that a mail is older than asked for. */
function isOlder(raw: Buffer, since: Date | null): boolean {
  if (since === null) return false;
  const date = new Date(readHeaders(raw).get('date')?.[0] ?? '');
  return date.getTime() < since.getTime();
}

async function prepare(parts: HistoryParts, sent: boolean, past: PastMail): Promise<Prepared> {
  try {
    // A copy: parsing may give its bytes away, and these are to be stored.
    const parsed = await parseMail(Buffer.from(past.raw));
    const { ownAddresses, trustedForms } = parts;
    const rules = { trustedForms, ownAddresses: [...ownAddresses] };
    const mail = sent ? parsed : asWritten(parsed, 'none', rules);
    const ours = sent || ownAddresses.has(mail.from?.address.toLowerCase() ?? '');
    const { reason, state } = answerability(mail, []);
    const human = state === 'answerable' && mail.from !== null;
    const why = human ? null : (reason ?? 'It names no sender.');
    return { past, direction: ours ? 'outbound' : 'inbound', mail, reason: why };
  } catch (cause) {
    const error = asReplywrightError(cause);
    if (error.code !== 'mail_unparsable') throw cause;
    const direction = sent ? 'outbound' : 'inbound';
    return { past, direction, mail: null, reason: explain(error) };
  }
}

/** Reads one source to its end, and remembers after every batch how far it came. */
export class HistoryReader {
  readonly #parts: HistoryParts;
  readonly #source: HistorySource;
  readonly #sent: boolean;
  readonly counts: HistoryCounts = {
    ...{ read: 0, stored: 0, duplicates: 0, automated: 0, unparsable: 0, older: 0 },
  };
  #waiting: PastMail[] = [];
  #bytes = 0;

  /** @param sent true where the source holds what we sent, whatever address it came from. */
  constructor(parts: HistoryParts, source: HistorySource, sent: boolean) {
    this.#parts = parts;
    this.#source = source;
    this.#sent = sent;
  }

  /**
   * Reads on from where an earlier import stopped.
   *
   * @param onProgress is told how much of the source's total is read.
   */
  async run(onProgress: (done: number) => void): Promise<void> {
    const { db, mailboxId, dryRun } = this.#parts;
    const { name, fingerprint } = this.#source;
    const after = await readProgress(db, mailboxId, name, fingerprint);
    await this.#source.read(after, async (past) => {
      this.#waiting.push(past);
      this.#bytes += past.raw.length;
      this.counts.read += 1;
      if (this.#waiting.length < batch.mails && this.#bytes < batch.bytes) return;
      await this.#flush();
      onProgress(past.done);
    });
    await this.#flush();
    if (!dryRun && !this.#source.growsAtEnd) await dropProgress(db, mailboxId, name);
    onProgress(this.#source.total);
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    const last = waiting.at(-1);
    if (last === undefined) return;
    const fresh = await this.#prepareNew(waiting);
    if (this.#parts.dryRun) return this.#count(fresh);
    try {
      await this.#storeAll(fresh, last.position);
      this.#count(fresh);
    } catch (error) {
      if (!refusesValue(error)) throw error;
      await this.#storeOneByOne(fresh, last.position);
    }
  }

  /** Parses what is not stored yet. */
  async #prepareNew(waiting: readonly PastMail[]): Promise<Prepared[]> {
    const { db, mailboxId, since } = this.#parts;
    const young = waiting.filter(({ raw }) => !isOlder(raw, since));
    this.counts.older += waiting.length - young.length;
    const byHash = new Map(young.map((past) => [sha256(past.raw), past]));
    const known = await knownBytes(db, mailboxId, [...byHash.keys()]);
    const prepared: Prepared[] = [];
    for (const [hash, past] of byHash)
      if (!known.has(hash)) prepared.push(await prepare(this.#parts, this.#sent, past));
    const ids = prepared.flatMap(({ mail }) => mail?.messageId ?? []);
    const names = await knownMails(db, mailboxId, ids);
    const fresh = prepared.filter(({ mail }) => {
      const name = mail === null ? null : nameOf(mail);
      if (name === null) return true;
      // Of what we sent ourselves the id says enough.
      if (names.has(name) || names.has(mail?.messageId ?? '')) return false;
      names.add(name);
      return true;
    });
    this.counts.duplicates += young.length - fresh.length;
    return fresh;
  }

  async #storeAll(fresh: readonly Prepared[], position: string): Promise<void> {
    const { db, mailboxId } = this.#parts;
    const { name, fingerprint } = this.#source;
    await db.transaction().execute(async (tx) => {
      const customers = fresh.flatMap(customersOf);
      await lockFiling(
        tx,
        customers.map((address) => writerOf(address).base),
      );
      await storeBatch(tx, mailboxId, fresh);
      await saveProgress(tx, mailboxId, name, fingerprint, position);
    });
  }

  /** The database will not take one of them: that one is stored as bytes alone. */
  async #storeOneByOne(fresh: readonly Prepared[], position: string): Promise<void> {
    for (const prepared of fresh) {
      const { past } = prepared;
      const bare = { ...prepared, mail: null, reason: 'It holds what the database cannot keep.' };
      const stored = await this.#storeAll([prepared], past.position).then(
        () => prepared,
        async (error: unknown) => {
          if (!refusesValue(error)) throw error;
          await this.#storeAll([bare], past.position);
          return bare;
        },
      );
      this.#count([stored]);
    }
    await this.#storeAll([], position);
  }

  #count(fresh: readonly Prepared[]): void {
    this.counts.stored += fresh.length;
    for (const { mail, reason } of fresh) {
      if (mail === null) this.counts.unparsable += 1;
      else if (reason !== null) this.counts.automated += 1;
    }
  }
}
