/** Fetching mail above a mark in bounded batches, without ever taking an error for "no mail". */

import type { FetchMessageObject, ImapFlow, ImapFlowError } from 'imapflow';
import { ReplywrightError } from '../domain/errors.ts';
import type { Cut, FetchedMail, ImapPlace } from '../domain/message.ts';
import type { Log } from '../log.ts';
import { assertAlive } from './imap-connection.ts';
import { defaultMaxBytes, type ImapSettings, type Store } from './watched.ts';

/**
 * One fetch of many messages is 25 times faster than many fetches of one, and what is fetched
 * together is stored and filed together.
 */
const batch = { messages: 200, bytes: 8 * 1024 * 1024, sizes: 1000 } as const;

/** As many mails as a batch has, each of this size, are within its bytes. */
const smallBytes = Math.floor(batch.bytes / batch.messages);

/** What a fetch needs to know of its surroundings. */
export interface Fetching {
  client: ImapFlow;
  settings: ImapSettings;
  log: Log;
  uidvalidity: number;
  /** False: every mail goes without its place, so that the mark stands still until the end. */
  marking: boolean;
}

/** What became of the mails that were to be fetched. */
export interface Fetched {
  /** UIDs of the mails that were stored, ascending. */
  stored: number[];
  /** UIDs that the server lists but does not hand over, ascending; the mark stays below them. */
  withheld: number[];
  /** What the server said when it last refused a mail. */
  refusal: unknown;
}

/**
 * The UIDs above `uid`, ascending.
 *
 * @param since only mail that the server received on that day or later.
 * @throws ReplywrightError `imap_unreachable`, `imap_refused`.
 */
