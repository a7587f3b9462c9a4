/** A folder of .eml files as a mailbox: complete files are taken and then moved into `taken/`. */

import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import {
  access,
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import path from 'node:path';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import type { FetchedMail } from '../domain/message.ts';
import type { Log } from '../log.ts';
import {
  defaultMaxBytes,
  type MailSource,
  type Mark,
  type ScanReport,
  type ScanWish,
  type Store,
} from './watched.ts';

/** Where files go once their mail is stored. */
const takenFolder = 'taken';

/** Writers put a file under another name first and rename it when it is complete. */
function isComplete(name: string): boolean {
  return /\.eml$/i.test(name) && !name.startsWith('.');
}

/**
 * A file that is being taken: hidden, and under a name that no writer uses, so that what is moved
 * away is what was read. One that a crash left behind is handed over again by the next scan.
 */
const claimed = /^\.taking-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-(?<name>.+)$/;

/** The name under which a file came; of a very long one, the end. */
function nameOf(file: string): string {
  return claimed.exec(file)?.groups?.name ?? file;
}

/** A new name for a file that is being taken, within the 255 bytes that file systems allow. */
function claimName(name: string): string {
  const kept = Buffer.byteLength(name) > 200 ? name.slice(-60) : name;
  return `.taking-${randomUUID()}-${kept}`;
}

function unreadable(folder: string, error: unknown): ReplywrightError {
  const cause = asReplywrightError(error);
  if (cause.code !== 'unexpected') return cause;
  const detail = fileTrouble(error);
  return new ReplywrightError('folder_unreadable', { folder, detail }, { cause: error });
}

interface Waiting {
  /** The file as it is called now: its own name, or that of a claim left behind. */
  file: string;
  modified: Date;
}

/** The complete files and the claims that were left behind, oldest first. */
async function listMails(folder: string): Promise<Waiting[]> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && isComplete(nameOf(entry.name)));
  const mails: Waiting[] = [];
  for (const { name: file } of files) {
    // A file may be moved away between the listing and this.
    const found = await stat(path.join(folder, file)).catch(() => null);
    if (found !== null) mails.push({ file, modified: found.mtime });
  }
  return mails.sort(
    (a, b) =>
      a.modified.getTime() - b.modified.getTime() || (nameOf(a.file) < nameOf(b.file) ? -1 : 1),
  );
}

/** At most `limit` bytes of a file, without ever holding more, its size, and when it was written. */
async function readBounded(
  file: string,
  limit: number,
): Promise<{ raw: Buffer; size: number; modified: Date }> {
  const handle = await open(file, constants.O_RDONLY);
  try {
    const { size, mtime: modified } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, limit));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { raw: buffer.subarray(0, filled), size, modified };
  } finally {
    await handle.close();
  }
}

/**
 * Gives a file another name, unless a file of that name is there; rename() would overwrite it.
 *
 * @returns false when the name is taken.
 */
async function moveExclusively(from: string, to: string): Promise<boolean> {
  const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
  try {
    await link(from, to).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') throw error;
      // `taken/` may be mounted from elsewhere, and not every file system has links.
      return copyFile(from, to, constants.COPYFILE_EXCL);
    });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await rm(from);
  return true;
}

/** Moves a claimed file into `taken/`, under another name when that one is taken by other mail. */
async function moveToTaken(folder: string, claim: string): Promise<void> {
  const name = nameOf(claim);
  for (let copy = 0; ; copy += 1) {
    const suffix = copy === 0 ? '' : `-${copy}`;
    const to = `${name.slice(0, -4)}${suffix}${name.slice(-4)}`;
    if (await moveExclusively(path.join(folder, claim), path.join(folder, takenFolder, to))) return;
  }
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
    wish.expect?.(mails.length);
    for (const mail of mails) {
      const taken = await this.#take(mail, store);
      if (taken === 'stored') stored += 1;
      if (taken === 'waiting') waiting += 1;
    }
    const present = new Set(mails.map(({ file }) => nameOf(file)));
    for (const name of this.#told.keys()) if (!present.has(name)) this.#told.delete(name);
    return { uidvalidity: null, stored, waiting, renumbered: false, mark: null };
  }

  /** One file. A file that cannot be read stays in the folder and stops no other. */
  async #take(mail: Waiting, store: Store): Promise<'stored' | 'waiting' | 'gone'> {
    const { file } = mail;
    this.#assertOpen();
    let claim: string;
    let fetched: FetchedMail;
    try {
      claim = await this.#claim(file);
      const from = path.join(this.#path, claim);
      const { raw, size, modified } = await readBounded(from, defaultMaxBytes);
      fetched = { raw, place: null, receivedAt: modified };
      if (size > raw.length) fetched.cut = { kept: 'beginning', size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
      this.#tell('mail_file_unreadable', mail, error);
      return 'waiting';
    }
    await store([fetched]);
    try {
      await moveToTaken(this.#path, claim);
    } catch (error) {
      if (!existsSync(path.join(this.#path, claim))) return 'stored';
      // Stored but not moved: the next scan hands it over again, and its hash is known by then.
      this.#tell('mail_file_not_moved', mail, error);
      return 'waiting';
    }
    return 'stored';
  }

  /**
   * Renames a file before it is read: a writer may put the next mail under the same name while
   * this one is being stored, and that one must not be moved away unread.
   */
  async #claim(file: string): Promise<string> {
    if (claimed.test(file)) return file;
    const from = path.join(this.#path, file);
    // One that we may not read keeps its name, so that a person sees it lying there.
    await access(from, constants.R_OK);
    const claim = claimName(file);
    await rename(from, path.join(this.#path, claim));
    return claim;
  }

  /** Says once why a file waits, and again when the file or the reason is another. */
  #tell(event: string, { file, modified }: Waiting, error: unknown): void {
    const name = nameOf(file);
    const news = `${event} ${(error as NodeJS.ErrnoException).code} ${modified.getTime()}`;
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
 * Watches a folder for files whose name ends in `.eml`; a file counts as complete, so writers
 * rename it into place. Each is claimed under a hidden name, read, stored and then moved to `taken/`
 * inside the folder. A crash in between only hands the same bytes over again.
 */
export function openFolder(folder: string, log: Log): MailSource {
  return new FolderSource(folder, log);
}
