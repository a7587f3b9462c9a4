/**
 * Reads the house style: what a shop writes of its own voice, in a file beside the prompt versions,
 * so that it can change without a new version and versions can change without losing it.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import { sha256 } from './digest.ts';

/** Name of the file: in the folder of one prompt, or above it for all of them. */
const fileName = 'house-style.md';
/** A style that is longer has become a second prompt. */
const mostCharacters = 8_000;

export interface HouseStyle {
  file: string;
  /** What stands in the prompt, as it stands there: never read as a template. */
  text: string;
  /** SHA-256 (hex) of the bytes of the file. */
  sha256: string;
}

/** The text without HTML comments, in which the shipped file explains itself. */
function effective(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

async function readOne(file: string): Promise<Buffer | null> {
  return await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    const detail = fileTrouble(cause);
    throw new ReplywrightError('house_style_invalid', { file, detail }, { cause });
  });
}

/**
 * The house style for a prompt: `<prompt>/house-style.md`, else `house-style.md` of all prompts.
 *
 * @returns null where there is none, or where it says nothing outside HTML comments.
 * @throws ReplywrightError `house_style_invalid` when it cannot be read or is too long.
 */
export async function loadHouseStyle(folder: string, prompt: string): Promise<HouseStyle | null> {
  for (const file of [join(folder, prompt, fileName), join(folder, fileName)]) {
    const bytes = await readOne(file);
    if (bytes === null) continue;
    const text = effective(bytes.toString('utf8'));
    const detail = `it has ${text.length} characters, and at most ${mostCharacters} are read`;
    if (text.length > mostCharacters)
      throw new ReplywrightError('house_style_invalid', { file, detail });
    if (text !== '') return { file, text, sha256: sha256(bytes) };
  }
  return null;
}
