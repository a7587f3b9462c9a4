/** The data folder: made when it is missing, refused in plain words when it is not for us to use. */

import { existsSync } from 'node:fs';
import { access, constants, lstat, mkdir, readdir, readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';

/** What a failure of the file system means for the data folder. */
export function dataFolderFailure(folder: string, cause: unknown): ReplywrightError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new ReplywrightError('disk_full', {}, { cause });
  const detail = code === 'ENOENT' ? 'it does not exist and cannot be made' : fileTrouble(cause);
  return new ReplywrightError('data_folder_unusable', { folder, detail }, { cause });
}

/** `mkdir -p`. Node's own never ends where a folder exists but takes no others, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const above = dirname(folder);
    if (code !== 'ENOENT' || existsSync(above)) throw error;
    await makeFolder(above);
    await mkdir(folder);
  }
}

/**
 * Refuses a folder whose database another user made: PostgreSQL runs on its own user's files only.
 * Root becomes that user instead.
 *
 * @throws ReplywrightError `data_folder_unusable`.
 */
export async function refuseForeignDatabase(folder: string): Promise<void> {
  const us = process.getuid?.();
  const found = await stat(join(folder, 'postgres')).catch(() => null);
  if (us === 0 || us === undefined || found === null || found.uid === us) return;
  const detail = `the database in it belongs to another user (${found.uid})`;
  throw new ReplywrightError('data_folder_unusable', { folder, detail });
}

/** What lies in a folder that nobody uses: of disks, of the Finder, of Git. */
const nobodys = /^(lost\+found|\.DS_Store|\.git(ignore|keep)|\.keep)$/;

/** What the sandbox keeps in its own folder, half made or whole. */
const ofSandbox = /^(mailbox|outbox|filling-.*)$/;

/** True for what we leave in a data folder, and be it after a kill in the middle of the first start. */
async function isOurs(folder: string, name: string): Promise<boolean> {
  const place = join(folder, name);
  const entry = await lstat(place).catch(() => null);
  if (entry === null) return true;
  // Root's cluster may lie elsewhere, with a link in its place.
  if (name === 'postgres' && entry.isSymbolicLink()) return true;
  // The sealing key, or what a kill left of its making.
  if (entry.isFile()) return /^secret\.key(\..*\.part)?$/.test(name);
  if (!entry.isDirectory()) return false;
  if (name.startsWith('initdb-')) return true;
  // Closed to us as a cluster of another user's: not foreign, and refused in better words.
  const inside = await readdir(place).catch(() => ['PG_VERSION']);
  if (name === 'postgres') return inside.length === 0 || inside.includes('PG_VERSION');
  return name === 'sandbox' && inside.every((each) => ofSandbox.test(each));
}

function foreign(folder: string, found: string): ReplywrightError {
  const example = join(folder, 'replywright');
  return new ReplywrightError('data_folder_foreign', { folder, found, example });
}

/**
 * Refuses a folder that others fill: one with something in it and nothing of ours, or with another
 * `postgres` where our database would be. A folder that does not exist is nobody's.
 *
 * @throws ReplywrightError `data_folder_foreign`.
 */
export async function refuseForeignFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const used = names.filter((name) => !nobodys.test(name));
  const ours = await Promise.all(used.map((name) => isOurs(folder, name)));
  if (used.some((name, at) => name === 'postgres' && !ours[at]))
    throw foreign(folder, 'its "postgres" is not a database');
  if (used.length > 0 && !ours.includes(true)) {
    const more = used.length > 1 ? ` and ${used.length - 1} more` : '';
    throw foreign(folder, `"${used[0]}"${more}`);
  }
}

/**
 * Refuses a link to a cluster that is gone: its disk may be missing, and with it all mail.
 *
 * @param link where the cluster is, or leads to.
 * @throws ReplywrightError `database_server_failed`.
 */
export async function refuseLostCluster(link: string): Promise<void> {
  const target = await readlink(link).catch(() => null);
  if (target === null || existsSync(link)) return;
  throw new ReplywrightError('database_server_failed', {
    detail: `${link} leads to ${target}, which is not there`,
    folder: link,
    hint: 'Bring that folder back; or, to begin with an empty database, remove the link.',
  });
}

/**
 * Makes the data folder when it is missing.
 *
 * @throws ReplywrightError `data_folder_foreign`, `data_folder_unusable` or `disk_full`.
 */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    if (!(await stat(folder)).isDirectory())
      throw Object.assign(new Error(folder), { code: 'ENOTDIR' });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw dataFolderFailure(folder, error);
  }
  await refuseForeignFolder(folder);
  await refuseForeignDatabase(folder);
}
