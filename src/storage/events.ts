/** Change events between processes: LISTEN and NOTIFY, sent with the commit that they tell of. */

import { sql } from 'kysely';
import pg from 'pg';
import type { ChangeEvent } from '../domain/events.ts';
import type { Log } from '../log.ts';
import type { Tx } from './tables.ts';

const channel = 'replywright';

/** Tells every listening process, when the transaction commits. */
export async function announce(tx: Tx, event: ChangeEvent): Promise<void> {
  await sql`select pg_notify(${channel}, ${JSON.stringify(event)})`.execute(tx);
}

/** More changes than these at once are told as one: whoever listens looks at everything again. */
const mostTold = 10;

/** Tells of many changes at once. */
export async function announceAll(tx: Tx, events: readonly ChangeEvent[]): Promise<void> {
  if (events.length > mostTold) return await announce(tx, { kind: 'much' });
  const payloads = events.map((event) => JSON.stringify(event));
  await sql`select pg_notify(${channel}, payload)
    from unnest(${payloads}::text[]) as event(payload)`.execute(tx);
}

export interface ChangeFeed {
  /** Calls `listener` with each change; returns what ends the subscription. */
  subscribe(listener: (event: ChangeEvent) => void): () => void;
  /** Calls `listener` when events may have been missed and everything should be looked at again. */
  onGap(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Keeps one connection that listens, and opens another whenever it breaks. */
export async function openChangeFeed(connection: pg.ClientConfig, log: Log): Promise<ChangeFeed> {
  const listeners = new Set<(event: ChangeEvent) => void>();
  const gapListeners = new Set<() => void>();
  let client: pg.Client | null = null;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  // Called by the socket: what one page throws must not end the process, nor keep others waiting.
  const tellAll = <Args extends unknown[]>(to: Set<(...args: Args) => void>, ...args: Args) => {
    for (const listener of to) {
      try {
        listener(...args);
      } catch (error) {
        log.error('change_listener_failed', { error });
      }
    }
  };
  const reconnect = () => {
    client = null;
    if (closed || retry !== undefined) return;
    retry = setTimeout(async () => {
      retry = undefined;
      await connect().then(
        () => tellAll(gapListeners),
        (error) => {
          log.warn('change_feed_lost', { error });
          reconnect();
        },
      );
    }, 1_000);
  };
  const connect = async () => {
    const next = new pg.Client({ ...connection, application_name: 'replywright events' });
    next.on('error', (error) => log.warn('change_feed_lost', { error }));
    next.on('notification', ({ payload }) => {
      if (payload !== undefined) tellAll(listeners, JSON.parse(payload) as ChangeEvent);
    });
    try {
      await next.connect();
      await next.query(`listen ${channel}`);
    } catch (error) {
      await next.end();
      throw error;
    }
    if (closed) return await next.end();
    next.on('end', reconnect);
    client = next;
  };
  const add = <Item>(set: Set<Item>, item: Item) => {
    set.add(item);
    return () => void set.delete(item);
  };

  await connect();
  return {
    subscribe: (listener) => add(listeners, listener),
    onGap: (listener) => add(gapListeners, listener),
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
}
