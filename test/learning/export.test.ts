/** Export: one JSON line a pair, in order, never more in memory than the reader can take. */

import { PassThrough, Writable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exportPairs } from '../../src/learning/export.ts';
import { openTestDatabase } from '../support/database.ts';

const pairs = 2_000;

/** What no line may be broken by. */
const awkward = 'Line one\nline "two"\r\n\u2028 \\ {{x}} 茶 🫖';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  database = await openTestDatabase();
  const { db } = database;
  const fill = [
    sql`insert into mailbox (name, address) values ('support', 'help@shop.example')`,
    sql`insert into account (name) values ('Kim')`,
    sql`insert into conversation
      (mailbox_id, customer_name, customer_address, subject, normalized_subject)
      values (1, 'Ana', 'ana@customer.example', 'Hi', 'hi')`,
    sql`insert into message (mailbox_id, conversation_id, direction, state, raw, raw_sha256)
      values (1, 1, 'inbound', 'answerable', '\\x00', 'x')`,
    sql`insert into content values ('s', 'You answer mail.')`,
    sql`insert into draft (conversation_id, message_id, state)
      select 1, 1, 'approved' from generate_series(1, ${pairs})`,
    sql`insert into decision (draft_id, account_id, verdict, draft_state, final_text, origin)
      select id, 1, 'approved', 'ready', 'x', 'verbatim' from draft`,
    sql`insert into pair (decision_id, system_sha256, user_turn, reply, origin)
      select id, case when id % 3 = 0 then null else 's' end, 'mail ' || id || ${awkward}::text,
        'reply ' || id || ${awkward}::text, 'verbatim' from decision order by id`,
  ];
  for (const statement of fill) await statement.execute(db);
});
afterAll(async () => {
  await database.drop();
});

function expected(id: number) {
  const system = [{ role: 'system', content: 'You answer mail.' }];
  const messages = [
    ...(id % 3 === 0 ? [] : system),
    { role: 'user', content: `mail ${id}${awkward}` },
    { role: 'assistant', content: `reply ${id}${awkward}` },
  ];
  return { messages };
}

test('every pair is one line, in the order in which they were kept', async () => {
  const out = new PassThrough({ highWaterMark: 64 * 1024 * 1024 });
  expect(await exportPairs(database.db, 'messages', out)).toEqual({ records: pairs });
  out.end();
  const text = String(Buffer.concat(await out.toArray()));
  expect(text.endsWith('\n')).toBe(true);
  const lines = text.slice(0, -1).split('\n');
  const ids = Array.from({ length: pairs }, (_, at) => at + 1);
  expect(lines.map((line) => JSON.parse(line))).toEqual(ids.map(expected));
});

test('nothing is written while the reader is busy', async () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  let written = 0;
  const out = new Writable({
    highWaterMark: 4_096,
    write(_chunk, _encoding, done) {
      written += 1;
      most = Math.max(most, out.writableLength);
      waiting.push(done);
    },
  });
  const exporting = exportPairs(database.db, 'messages', out);
  await vi.waitFor(() => expect(out.writableNeedDrain).toBe(true));
  // It stands still until the reader goes on, whatever happens meanwhile.
  await sql`select 1`.execute(database.db);
  expect(written).toBe(1);
  let done = false;
  const finished = exporting.then((report) => {
    done = true;
    return report;
  });
  while (!done) {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await finished).toEqual({ records: pairs });
  while (waiting.length > 0) {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(written).toBe(pairs);
  expect(most).toBeLessThan(4_096 + 1_024);
});

test('a reader that breaks ends the export with its reason', async () => {
  const out = new Writable({
    highWaterMark: 16,
    write: (_chunk, _encoding, done) => done(new Error('disk full')),
  });
  await expect(exportPairs(database.db, 'messages', out)).rejects.toThrow('disk full');
});

test('no pairs are no lines', async () => {
  const empty = await openTestDatabase();
  const out = new PassThrough();
  expect(await exportPairs(empty.db, 'messages', out)).toEqual({ records: 0 });
  out.end();
  expect(await out.toArray()).toEqual([]);
  await empty.drop();
});
