/** The sandbox's way out: mail is written as .eml files into a folder instead of being sent. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import type { Transport } from './outgoing.ts';

/** Writes a file so that it is there in full after a crash, or not at all. */
async function writeAtomically(folder: string, name: string, bytes: Buffer): Promise<void> {
  const temporary = path.join(folder, `.${name}.${process.pid}.tmp`);
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path.join(folder, name));
  // The new name lasts only once the folder itself is on the disk (fsync(2)).
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The file of a mail: named by its Message-ID, so that a repeat finds it instead of doubling it. */
function fileName(messageId: string): string {
  return `${createHash('sha256').update(messageId).digest('hex').slice(0, 32)}.eml`;
}

/** A transport that "sends" into `folder`, which is created when missing. */
export function openOutbox(folder: string): Transport {
  return {
    async deliver({ bytes, messageId }) {
      const name = fileName(messageId);
      try {
        await mkdir(folder, { recursive: true });
        if (existsSync(path.join(folder, name)))
          return { outcome: 'sent', response: `already written to ${name}`, rejected: [] };
        await writeAtomically(folder, name, bytes);
        return { outcome: 'sent', response: `written to ${name}`, rejected: [] };
      } catch (cause) {
        const known = asReplywrightError(cause);
        const detail = fileTrouble(cause);
        const error =
          known.code === 'unexpected'
            ? new ReplywrightError('folder_unreadable', { folder, detail }, { cause })
            : known;
        return { outcome: 'not_sent', error };
      }
    },
  };
}
