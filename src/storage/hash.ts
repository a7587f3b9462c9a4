/** SHA-256 in hex, the name of everything that is kept by its content. */

import { hash } from 'node:crypto';

/** The SHA-256 of `content` (strings as UTF-8), as 64 hex digits. */
export function sha256(content: string | Buffer): string {
  return hash('sha256', content);
}
