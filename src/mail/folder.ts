/** A folder of .eml files as a mailbox: complete files are taken and then moved into `taken/`. */

import type { BigIntStats, Dirent } from 'node:fs';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import type { FetchedMail } from '../domain/message.ts';
import type { Log } from '../log.ts';
import {
  claimFile,
  isMailName,
  moveToTaken,
  nameOf,
  type ReadFile,
  readBounded,
  takenFolder,
} from './folder-files.ts';
import { isSame, SettledFiles, settleMs } from './settled-files.ts';
import {
  defaultMaxBytes,
  type MailSource,
  type Mark,
  type ScanReport,
  type ScanWish,
  type Store,
} from './watched.ts';

function unreadable(folder: string, error: unknown): ReplywrightError {
  const cause = asReplywrightError(error);
  if (cause.code !== 'unexpected') return cause;
  const detail = fileTrouble(error);
  return new ReplywrightError('folder_unreadable', { folder, detail }, { cause: error });
}

interface Waiting {
  /** The file as it is called now: its own name, or that of a claim left behind. */
  file: string;
  look: BigIntStats;
}

/** The mails and the claims that were left behind, oldest first. */
async function listMails(folder: string): Promise<Waiting[]> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && isMailName(nameOf(entry.name)));
  const mails: Waiting[] = [];
  for (const { name: file } of files) {
    // A file may be moved away between the listing and this.
    const look = await stat(path.join(folder, file), { bigint: true }).catch(() => null);
    if (look !== null) mails.push({ file, look });
  }
  return mails.sort(
    (a, b) => Number(a.look.mtimeMs - b.look.mtimeMs) || (nameOf(a.file) < nameOf(b.file) ? -1 : 1),
  );
}

function mailOf({ raw, look }: ReadFile): FetchedMail {
  const mail: FetchedMail = { raw, place: null, receivedAt: look.mtime };
  const size = Number(look.size);
  return size > raw.length ? { ...mail, cut: { kept: 'beginning', size } } : mail;
}

class FolderSource implements MailSource {
  readonly #path: string;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  #watcher: FSWatcher | null = null;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();
  /** What was told last of each file that waits, so that no scan repeats it. */
  readonly #told = new Map<string, string>();
  readonly #settled = new SettledFiles();
  /** Ends in the hint for files that were not settled yet. */
  #settling: NodeJS.Timeout | null = null;

  constructor(folder: string, log: Log) {
    this.#path = folder;
    this.#log = log.child({ folder });
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
    this.#watch();
  }

  /** A folder has no connection. */
  onConnection(): void {}

  /** Nothing waits here: every scan looks at once. */
  hurry(): void {}

  scan(_mark: Mark | null, store: Store, wish: ScanWish = {}): Promise<ScanReport> {
    const result = this.#queue.then(() => this.#scanNow(store, wish));
    this.#queue = result.catch(() => {});
    return result;
  }

  /** What leaves a folder mailbox is written elsewhere, and by us alone. */
  async scanSent(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#settling ?? undefined);
    this.#unwatch();
  }

  /** Watches the folder if it can; the periodic scan finds everything anyway. */
  #watch(): void {
    if (this.#closed || this.#watcher !== null || this.#listeners.length === 0) return;
    try {
      this.#watcher = watch(this.#path, (_event, name) => {
        // Files that leave the folder, as ours do after each scan, are no news.
        if (name === null || (isMailName(name) && existsSync(path.join(this.#path, name))))
          this.#hint();
      });
      this.#watcher.on('error', () => this.#unwatch());
    } catch (error) {
      this.#log.debug('folder_not_watched', { error });
    }
  }

  #hint(): void {
    for (const listener of this.#listeners) listener();
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  async #scanNow(store: Store, wish: ScanWish): Promise<ScanReport> {
    const folder = this.#path;
    let mails: Waiting[];
    try {
      this.#assertOpen();
      mails = await listMails(folder);
      await mkdir(path.join(folder, takenFolder), { recursive: true });
    } catch (error) {
      this.#unwatch();
      throw unreadable(folder, error);
    }
    this.#watch();
    let stored = 0;
    let waiting = 0;
    const settled = mails.filter(({ file, look }) => this.#settled.isSettled(file, look));
    this.#settled.keepOnly(new Set(mails.map(({ file }) => file)));
    let unsettled = mails.length - settled.length;
    wish.expect?.(settled.length);
    for (const mail of settled) {
      const taken = await this.#take(mail, store);
      if (taken === 'stored') stored += 1;
      if (taken === 'waiting') waiting += 1;
      if (taken === 'unsettled') unsettled += 1;
    }
    if (unsettled > 0) this.#lookAgain();
    const present = new Set(mails.map(({ file }) => nameOf(file)));
    for (const name of this.#told.keys()) if (!present.has(name)) this.#told.delete(name);
    return { uidvalidity: null, stored, waiting, renumbered: false, mark: null };
  }

  /** Nothing announces that a writer has come to the end of a file. */
  #lookAgain(): void {
    if (this.#closed) return;
    clearTimeout(this.#settling ?? undefined);
    this.#settling = setTimeout(() => this.#hint(), settleMs);
  }

  /** One file. A file that cannot be read stays in the folder and stops no other. */
  async #take(mail: Waiting, store: Store): Promise<'stored' | 'waiting' | 'unsettled' | 'gone'> {
    const { file } = mail;
    this.#assertOpen();
    let claim: string;
    let read: ReadFile | null;
    try {
      claim = await claimFile(this.#path, file);
      read = await readBounded(path.join(this.#path, claim), defaultMaxBytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
      this.#tell('mail_file_unreadable', mail, error);
      return 'waiting';
    }
    // The claim stands, and the next scan takes it.
    if (read === null) return 'unsettled';
    await store([mailOf(read)]);
    try {
      const look = await stat(path.join(this.#path, claim), { bigint: true });
      // More of it came while it was stored: all of it is another mail, rather than lost.
      if (!isSame(look, read.look)) return 'unsettled';
      await moveToTaken(this.#path, claim);
    } catch (error) {
      if (!existsSync(path.join(this.#path, claim))) return 'stored';
      // Stored but not moved: the next scan hands it over again, and its hash is known by then.
      this.#tell('mail_file_not_moved', mail, error);
      return 'waiting';
    }
    return 'stored';
  }

  /** Says once why a file waits, and again when the file or the reason is another. */
  #tell(event: string, { file, look }: Waiting, error: unknown): void {
    const name = nameOf(file);
    const news = `${event} ${(error as NodeJS.ErrnoException).code} ${look.mtimeMs}`;
    if (this.#told.get(name) === news) return;
    this.#told.set(name, news);
    this.#log.warn(event, { file: name, error });
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    const detail = 'we have closed it ourselves';
    throw new ReplywrightError('folder_unreadable', { folder: this.#path, detail });
  }
}

/**
 * Watches a folder for files whose name ends in `.eml`. One that is renamed into place is taken at
 * once, one that is written in place when nothing was written to it for two seconds. Each is claimed
 * under a hidden name, read, stored and then moved to `taken/` inside the folder. A crash in between
 * only hands the same bytes over again.
 */
export function openFolder(folder: string, log: Log): MailSource {
  return new FolderSource(folder, log);
}
