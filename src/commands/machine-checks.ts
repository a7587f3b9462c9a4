/** The doctor's checks of this machine: folders, disk space and the desk's port. */
import { constants } from 'node:fs';
import { access, mkdtemp, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import {
  dataFolderFailure,
  refuseForeignDatabase,
  refuseForeignFolder,
} from '../storage/data-folder.ts';
import { openPort } from '../web/port.ts';
import type { Open } from './findings.ts';
import { portHolder } from './port-holder.ts';

/** With less than this, a database soon stops; a day of mail with attachments needs about as much. */
const leastFreeBytes = 200 * 1024 * 1024;

function unreadable(folder: string, error: unknown): ReplywrightError {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    return new ReplywrightError('disk_full', {}, { cause: error });
  const detail = fileTrouble(error);
  return new ReplywrightError('folder_unreadable', { folder, detail }, { cause: error });
}

/** The folder itself, or the nearest one above it that exists. */
async function nearestExisting(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  const above = path.dirname(folder);
  return found !== null || above === folder ? folder : await nearestExisting(above);
}

/** Bytes that an ordinary user can still write on the disk of `folder`. */
async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Writes and removes a file in the data folder, or in the folder in which it will be made.
 *
 * @throws ReplywrightError `data_folder_foreign`, `data_folder_unusable` or `disk_full`.
 */
export async function checkDataFolder(folder: string, freeBytes = freeBytesAt): Promise<string> {
  // First, for the probe must not lie in what others own.
  await refuseForeignFolder(folder);
  const place = await nearestExisting(folder);
  try {
    const probe = await mkdtemp(path.join(place, '.doctor-'));
    await writeFile(path.join(probe, 'probe'), 'x').finally(() => rm(probe, { recursive: true }));
  } catch (error) {
    throw dataFolderFailure(folder, error);
  }
  await refuseForeignDatabase(folder);
  const free = await freeBytes(place);
  if (free < leastFreeBytes) throw new ReplywrightError('disk_full');
  const space = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return place === folder ? `${folder}, ${space}` : `${folder}, made at the first start, ${space}`;
}

async function countUnreadable(files: readonly string[]): Promise<number> {
  let count = 0;
  for (const file of files) {
    const { code } = (await access(file, constants.R_OK).catch((error) => error)) ?? {};
    // One that was taken meanwhile waits no more.
    if (code !== undefined && code !== 'ENOENT') count += 1;
  }
  return count;
}

/**
 * Looks into a folder that mail comes from: taken mails are moved within it, so it must be writable.
 *
 * @throws ReplywrightError `folder_unreadable`.
 */
export async function checkInbox(folder: string): Promise<string> {
  try {
    const mails = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const closed = await countUnreadable(mails.map((name) => path.join(folder, name)));
    const waiting =
      closed === 0 ? '' : `, ${closed} of them wait, because this user may not read them`;
    return `${folder}, ${mails.length} .eml ${mails.length === 1 ? 'file' : 'files'}${waiting}`;
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/**
 * Looks whether mails can be written into a folder, which is made when it is missing.
 *
 * @throws ReplywrightError `folder_unreadable`.
 */
export async function checkOutbox(folder: string): Promise<string> {
  const place = await nearestExisting(folder);
  try {
    if (!(await stat(place)).isDirectory())
      throw Object.assign(new Error(place), { code: 'ENOTDIR' });
    await access(place, constants.W_OK | constants.X_OK);
    return place === folder ? folder : `${folder}, made at the first delivery`;
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/**
 * Takes the desk's port for a moment.
 *
 * @throws ReplywrightError `port_busy`, `port_other_desk`, `port_forbidden` or `host_unusable`.
 */
export async function checkPort(config: Pick<Config, 'desk' | 'data'>): Promise<string | Open> {
  const { host, port } = config.desk;
  try {
    await (await openPort(host, port)).close();
    return `${host}:${port} is free`;
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'port_busy') throw cause;
    const holder = await portHolder(config);
    if (holder === 'stranger') throw cause;
    if (holder === 'ours') return { open: `${host}:${port}, Replywright is running` };
    throw new ReplywrightError('port_other_desk', { host, port }, { cause });
  }
}
