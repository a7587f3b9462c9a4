/** The DKIM key of a mailbox: read from its file, checked, and what is odd about it. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { domainToASCII } from 'node:url';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import type { WrittenMailbox } from './schema.ts';

export interface DkimConfig {
  domain: string;
  selector: string;
  /** PEM. */
  privateKey: string;
  /** What works, and should be mended all the same; whole sentences. */
  remarks: readonly string[];
}

/** RFC 8301, section 3.2: shorter keys are not accepted, and signers should use 2048 bits. */
const leastBits = 1024;
const properBits = 2048;
/** A key is a few kilobytes; what is larger is something else. */
const largestFile = 65_536;

function readKey(file: string): { pem: string; exposed: boolean } {
  const { size, mode } = statSync(file);
  if (size > largestFile) throw new Error('it is too large for a key');
  // Others than the owner and the group; Windows has no such bits.
  const exposed = process.platform !== 'win32' && (mode & 0o007) !== 0;
  return { pem: readFileSync(file, 'utf8'), exposed };
}

/** @throws Error with the reason as the end of a sentence. */
function parsedKey(pem: string): KeyObject {
  if (pem.includes('ENCRYPTED')) throw new Error('it asks for a passphrase');
  if (/BEGIN (?:RSA )?PUBLIC KEY/.test(pem)) throw new Error('it holds the public half');
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error('it holds no private key in PEM');
  }
}

/** @throws Error with the reason as the end of a sentence. */
function bitsOf(key: KeyObject): number {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType !== 'rsa')
    throw new Error(`it holds a key of the type ${asymmetricKeyType}, and servers check RSA`);
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < leastBits) throw new Error(`its ${bits} bits are too few to be accepted`);
  return bits;
}

/** Whether a signature of `domain` counts for mail from `address` (RFC 7489, section 3.1.1). */
function isAligned(domain: string, address: string): boolean {
  const from = domainToASCII(address.slice(address.lastIndexOf('@') + 1)).toLowerCase();
  return from === domain || from.endsWith(`.${domain}`) || domain.endsWith(`.${from}`);
}

/**
 * Reads the key that a mailbox signs with.
 *
 * @param folder what relative paths start from.
 * @returns null where the mailbox does not sign.
 * @throws ReplywrightError `dkim_key_unusable`.
 */
export function dkimOf(mailbox: WrittenMailbox, folder: string): DkimConfig | null {
  if (mailbox.dkim === undefined) return null;
  const { selector, keyFile } = mailbox.dkim;
  const domain = mailbox.dkim.domain.toLowerCase();
  const file = path.resolve(folder, keyFile);
  try {
    const { pem, exposed } = readKey(file);
    const bits = bitsOf(parsedKey(pem));
    const senders = [mailbox.address, ...mailbox.aliases.map(({ address }) => address)];
    const strangers = senders.filter((address) => !isAligned(domain, address));
    const remarks = [
      ...(bits < properBits ? [`The key has ${bits} bits; 2048 are usual.`] : []),
      ...(exposed ? [`Every user of this machine can open ${file}; \`chmod 600\` it.`] : []),
      ...strangers.map(
        (address) =>
          `${address} is not on ${domain}: a signature of another domain proves nothing (DMARC).`,
      ),
    ];
    return { domain, selector, privateKey: pem, remarks };
  } catch (error) {
    const { name } = mailbox;
    const detail = fileTrouble(error);
    throw new ReplywrightError('dkim_key_unusable', { name, file, detail }, { cause: error });
  }
}
