/** Releases prompt versions, and knows in which order they were released. */

import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import { loadPrompt, type PromptVersion, readReleased } from './prompts.ts';

/** The whole list or nothing: a list that was half written would stop all drafting. */
async function writeReleased(folder: string, released: Record<string, string>): Promise<void> {
  const file = join(folder, 'released.json');
  const part = `${file}.${randomUUID().slice(0, 8)}.part`;
  try {
    await writeFile(part, `${JSON.stringify(released, null, 2)}\n`, { flag: 'wx' });
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    const detail = `it cannot be written: ${fileTrouble(cause)}`;
    throw new ReplywrightError('released_invalid', { file, detail }, { cause });
  }
}

/**
 * Releases a draft: from now on its file is held by its hash and never changes.
 *
 * @throws ReplywrightError `prompt_released_already`, `released_invalid`, or as loadPrompt does.
 */
export async function releasePrompt(folder: string, version: string): Promise<PromptVersion> {
  const prompt = await loadPrompt(folder, version);
  const { file, fileSha256 } = prompt;
  if (prompt.released) throw new ReplywrightError('prompt_released_already', { version, file });
  const released = await readReleased(folder);
  await writeReleased(folder, { ...released, [version]: fileSha256 });
  return { ...prompt, released: true };
}

/**
 * The version of the same prompt that was released before `version`; before a draft stands the one
 * released last. Null when there is none.
 *
 * @throws ReplywrightError `released_invalid`.
 */
export async function releasedBefore(folder: string, version: string): Promise<string | null> {
  const prompt = `${version.split('/')[0]}/`;
  const all = Object.keys(await readReleased(folder)).filter((one) => one.startsWith(prompt));
  const at = all.indexOf(version);
  return (at < 0 ? all.at(-1) : all[at - 1]) ?? null;
}
