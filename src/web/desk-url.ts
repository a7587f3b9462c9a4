/** How a desk is found and told from others: its address, and what names its data folder. */

import { sha256 } from '../storage/hash.ts';

/**
 * Where the desk is reached: its public address, or else this machine's; no slash at the end.
 *
 * @param port the port it listens on.
 */
export function deskUrl(
  { host, publicUrl }: { host: string; publicUrl: string | null },
  port: number,
): string {
  if (publicUrl !== null) return publicUrl.replace(/\/$/, '');
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Names a data folder to whoever knows it, and tells nobody else where it is. */
export function instanceOf(dataFolder: string): string {
  return sha256(dataFolder).slice(0, 16);
}
