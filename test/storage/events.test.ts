/** Change events tell of commits and of nothing else, and say when some may have been missed. */

import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { ChangeEvent } from '../../src/domain/events.ts';
import {
  announce,
  announceAll,
  type ChangeFeed,
  openChangeFeed,
} from '../../src/storage/events.ts';
import { openTestDatabase } from '../support/database.ts';
import { silentLog } from '../support/parts.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let feed: ChangeFeed | undefined;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterEach(async () => {
  await feed?.close();
  feed = undefined;
});
afterAll(async () => {
  await database.drop();
});

const mailbox = (mailboxId: number): ChangeEvent => ({ kind: 'mailbox', mailboxId });

async function openFeed(): Promise<{ feed: ChangeFeed; seen: ChangeEvent[] }> {
  const opened = await openChangeFeed(database.connection, silentLog);
  feed = opened;
  const seen: ChangeEvent[] = [];
  opened.subscribe((event) => seen.push(event));
  return { feed: opened, seen };
}

async function tell(mailboxId: number): Promise<void> {
  await database.db.transaction().execute((tx) => announce(tx, mailbox(mailboxId)));
}

/** Server processes of the listening connections, waiting for something to tell. */
async function listeningPids(): Promise<number[]> {
  const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
    where application_name = 'replywright events' and state = 'idle'
      and datname = current_database()`.execute(database.db);
  return rows.map(({ pid }) => pid);
}

test('an event comes with the commit, not before', async () => {
  const { seen } = await openFeed();
  await database.db.transaction().execute(async (tx) => {
    await announce(tx, mailbox(1));
    // What is told outside of the open transaction comes first, though it was said later.
    await tell(2);
    await vi.waitFor(() => expect(seen).toEqual([mailbox(2)]));
  });
  await vi.waitFor(() => expect(seen).toEqual([mailbox(2), mailbox(1)]));
});

test('many changes at once are told as one', async () => {
  const { seen } = await openFeed();
  const tellOf = (n: number) =>
    database.db.transaction().execute((tx) =>
      announceAll(
        tx,
        Array.from({ length: n }, (_, at) => mailbox(at)),
      ),
    );
  await tellOf(10);
  await tellOf(11);
  await tell(99);
  await vi.waitFor(() => expect(seen.at(-1)).toEqual(mailbox(99)));
  expect(seen.slice(0, 10).map((event) => 'mailboxId' in event && event.mailboxId)).toEqual([
    ...Array(10).keys(),
  ]);
  expect(seen.slice(10)).toEqual([{ kind: 'much' }, mailbox(99)]);
});

test('a rollback tells nothing', async () => {
  const { seen } = await openFeed();
  const failing = database.db.transaction().execute(async (tx) => {
    await announce(tx, mailbox(3));
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await tell(4);
  await vi.waitFor(() => expect(seen).toEqual([mailbox(4)]));
});

test('a subscription ends when it is ended', async () => {
  const { feed, seen } = await openFeed();
  const others: ChangeEvent[] = [];
  const end = feed.subscribe((event) => others.push(event));
  await tell(5);
  await vi.waitFor(() => expect(others).toHaveLength(1));
  end();
  await tell(6);
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  expect(others).toEqual([mailbox(5)]);
});

test('a listener that throws stops no other', async () => {
  const { feed, seen } = await openFeed();
  feed.subscribe(() => {
    throw new Error('a page that has gone');
  });
  const later: ChangeEvent[] = [];
  feed.subscribe((event) => later.push(event));
  await tell(7);
  await tell(8);
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  expect(later).toEqual([mailbox(7), mailbox(8)]);
});

test('a lost connection is opened again, and the gap is told', async () => {
  const { feed, seen } = await openFeed();
  let gaps = 0;
  feed.onGap(() => {
    gaps += 1;
  });
  const [pid] = await listeningPids();
  await sql`select pg_terminate_backend(${pid})`.execute(database.db);
  await vi.waitFor(() => expect(gaps).toBe(1), { timeout: 20_000 });
  await tell(9);
  await vi.waitFor(() => expect(seen).toEqual([mailbox(9)]));
  expect(await listeningPids()).toHaveLength(1);
});

test('a closed feed leaves no connection and opens no other', async () => {
  const { feed: open } = await openFeed();
  await open.close();
  feed = undefined;
  await vi.waitFor(async () => expect(await listeningPids()).toEqual([]));
});

test('a feed that cannot be opened gives up, and says why', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    await expect(openChangeFeed({ host: '127.0.0.1', port }, silentLog)).rejects.toThrow();
    // The event loop comes round once more: whatever the end of the connection sets off is set off.
    await new Promise((resolve) => setImmediate(resolve));
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
    server.close();
  }
});

test('a feed that is closed while it reconnects stays closed', async () => {
  const sockets: Socket[] = [];
  const stream = () => {
    const socket = new Socket();
    sockets.push(socket);
    return socket;
  };
  const open = await openChangeFeed({ ...database.connection, stream }, silentLog);
  const [pid] = await listeningPids();
  const client = new pg.Client(database.connection);
  await client.connect();
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    await client.query('select pg_terminate_backend($1)', [pid]);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    vi.advanceTimersByTime(1_000);
    // The new connection is on its way at this moment.
    expect(sockets).toHaveLength(2);
    await open.close();
  } finally {
    vi.useRealTimers();
    await client.end();
  }
  await vi.waitFor(() => expect(sockets.map(({ closed }) => closed)).toEqual([true, true]));
});
