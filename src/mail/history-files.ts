/** Mail of the past in files: an mbox, a Maildir, a folder of .eml. */

import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import type { HistorySource, PastMail } from './history.ts';
import { readMbox, startsMbox } from './mbox.ts';
import { defaultMaxBytes } from './watched.ts';

function unreadable(place: string, cause: unknown): ReplywrightError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why: Record<string, string> = {
    ENOENT: 'there is nothing of that name',
    EISDIR: 'it is a folder',
    ENOTDIR: 'it is a file, and a folder is wanted',
  };
  const detail = why[code ?? ''] ?? code ?? message;
  return new ReplywrightError('archive_unreadable', { place, detail }, { cause });
}

/** Reads at most `bytes` from the beginning of a file. */
async function readStart(file: string, bytes: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An mbox begins with a separator; anything else at its beginning is another kind of file. */
function assertMbox(file: string, start: Buffer): void {
  if (start.length === 0 || startsMbox(start)) return;
  const detail = 'it is no mbox file: the first line does not begin with "From "';
  throw new ReplywrightError('archive_unreadable', { place: file, detail });
}

/**
 * Opens an mbox file. Its fingerprint is that of its first bytes, so that a file that grew is gone
 * on with and another one of the same name is read from the start.
 *
 * @throws ReplywrightError `archive_unreadable`.
 */
export async function openMbox(file: string): Promise<HistorySource> {
  try {
    const { size } = await stat(file);
    const start = await readStart(file, 1024);
    assertMbox(file, start);
    return {
      name: `mbox ${file}`,
      fingerprint: hashOf(start),
      growsAtEnd: true,
      total: size,
      async read(after, take) {
        const begin = after === null ? 0 : Number(after);
        // A file that was cut is another file.
        const reading = readMbox(file, { start: begin > size ? 0 : begin });
        for await (const { raw, receivedAt, end } of reading)
          await take({ raw, receivedAt, position: String(end), done: end });
      },
      close: async () => {},
    };
  } catch (error) {
    throw error instanceof ReplywrightError ? error : unreadable(file, error);
  }
}

/** The files of a Maildir: what was delivered and what was looked at; `tmp` is not mail yet. */
async function maildirFiles(folder: string): Promise<string[]> {
  const parts = (await readdir(folder)).filter((name) => name === 'cur' || name === 'new');
  const lists = await Promise.all(
    parts.map(async (part) => {
      const names = await readdir(path.join(folder, part));
      return names.filter((name) => !name.startsWith('.')).map((name) => path.join(part, name));
    }),
  );
  return lists.flat();
}

async function emlFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.eml$/i.test(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

/**
 * Opens a Maildir or a folder of .eml files with the folders below it. A broken-off import goes on
 * after the last file in the order of their names; one that came to its end looks at all again.
 *
 * @throws ReplywrightError `archive_unreadable`.
 */
export async function openMailFolder(
  kind: 'maildir' | 'eml',
  folder: string,
): Promise<HistorySource> {
  const list = kind === 'maildir' ? maildirFiles : emlFiles;
  const files = await list(folder).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  const sorted = files.toSorted();
  return {
    name: `${kind} ${folder}`,
    fingerprint: kind,
    growsAtEnd: false,
    total: sorted.length,
    async read(after, take) {
      for (const [index, name] of sorted.entries()) {
        if (after !== null && name <= after) continue;
        const file = path.join(folder, name);
        const raw = await readStart(file, defaultMaxBytes).catch((error: unknown) => {
          throw unreadable(file, error);
        });
        await take({ raw, receivedAt: null, position: name, done: index + 1 } satisfies PastMail);
      }
    },
    close: async () => {},
  };
}
