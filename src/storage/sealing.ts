/**
 * Sealing: what must not be readable in a copy of the database is encrypted with a key that is not
 * in it.
 *
 * AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits, and a context that the content is
 * bound to, so that nobody can move it to another row. It protects a copy of the database, a backup
 * or a dump. It does not protect from whoever can also read the key, as this program must.
 */

import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomUUID,
  scrypt,
} from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ReplywrightError } from '../domain/errors.ts';
import { dataFolderFailure, openDataFolder } from './data-folder.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const keyFile = 'secret.key';
const derive = promisify<string, string, number, Buffer>(scrypt);

/** The file's text, made when there is none; whoever makes it first wins. */
async function keyText(dataFolder: string): Promise<string> {
  const file = path.join(dataFolder, keyFile);
  const read = () => readFile(file, 'utf8');
  try {
    return await read().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await openDataFolder(dataFolder);
      // Written whole before it gets its name: nobody reads half a key.
      const part = `${file}.${randomUUID().slice(0, 8)}.part`;
      await writeFile(part, `${randomBytes(32).toString('base64url')}\n`, {
        mode: 0o600,
        flag: 'wx',
      });
      await link(part, file).catch((late: NodeJS.ErrnoException) => {
        if (late.code !== 'EEXIST') throw late;
      });
      await rm(part);
      return await read();
    });
  } catch (error) {
    if (error instanceof ReplywrightError) throw error;
    throw dataFolderFailure(dataFolder, error);
  }
}

/**
 * The key that seals.
 *
 * @param given what the settings say; null for the file `secret.key` (mode 0600) in the data
 *   folder, which is made when it is first needed.
 * @throws ReplywrightError `data_folder_unusable` when the file can neither be read nor made, `disk_full`.
 */
export async function openSealingKey(given: string | null, dataFolder: string): Promise<KeyObject> {
  const text = given ?? (await keyText(dataFolder)).trim();
  // A person may have chosen the text, so guessing it must cost something.
  return createSecretKey(await derive(text, 'replywright sealing key', 32));
}

/** Encrypts `text` for the given context. */
export function seal(key: KeyObject, context: string, text: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), content]);
}

/** The text that was sealed for this context; null with another key, context or content. */
export function unseal(key: KeyObject, context: string, sealed: Buffer): string | null {
  if (sealed.length < nonceBytes + tagBytes) return null;
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  const start = decipher.update(sealed.subarray(nonceBytes + tagBytes));
  try {
    return Buffer.concat([start, decipher.final()]).toString('utf8');
  } catch {
    // The one way in which GCM says that something does not fit.
    return null;
  }
}
