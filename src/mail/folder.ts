/** A folder of .eml files as a mailbox: complete files are taken and then moved into `taken/`. */

import type { Dirent } from 'node:fs';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { constants, copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { FetchedMail } from '../domain/message.ts';
import type { Log } from '../log.ts';
import {
  defaultMaxBytes,
  type MailSource,
  type Mark,
  type ScanReport,
  type Store,
} from './watched.ts';

/** Where files go once their mail is stored. */
const takenFolder = 'taken';

/** Writers put a file under another name first and rename it when it is complete. */
function isComplete(name: string): boolean {
  return /\.eml$/i.test(name) && !name.startsWith('.');
}

function unreadable(folder: string, error: unknown): ReplywrightError {
  const cause = asReplywrightError(error);
  if (cause.code !== 'unexpected') return cause;
  const code = (error as NodeJS.ErrnoException).code;
  const words: Record<string, string> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission is denied',
    EPERM: 'permission is denied',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'it is not a folder',
  };
  const detail = words[code ?? ''] ?? code ?? 'unknown reason';
  return new ReplywrightError('folder_unreadable', { folder, detail }, { cause: error });
}

interface Waiting {
  name: string;
  modified: Date;
}

/** The complete files, oldest first. */
async function listMails(folder: string): Promise<Waiting[]> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && isComplete(entry.name));
  const mails: Waiting[] = [];
  for (const { name } of names) {
    // A file may be moved away between the listing and this.
    const found = await stat(path.join(folder, name)).catch(() => null);
    if (found !== null) mails.push({ name, modified: found.mtime });
  }
  return mails.sort(
    (a, b) => a.modified.getTime() - b.modified.getTime() || (a.name < b.name ? -1 : 1),
  );
}

/** At most `limit` bytes of a file, without ever holding more. */
async function readBounded(file: string, limit: number): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY);
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, limit));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

/** Moves a file into `taken/`, under another name when that one is taken by other mail. */
async function moveToTaken(folder: string, name: string): Promise<void> {
  const from = path.join(folder, name);
  for (let copy = 0; ; copy += 1) {
    const suffix = copy === 0 ? '' : `-${copy}`;
    const to = path.join(folder, takenFolder, `${name.slice(0, -4)}${suffix}${name.slice(-4)}`);
    if (existsSync(to)) continue;
    try {
      return await rename(from, to);
    } catch (error) {
      // `taken/` may be mounted from elsewhere.
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
      await copyFile(from, to, constants.COPYFILE_EXCL);
      return await rm(from);
    }
  }
}

class FolderSource implements MailSource {
  readonly #path: string;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  #watcher: FSWatcher | null = null;
  #closed = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(folder: string, log: Log) {
    this.#path = folder;
    this.#log = log.child({ folder });
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
    this.#watch();
  }

  scan(_mark: Mark | null, store: Store): Promise<ScanReport> {
    const result = this.#queue.then(() => this.#scanNow(store));
    this.#queue = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher?.close();
    this.#watcher = null;
  }

  /** Watches the folder if it can; the periodic scan finds everything anyway. */
  #watch(): void {
    if (this.#closed || this.#watcher !== null || this.#listeners.length === 0) return;
    try {
      this.#watcher = watch(this.#path, (_event, name) => {
        // Files that leave the folder, as ours do after each scan, are no news.
        if (name === null || (isComplete(name) && existsSync(path.join(this.#path, name))))
          for (const listener of this.#listeners) listener();
      });
      this.#watcher.on('error', () => this.#unwatch());
    } catch (error) {
      this.#log.debug('folder_not_watched', { error });
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  async #scanNow(store: Store): Promise<ScanReport> {
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
    for (const mail of mails) {
      const taken = await this.#take(mail, store);
      if (taken === 'stored') stored += 1;
      if (taken === 'waiting') waiting += 1;
    }
    return { uidvalidity: null, stored, waiting, renumbered: false, mark: null };
  }

  /** One file. A file that cannot be read stays where it is and stops no other. */
  async #take(mail: Waiting, store: Store): Promise<'stored' | 'waiting' | 'gone'> {
    this.#assertOpen();
    const file = path.join(this.#path, mail.name);
    let fetched: FetchedMail;
    try {
      const raw = await readBounded(file, defaultMaxBytes);
      fetched = { raw, place: null, receivedAt: mail.modified };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
      this.#log.warn('mail_file_unreadable', { error });
      return 'waiting';
    }
    await store(fetched);
    try {
      await moveToTaken(this.#path, mail.name);
    } catch (error) {
      if (!existsSync(file)) return 'stored';
      // Stored but not moved: the next scan hands it over again, and its hash is known by then.
      this.#log.warn('mail_file_not_moved', { error });
      return 'waiting';
    }
    return 'stored';
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    const detail = 'we have closed it ourselves';
    throw new ReplywrightError('folder_unreadable', { folder: this.#path, detail });
  }
}

/**
 * Watches a folder for files whose name ends in `.eml`; a file counts as complete, so writers
 * rename it into place. What was stored is moved to `taken/` inside the folder. A crash between
 * storing and moving only hands the same bytes over again.
 */
export function openFolder(folder: string, log: Log): MailSource {
  return new FolderSource(folder, log);
}
