/** The doctor's checks of this machine: folders, disk space and the desk's port. */
import { constants } from 'node:fs';
import { access, mkdtemp, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import type { Open } from './findings.ts';

/** With less than this, a database soon stops; a day of mail with attachments needs about as much. */
const leastFreeBytes = 200 * 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOTDIR: 'it is not a folder',
  EROFS: 'it is on a read-only disk',
};

function unreadable(folder: string, error: unknown): ReplywrightError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC') return new ReplywrightError('disk_full', {}, { cause: error });
  const detail = reasons[code] ?? (error as Error).message;
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
 * @throws ReplywrightError `folder_unreadable` or `disk_full`.
 */
export async function checkDataFolder(folder: string, freeBytes = freeBytesAt): Promise<string> {
  const place = await nearestExisting(folder);
  const free = await freeBytes(place);
  if (free < leastFreeBytes) throw new ReplywrightError('disk_full');
  try {
    const probe = await mkdtemp(path.join(place, '.doctor-'));
    await writeFile(path.join(probe, 'probe'), 'x').finally(() => rm(probe, { recursive: true }));
  } catch (error) {
    throw unreadable(folder, error);
  }
  const space = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return place === folder ? `${folder}, ${space}` : `${folder}, made at the first start, ${space}`;
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
    return `${folder}, ${mails.length} .eml files`;
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

/** True when the program on that port is a desk of ours, by what it says at /healthz. */
async function isOurDesk(host: string, port: number): Promise<boolean> {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const name = reachable.includes(':') ? `[${reachable}]` : reachable;
  const signal = AbortSignal.timeout(3000);
  return await fetch(`http://${name}:${port}/healthz`, { signal })
    .then(async (response) => {
      const health = (await response.json()) as Record<string, unknown>;
      return ['version', 'database', 'mailboxes'].every((key) => key in health);
    })
    .catch(() => false);
}

/**
 * Listens on the desk's port for a moment.
 *
 * @throws ReplywrightError `port_busy`, or `config_invalid` for an address that is not ours.
 */
export async function checkPort(desk: { host: string; port: number }): Promise<string | Open> {
  const { host, port } = desk;
  const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
  if (failure === null) return `${host}:${port} is free`;
  if (failure.code === 'EADDRINUSE') {
    if (await isOurDesk(host, port)) return { open: `${host}:${port}, Replywright is running` };
    throw new ReplywrightError('port_busy', { host, port }, { cause: failure });
  }
  const [key, detail] =
    failure.code === 'EACCES'
      ? ['desk.port', `this user may not listen on port ${port}`]
      : ['desk.host', `this machine has no address ${host}`];
  throw new ReplywrightError('config_invalid', { key, detail, file: 'the settings' });
}
