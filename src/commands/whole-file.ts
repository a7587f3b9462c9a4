/** Writes a file whole or not at all, for nobody else on this machine to read. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';

/** @param wanted the file that was asked for, which a failure names. */
async function openFor(file: string, flags: 'wx' | 'w', wanted = file): Promise<FileHandle> {
  return await open(file, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOSPC') throw error;
    const detail = error.code === 'ENOENT' ? 'its folder does not exist' : fileTrouble(error);
    throw new ReplywrightError('output_unwritable', { file: wanted, detail }, { cause: error });
  });
}

async function writeThrough<Result>(
  handle: FileHandle,
  options: { flush: boolean },
  write: (stream: Writable) => Promise<Result>,
): Promise<Result> {
  try {
    const stream = handle.createWriteStream(options);
    // From the start: an error that nobody listens for would end the process.
    const done = finished(stream);
    done.catch(() => {});
    const result = await write(stream);
    stream.end();
    await done;
    return result;
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
}

/** True for a device or a pipe: renaming over it would replace it, and root may do that. */
async function isSpecial(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  return found !== null && !found.isFile();
}

/**
 * Lets `write` fill a file under another name and then puts it in the place of `file`. A device or a
 * pipe is written to as it stands.
 *
 * @throws ReplywrightError `output_unwritable`; whatever `write` throws. `file` is then as it was.
 */
export async function writeWholeFile<Result>(
  file: string,
  write: (stream: Writable) => Promise<Result>,
): Promise<Result> {
  if (await isSpecial(file))
    return await writeThrough(await openFor(file, 'w'), { flush: false }, write);
  const part = `${file}.${randomUUID().slice(0, 8)}.part`;
  const handle = await openFor(part, 'wx', file);
  try {
    const result = await writeThrough(handle, { flush: true }, write);
    await rename(part, file);
    return result;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
