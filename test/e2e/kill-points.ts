/** Holds the program at an exact write, from outside: triggers that wait for a lock of the test's own session. */
import pg from 'pg';
import { vi } from 'vitest';

interface Point {
  table: string;
  on: 'insert' | 'update';
  when: string;
}

/** Every write that carries a mail a step further, in the order of its way. */
export const killPoints = {
  'the mail is stored': { table: 'message', on: 'insert', when: "new.direction = 'inbound'" },
  'the mailbox mark moves': {
    table: 'mailbox',
    on: 'update',
    when: 'new.uid is distinct from old.uid',
  },
  'the triage job is sent': {
    table: 'pgboss.job',
    on: 'insert',
    when: "new.name = 'triage' and new.state = 'created'",
  },
  'the conversation begins': { table: 'conversation', on: 'insert', when: 'true' },
  'the mail is answerable': {
    table: 'message',
    on: 'update',
    when: "old.state = 'stored' and new.state = 'answerable'",
  },
  'the conversation gets its last message': {
    table: 'conversation',
    on: 'update',
    when: 'new.last_message_id is distinct from old.last_message_id',
  },
  'the draft is asked for': { table: 'draft', on: 'insert', when: 'true' },
  'drafting begins': {
    table: 'draft',
    on: 'update',
    when: "old.state = 'queued' and new.state = 'drafting'",
  },
  'the responder is kept': { table: 'responder', on: 'insert', when: 'true' },
  'the draft is ready': {
    table: 'draft',
    on: 'update',
    when: "old.state = 'drafting' and new.state = 'ready'",
  },
  'an upload begins': { table: 'enclosure', on: 'insert', when: 'true' },
  'a piece of the upload is kept': {
    table: 'enclosure_piece',
    on: 'insert',
    when: 'new.number = 1',
  },
  'the upload is whole': {
    table: 'enclosure',
    on: 'update',
    when: 'old.sha256 is null and new.sha256 is not null',
  },
  'the decision is recorded': { table: 'decision', on: 'insert', when: 'true' },
  'the draft is approved': { table: 'draft', on: 'update', when: "new.state = 'approved'" },
  'the delivery is held': { table: 'delivery', on: 'insert', when: 'true' },
  'the deliver job is sent': {
    table: 'pgboss.job',
    on: 'insert',
    when: "new.name = 'deliver' and new.state = 'created'",
  },
  'the undo window is over': {
    table: 'delivery',
    on: 'update',
    when: "old.state = 'held' and new.state = 'queued'",
  },
  'sending begins': {
    table: 'delivery',
    on: 'update',
    when: "old.state = 'queued' and new.state = 'sending'",
  },
  'the sent message is stored': {
    table: 'message',
    on: 'insert',
    when: "new.direction = 'outbound'",
  },
  'the delivery is sent': {
    table: 'delivery',
    on: 'update',
    when: "old.state = 'sending' and new.state = 'sent'",
  },
  'the copy in Sent is noted': {
    table: 'delivery',
    on: 'update',
    when: 'old.sent_copy_at is null and new.sent_copy_at is not null',
  },
  'the pair is kept': { table: 'pair', on: 'insert', when: 'true' },
} as const satisfies Record<string, Point>;

export type KillPoint = keyof typeof killPoints;

const names = Object.keys(killPoints) as KillPoint[];
/** First half of the locks' key; the second is the place of the point in the list. */
const family = 7_000;

function keyOf(point: KillPoint): number {
  return names.indexOf(point);
}

/** Nobody waits at a point that is not armed: its trigger takes a shared lock, which is free. */
async function install(client: pg.Client): Promise<void> {
  await client.query(`create function kill_point() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${family}, tg_argv[0]::int);
      return new;
    end $$`);
  for (const point of names) {
    const { table, on, when } = killPoints[point];
    const key = keyOf(point);
    await client.query(
      `create trigger kill_point_${key} before ${on} on ${table} for each row
        when (${when}) execute function kill_point(${key})`,
    );
  }
}

export interface Gate {
  /** Whatever comes to the point from now on waits there. */
  arm(point: KillPoint): Promise<void>;
  /** Resolves with the backend that waits at the point, in its open transaction. */
  held(point: KillPoint): Promise<number>;
  /** Ends the backend as PostgreSQL does when it finds its client gone: the transaction is undone. */
  abandon(backend: number): Promise<void>;
  disarm(point: KillPoint): Promise<void>;
  close(): Promise<void>;
}

/** Installs the triggers in a database and opens the session that holds their locks. */
export async function openGate(url: string): Promise<Gate> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await install(client);
  const waiting = async (point: KillPoint): Promise<number> => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and not granted
        and classid = ${family} and objid = $1
        and database = (select oid from pg_database where datname = current_database())`,
      [keyOf(point)],
    );
    if (rows[0] === undefined) throw new Error(`Nobody waits where ${point}.`);
    return rows[0].pid;
  };
  return {
    async arm(point) {
      await client.query(`select pg_advisory_lock(${family}, $1)`, [keyOf(point)]);
    },
    held: (point) => vi.waitFor(() => waiting(point), { timeout: 120_000, interval: 50 }),
    async abandon(backend) {
      await client.query('select pg_terminate_backend($1, 10000)', [backend]);
    },
    async disarm(point) {
      await client.query(`select pg_advisory_unlock(${family}, $1)`, [keyOf(point)]);
    },
    close: () => client.end(),
  };
}
