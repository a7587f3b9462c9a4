/** The files of a folder mailbox: how they are named while they are taken, read, and moved away. */

import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { access, constants, copyFile, link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { isSame } from './settled-files.ts';

/** Where files go once their mail is stored. */
export const takenFolder = 'taken';

/** A writer's name for a mail; whatever else lies there is none, or not yet. */
export function isMailName(name: string): boolean {
  return /\.eml$/i.test(name) && !name.startsWith('.');
}

/**
 * A file that is being taken: hidden, and under a name that no writer uses, so that what is moved
 * away is what was read. One that a crash left behind is handed over again by the next scan.
 */
const claimed = /^\.taking-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-(?<name>.+)$/;

/** The name under which a file came; of a very long one, the end. */
export function nameOf(file: string): string {
  return claimed.exec(file)?.groups?.name ?? file;
}

/** A new name for a file that is being taken, within the 255 bytes that file systems allow. */
function claimName(name: string): string {
  const kept = Buffer.byteLength(name) > 200 ? name.slice(-60) : name;
  return `.taking-${randomUUID()}-${kept}`;
}

/**
 * Renames a file before it is read: a writer may put the next mail under the same name while
 * this one is being stored, and that one must not be moved away unread.
 *
 * @returns the name of the claim.
 */
export async function claimFile(folder: string, file: string): Promise<string> {
  if (claimed.test(file)) return file;
  const from = path.join(folder, file);
  // One that we may not read keeps its name, so that a person sees it lying there.
  await access(from, constants.R_OK);
  const claim = claimName(file);
  await rename(from, path.join(folder, claim));
  return claim;
}

/** A file as it was read. */
export interface ReadFile {
  raw: Buffer;
  /** How it looked before and after, when nothing was written to it meanwhile. */
  look: BigIntStats;
}

/**
 * At most `limit` bytes of a file, without ever holding more.
 *
 * @returns null when somebody wrote to it meanwhile.
 */
export async function readBounded(file: string, limit: number): Promise<ReadFile | null> {
  const handle = await open(file, constants.O_RDONLY);
  try {
    const look = await handle.stat({ bigint: true });
    const buffer = Buffer.alloc(Math.min(Number(look.size), limit));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    const after = await handle.stat({ bigint: true });
    return isSame(look, after) ? { raw: buffer.subarray(0, filled), look } : null;
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
export async function moveToTaken(folder: string, claim: string): Promise<void> {
  const name = nameOf(claim);
  for (let copy = 0; ; copy += 1) {
    const suffix = copy === 0 ? '' : `-${copy}`;
    const to = `${name.slice(0, -4)}${suffix}${name.slice(-4)}`;
    if (await moveExclusively(path.join(folder, claim), path.join(folder, takenFolder, to))) return;
  }
}
