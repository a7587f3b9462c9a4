/** Settled files: which files of a folder are written to their end, as far as their looks can tell. */

import type { BigIntStats } from 'node:fs';

/**
 * After so long without a change a file is complete. A writer that pauses for longer must write
 * under another name and rename.
 */
export const settleMs = 2_000;

/** What of a file changes with every byte that is written to it. */
type Look = Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs'>;

/** Whether nothing was written to a file between two looks. */
export function isSame(one: Look, other: Look): boolean {
  return one.size === other.size && one.mtimeNs === other.mtimeNs;
}

/**
 * Whether a file was renamed, or given its own date, after the last byte was written to it: either
 * changes the time of the inode and not that of the content. A file that is being written has both
 * times the same.
 */
function isPutInPlace({ size, mtimeNs, ctimeNs }: Look): boolean {
  return size > 0n && ctimeNs > mtimeNs;
}

/** The files of one folder, from look to look. */
export class SettledFiles {
  /** Files that may still be written: how they looked, and since when by our own clock. */
  readonly #open = new Map<string, { look: Look; since: number }>();

  /** True for a file that can be taken. */
  isSettled(name: string, look: Look): boolean {
    if (isPutInPlace(look)) return true;
    const age = Date.now() - Number(look.mtimeNs / 1_000_000n);
    if (age >= settleMs) return true;
    // The clock of a file server may be ahead of ours: then two looks tell.
    const before = this.#open.get(name);
    const now = performance.now();
    if (before !== undefined && isSame(before.look, look)) return now - before.since >= settleMs;
    this.#open.set(name, { look, since: now });
    return false;
  }

  /** Forgets all files but these. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#open.keys()) if (!names.has(name)) this.#open.delete(name);
  }
}
