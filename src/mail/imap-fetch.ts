/** Fetching mail above a mark in bounded batches, without ever taking an error for "no mail". */

import type { FetchMessageObject, ImapFlow } from 'imapflow';
import { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { assertAlive } from './imap-connection.ts';
import { defaultMaxBytes, type ImapSettings, type Store } from './watched.ts';

/** One fetch of many messages is 25 times faster than many fetches of one. */
const batch = { messages: 50, bytes: 8 * 1024 * 1024, sizes: 500 } as const;

/** What a fetch needs to know of its surroundings. */
export interface Fetching {
  client: ImapFlow;
  settings: ImapSettings;
  log: Log;
  uidvalidity: number;
}

/**
 * The UIDs above `uid`, ascending.
 *
 * @throws ReplywrightError `imap_unreachable`, `imap_refused`.
 */
export async function uidsAbove(context: Fetching, uid: number): Promise<number[]> {
  const { client, settings } = context;
  const found = await client.search({ uid: `${uid + 1}:*` }, { uid: true });
  assertAlive(client, settings);
  if (!Array.isArray(found))
    throw new ReplywrightError('imap_refused', {
      host: settings.host,
      detail: 'the search for new mail failed',
    });
  // RFC 9051, section 9, seq-range: `n:*` includes the last message even when it is below n.
  return found.filter((candidate) => candidate > uid).toSorted((a, b) => a - b);
}

async function fetchChecked(
  context: Fetching,
  uids: readonly number[],
  query: Parameters<ImapFlow['fetchAll']>[1],
): Promise<Map<number, FetchMessageObject>> {
  assertAlive(context.client, context.settings);
  const messages = await context.client.fetchAll(uids.join(','), query, { uid: true });
  assertAlive(context.client, context.settings);
  return new Map(messages.map((message) => [message.uid, message]));
}

/** UIDs in groups that stay below the caps on messages and bytes; a large mail stands alone. */
function group(sizes: ReadonlyMap<number, number>, limit: number): number[][] {
  const groups: number[][] = [];
  let current: number[] = [];
  let bytes = 0;
  for (const [uid, size] of sizes) {
    const bounded = Math.min(size, limit);
    if (current.length >= batch.messages || (current.length > 0 && bytes + bounded > batch.bytes)) {
      groups.push(current);
      current = [];
      bytes = 0;
    }
    current.push(uid);
    bytes += bounded;
  }
  return current.length > 0 ? [...groups, current] : groups;
}

/**
 * Mail that was listed but did not come: fine when it was expunged meanwhile, an error otherwise,
 * because going on would lose it.
 */
async function confirmGone(context: Fetching, missing: readonly number[]): Promise<void> {
  if (missing.length === 0) return;
  const { client, settings, log } = context;
  // The server tells expunges only between commands (RFC 9051, section 7.5.1).
  await client.noop();
  const still = await client.search({ uid: missing.join(',') }, { uid: true });
  assertAlive(client, settings);
  if (!Array.isArray(still) || still.length > 0)
    throw new ReplywrightError('imap_refused', {
      host: settings.host,
      detail: `it lists mail that it does not hand over (UID ${missing[0]})`,
    });
  log.info('mail_expunged_meanwhile', { uids: missing.length });
}

function sourceOf(message: FetchMessageObject | undefined): Buffer | null {
  if (message === undefined) return null;
  if (Buffer.isBuffer(message.source)) return message.source;
  // A mail of no bytes is odd, but it is there.
  return message.size === 0 ? Buffer.alloc(0) : null;
}

async function storeGroup(
  context: Fetching,
  uids: readonly number[],
  limit: number,
  store: Store,
): Promise<number> {
  const { uidvalidity, settings, client, log } = context;
  const fetched = await fetchChecked(context, uids, {
    uid: true,
    size: true,
    internalDate: true,
    source: { start: 0, maxLength: limit },
  });
  const missing = uids.filter((uid) => sourceOf(fetched.get(uid)) === null);
  // Before anything is stored: a stored mail moves the mark past those that are missing.
  await confirmGone(context, missing);
  let stored = 0;
  for (const uid of uids) {
    const message = fetched.get(uid);
    const raw = sourceOf(message);
    if (message === undefined || raw === null) continue;
    // Let go of each mail once it is stored, so that a batch is held only once.
    fetched.delete(uid);
    if ((message.size ?? 0) > limit)
      log.warn('mail_truncated', { uid, bytes: message.size, limit });
    const received = message.internalDate === undefined ? null : new Date(message.internalDate);
    await store({
      raw,
      place: { uidvalidity, uid },
      receivedAt: received !== null && Number.isNaN(received.getTime()) ? null : received,
    });
    stored += 1;
  }
  if (stored < uids.length - missing.length) assertAlive(client, settings);
  return stored;
}

/**
 * Fetches the mails with these UIDs and hands them to `store` in order, one at a time.
 *
 * @param uids ascending.
 * @param stopped asked between groups; true ends the work with an error.
 * @returns how many were stored; the others are confirmed to be gone.
 */
export async function fetchInto(
  context: Fetching,
  uids: readonly number[],
  store: Store,
): Promise<number> {
  const limit = context.settings.maxBytes ?? defaultMaxBytes;
  let stored = 0;
  for (let at = 0; at < uids.length; at += batch.sizes) {
    const some = uids.slice(at, at + batch.sizes);
    const listed = await fetchChecked(context, some, { uid: true, size: true });
    // One without a size may be gone; the fetch itself finds out.
    const sizes = new Map(some.map((uid) => [uid, listed.get(uid)?.size ?? 0]));
    for (const uidsOfGroup of group(sizes, limit))
      stored += await storeGroup(context, uidsOfGroup, limit, store);
  }
  return stored;
}