export async function uidsAbove(context: Fetching, uid: number, since?: Date): Promise<number[]> {
  const { client, settings } = context;
  const query = { uid: `${uid + 1}:*`, ...(since === undefined ? {} : { since }) };
  const found = await client.search(query, { uid: true });
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

/**
 * The sizes of mails; `smallBytes` for all that are no larger. Asking each small one for its size
 * would cost half as much as fetching it.
 */
async function sizesOf(
  context: Fetching,
  uids: readonly number[],
  limit: number,
): Promise<Map<number, number>> {
  const small = Math.min(smallBytes, limit);
  const query = { uid: uids.join(','), larger: small };
  const found = await context.client.search(query, { uid: true });
  const large = Array.isArray(found) ? found : uids;
  if (large.length === 0) return new Map(uids.map((uid) => [uid, small]));
  const listed = await fetchChecked(context, large, { uid: true, size: true });
  // One without a size may be gone; the fetch itself finds out.
  const sizes = new Map(large.map((uid) => [uid, listed.get(uid)?.size ?? 0]));
  return new Map(uids.map((uid) => [uid, sizes.get(uid) ?? small]));
}

/** Mails that are fetched together: whole, or only their headers. */
interface Group {
  uids: number[];
  kept: 'whole' | 'header';
  bytes: number;
}

/** UIDs in groups that stay below the caps on messages and bytes; a large mail stands alone. */
function groupsOf(sizes: ReadonlyMap<number, number>, limit: number): Group[] {
  const groups: Group[] = [];
  for (const [uid, size] of sizes) {
    const kept = size > limit ? 'header' : 'whole';
    // Nobody knows the size of a header: it stands alone.
    const bytes = kept === 'header' ? batch.bytes : size;
    const last = groups.at(-1);
    const fits = last !== undefined && last.kept === kept && last.uids.length < batch.messages;
    if (fits && last.bytes + bytes <= batch.bytes) {
      last.uids.push(uid);
      last.bytes += bytes;
    } else groups.push({ uids: [uid], kept, bytes });
  }
  return groups;
}

/** Of mail that was listed but did not come: what is still listed, and not expunged meanwhile. */
async function stillListed(context: Fetching, missing: readonly number[]): Promise<number[]> {
  if (missing.length === 0) return [];
  const { client, settings, log } = context;
  // The server tells expunges only between commands (RFC 9051, section 7.5.1).
  await client.noop();
  const still = await client.search({ uid: missing.join(',') }, { uid: true });
  assertAlive(client, settings);
  if (!Array.isArray(still))
    throw new ReplywrightError('imap_refused', {
      host: settings.host,
      detail: `it does not say whether it still has mail (UID ${missing[0]})`,
    });
  const gone = missing.length - missing.filter((uid) => still.includes(uid)).length;
  if (gone > 0) log.info('mail_expunged_meanwhile', { uids: gone });
  return missing.filter((uid) => still.includes(uid));
}

function sourceOf(message: FetchMessageObject | undefined): Buffer | null {
  if (message === undefined) return null;
  if (Buffer.isBuffer(message.headers)) return message.headers;
  if (Buffer.isBuffer(message.source)) return message.source;
  // A mail of no bytes is odd, but it is there.
  return message.size === 0 ? Buffer.alloc(0) : null;
}

type Bodies = Map<number, FetchMessageObject>;

/** Whether a server answered NO: the command failed, and the connection is as good as before. */
function isRefusal(error: unknown): boolean {
  return (error as ImapFlowError).responseStatus === 'NO';
}

/**
 * Fetches mails, once more alone what did not come with the others.
 *
 * @returns the mails, and the UIDs of those that the server keeps to itself. Those missing in both
 *   are gone.
 */
async function fetchBodies(
  context: Fetching,
  { uids, kept }: Group,
  limit: number,
): Promise<{ bodies: Bodies; withheld: number[]; refusal: unknown }> {
  const part = kept === 'header' ? { headers: true } : { source: { start: 0, maxLength: limit } };
  const query = { uid: true, size: true, internalDate: true, ...part };
  let refusal: unknown = null;
  const fetchSome = async (some: readonly number[]): Promise<Bodies> => {
    try {
      return await fetchChecked(context, some, query);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
      return new Map();
    }
  };
  const bodies = await fetchSome(uids);
  // Of a mail that was expunged a moment ago, Dovecot may hand over no bytes at all.
  const missing = uids.filter((uid) => !sourceOf(bodies.get(uid))?.length);
  for (const uid of missing) bodies.delete(uid);
  const withheld: number[] = [];
  for (const uid of await stillListed(context, missing)) {
    const message = (await fetchSome([uid])).get(uid);
    if (message !== undefined && sourceOf(message) !== null) bodies.set(uid, message);
    else withheld.push(uid);
  }
  // Refused one after the other: this is about us, as with a limit, and not about a mail.
  if (refusal !== null && withheld.length > 1 && withheld.length === uids.length) throw refusal;
  // One that was expunged after the first question does not wait for anything.
  return { bodies, withheld: await stillListed(context, withheld), refusal };
}

/** What the mailbox hands over of one message. */
function fetchedMail(
  { log }: Fetching,
  message: FetchMessageObject,
  raw: Buffer,
  kept: Group['kept'],
  place: ImapPlace | null,
): FetchedMail {
  const received = message.internalDate === undefined ? null : new Date(message.internalDate);
  const receivedAt = received !== null && Number.isNaN(received.getTime()) ? null : received;
  const size = message.size ?? 0;
  if (kept === 'whole' && size <= raw.length) return { raw, place, receivedAt };
  log.warn('mail_too_large', { uid: message.uid, bytes: size, kept: raw.length });
  const cut: Cut = { kept: kept === 'header' ? 'header' : 'beginning', size };
  return { raw, place, receivedAt, cut };
}

async function fetchGroup(
  context: Fetching,
  group: Group,
  done: Fetched,
): Promise<Map<number, FetchedMail>> {
  const { uidvalidity, settings, log } = context;
  const limit = settings.maxBytes ?? defaultMaxBytes;
  // Before anything is stored: a stored mail moves the mark past those that are missing.
  const { bodies, withheld, refusal } = await fetchBodies(context, group, limit);
  done.refusal = refusal ?? done.refusal;
  for (const uid of withheld) log.warn('mail_withheld', { uid });
  done.withheld.push(...withheld);
  const [firstWithheld = Number.POSITIVE_INFINITY] = done.withheld;
  const mails = new Map<number, FetchedMail>();
  for (const uid of group.uids) {
    const message = bodies.get(uid);
    const raw = sourceOf(message);
    if (message === undefined || raw === null) continue;
    // The place moves the mark, which must not pass a mail that still waits.
    const place = context.marking && uid < firstWithheld ? { uidvalidity, uid } : null;
    mails.set(uid, fetchedMail(context, message, raw, group.kept, place));
  }
  return mails;
}

async function storeGroup(
  mails: ReadonlyMap<number, FetchedMail>,
  store: Store,
  done: Fetched,
): Promise<void> {
  if (mails.size === 0) return;
  await store([...mails.values()]);
  done.stored.push(...mails.keys());
}

/**
 * Fetches the mails with these UIDs and hands them to `store` in order. A mail that
 * the server lists but does not hand over stops no other; those beyond it go without their place.
 *
 * @param uids ascending.
 * @returns what was stored and what was withheld; the others are confirmed to be gone.
 * @throws what the server answered when it refused every mail; whatever `store` throws.
 */
export async function fetchInto(
  context: Fetching,
  uids: readonly number[],
  store: Store,
): Promise<Fetched> {
  const limit = context.settings.maxBytes ?? defaultMaxBytes;
  const done: Fetched = { stored: [], withheld: [], refusal: null };
  // While some are stored, the next ones are on their way.
  let storing: Promise<void> = Promise.resolve();
  let storingBytes = 0;
  try {
    for (let at = 0; at < uids.length; at += batch.sizes) {
      const some = uids.slice(at, at + batch.sizes);
      for (const group of groupsOf(await sizesOf(context, some, limit), limit)) {
        // Unless they are so large that one has to be gone before another comes.
        if (storingBytes + group.bytes > 2 * batch.bytes) await storing;
        const mails = await fetchGroup(context, group, done);
        await storing;
        storing = storeGroup(mails, store, done);
        storingBytes = group.bytes;
        // Heard below, and not only when the next ones have come.
        storing.catch(() => {});
      }
    }
  } finally {
    await storing;
  }
  // With nothing else to tell, the server's words are worth more than a mail that waits in silence.
  if (done.stored.length === 0 && done.withheld.length > 0 && done.refusal !== null)
    throw done.refusal;
  return done;
}
