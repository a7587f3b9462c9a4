/** What pages and prompts read comes by an index, however much is kept. */

import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchItems, knownBatches, openBatch, waitingBeyond } from '../../src/storage/batches.ts';
import { loadConversation } from '../../src/storage/conversation-view.ts';
import { rejectionsOf } from '../../src/storage/decisions.ts';
import { findNamedDelivery } from '../../src/storage/delivery-reports.ts';
import { draftRecord, shadowRecord } from '../../src/storage/draft-record.ts';
import { beginDrafting } from '../../src/storage/drafts.ts';
import { enclosuresOf, looseEnclosures } from '../../src/storage/enclosures.ts';
import { relatedMails } from '../../src/storage/history.ts';
import { correctedLabels, correctedMails, recentLabels } from '../../src/storage/labels.ts';
import {
  automaticWithinDay,
  draftedWithinHour,
  heldBackThatHour,
} from '../../src/storage/mail-counts.ts';
import { turnsUpTo } from '../../src/storage/messages.ts';
import { waitingReplies } from '../../src/storage/newcomers.ts';
import { allPairs } from '../../src/storage/pairs.ts';
import { partialOf } from '../../src/storage/partials.ts';
import { listQueue, queueCounts, queueViews } from '../../src/storage/queue.ts';
import { moveMessages } from '../../src/storage/regroup.ts';
import { adoptReplies, findAnswered } from '../../src/storage/replies.ts';
import { currentPlaces } from '../../src/storage/rollouts.ts';
import { missingCopies } from '../../src/storage/sent-copies.ts';
import { findOwnDelivery } from '../../src/storage/sent-folder.ts';
import { bookSpending, settleForgotten, settleSpending } from '../../src/storage/spending.ts';
import type { Db, Tables } from '../../src/storage/tables.ts';
import {
  findAnswersTo,
  findByName,
  findBySubject,
  findNamesakes,
  findSibling,
} from '../../src/storage/thread-search.ts';
import { keptTranslation, translatableDraft } from '../../src/storage/translations.ts';
import { openTestDatabase } from '../support/database.ts';

/** 5,000 mails of a shop that is up to date: one in fifty waits for something. */
const fill = [
  `insert into mailbox (name, address) values ('support', 'help@shop.example')`,
  `insert into account (name) values ('Kim')`,
  `insert into conversation
    (mailbox_id, customer_name, customer_address, subject, normalized_subject)
    select 1, 'Ana', 'ana' || n % 2000 || '@customer.example', 'Hi', 'hi'
    from generate_series(1, 5000) n`,
  `insert into message (mailbox_id, conversation_id, direction, state, raw, raw_sha256,
      message_id, reference_ids, from_address, text, new_text)
    select 1, n, 'inbound', case when n % 50 = 7 then 'automated' when n % 500 = 9 then
      'quarantined' else 'answerable' end, '\\x00', n, '<' || n || '@x>',
      array['<r' || n || '@x>'], 'ana@customer.example', repeat('text ', 100), 'text'
    from generate_series(1, 5000) n`,
  `update conversation set last_message_id = id`,
  `insert into draft (conversation_id, message_id, state, reply)
    select n, n, case when n % 50 = 1 then 'ready' when n % 100 = 2 then 'needs_person'
      when n % 20 = 3 then 'rejected' else 'approved' end, repeat('text ', 100)
    from generate_series(1, 5000) n`,
  `insert into content values ('s', 'You answer mail.')`,
  `insert into responder (hash, prompt, prompt_sha256, policy_set_sha256, examples_sha256, model,
      settings, system_sha256) values ('r', 'support/1', '', '', '', 'm', '{}', 's')`,
  `insert into shadow_draft (draft_id, responder, state)
    select id, 'bold', 'drafted' from draft where id % 2 = 0`,
  `insert into model_call (draft_id, shadow_draft_id, attempt, number, purpose, responder_hash,
      request, request_sha256, answer, input_tokens, cache_write_tokens, cache_read_tokens,
      output_tokens, latency_ms)
    select draft_id, shadow_id, 1, number, 'draft', 'r', '["x"]', 'x', '""', 1, 1, 1, 1, 1
    from generate_series(1, 2) number, (select id as draft_id, null::bigint as shadow_id from draft
      union all select null, id from shadow_draft) as owner`,
  `insert into label_correction
      (draft_id, message_id, mailbox_id, label, from_value, to_value, account_id)
    select id, message_id, 1, 'urgency', 'normal', 'urgent', 1 from draft`,
  `insert into translation select id, 'en', 'mail', 'reply' from draft`,
  `insert into draft_partial select id, 0, 'Dear' from draft`,
  `insert into rollout (mailbox, kind, places, set_by)
    select 'shop' || n % 10, 'split', '{}', 'kim' from generate_series(1, 5000) n`,
  `insert into decision (draft_id, account_id, verdict, draft_state, final_text, origin)
    select id, 1, case state when 'rejected' then 'rejected' else 'approved' end, 'ready',
      case state when 'rejected' then null else 'text' end,
      case state when 'rejected' then null else 'verbatim' end
    from draft where state in ('approved', 'rejected')`,
  `insert into delivery (decision_id, conversation_id, mailbox_id, message_id, state,
      header_message_id, recipient, hold_until, changed_at)
    select decision.id, conversation_id, 1, message_id,
      case when draft.id % 100 = 4 then 'queued' else 'sent' end, '<d' || draft.id || '@x>', '{}',
      now(), now() - make_interval(mins => draft.id::int)
    from decision join draft on draft.id = draft_id where state = 'approved'`,
  `insert into delivery_report (delivery_id, recipient, action, message_id)
    select id, 'ana@customer.example', 'failed', message_id from delivery where id % 5 = 0`,
  `insert into pair (decision_id, user_turn, reply, origin)
    select decision_id, repeat('text ', 100), 'text', 'verbatim'
    from delivery where state = 'sent'`,
  `insert into enclosure (message_id, conversation_id, account_id, decision_id, filename, size, sha256,
      let_go_at)
    select message_id, conversation_id, 1, decision_id, 'a.pdf', 1, 'x', now() from delivery`,
  `insert into spend_day select '2026-11-' || lpad(n::text, 2, '0'), 5 from generate_series(1, 28) n`,
  `insert into spend (day, message_id, usd, settled_at)
    select '2026-11-01', n, 0.01, case when n % 1000 = 1 then null else now() end
    from generate_series(1, 5000) n`,
  `insert into batch (endpoint_id, mark, responder, responder_hash, ended_at)
    select 'msgbatch_' || n, 'rw-' || n, 'support', 'r', now() from generate_series(1, 500) n`,
  `insert into batch_item (batch_id, draft_id, attempt, request, user_turn)
    select 1 + n % 500, n, 0, '{}', '' from generate_series(1, 5000) n`,
];

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let db: Db;
let queries: CompiledQuery[] = [];
beforeAll(async () => {
  database = await openTestDatabase();
  for (const statement of fill) await sql.raw(statement).execute(database.db);
  // Visibility maps and statistics, as autovacuum keeps them.
  await sql`vacuum analyze`.execute(database.db);
  const pool = new pg.Pool(database.connection);
  // The database is dropped by force in the end: what the server still says then is no failure.
  pool.on('error', () => {});
  const dialect = new PostgresDialect({ pool });
  db = new Kysely<Tables>({
    dialect,
    log: ({ level, query }) => void (level === 'query' && queries.push(query)),
  });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** The plans of every query that `work` runs. */
async function plansOf(work: () => Promise<unknown>): Promise<string[]> {
  queries = [];
  await work();
  const reads = queries.filter((query) => /^\s*(select|with|update)/i.test(query.sql));
  const plans = [];
  for (const { sql: text, parameters } of reads) {
    const { rows } = await database.db.executeQuery<{ 'QUERY PLAN': string }>({
      ...sql`select`.compile(database.db),
      sql: `explain ${text}`,
      parameters,
    });
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  return plans;
}

async function expectIndexes(work: () => Promise<unknown>, least = 1): Promise<void> {
  const plans = await plansOf(work);
  expect(plans.length).toBeGreaterThanOrEqual(least);
  for (const plan of plans)
    expect(plan).not.toMatch(
      /Seq Scan on (message|draft|delivery|conversation|pair|decision|enclosure|shadow_draft|model_call|rollout|spend|batch|batch_item|label_correction|translation|draft_partial)\b/,
    );
}

test.each(queueViews)('the view %s', async (view) => {
  await expectIndexes(() => listQueue(db, view, 50));
});

test('the counts of the views', async () => {
  await expectIndexes(() => queueCounts(db));
});

test('the page of a conversation', async () => {
  await expectIndexes(() => loadConversation(db, 2_501), 5);
});

test.each([
  ['with references', ['<17@x>', '<18@x>', '<19@x>']],
  ['with one reference', ['<17@x>']],
  ['with a hundred', Array.from({ length: 100 }, (_, at) => `<${at}@x>`)],
])('the conversation of a mail %s', async (_what, ids) => {
  const writer = { address: 'ana17@customer.example', base: 'ana17@customer.example' };
  const same = { mailboxId: 1, subject: 'hi', at: new Date(), days: 30 };
  await expectIndexes(
    () =>
      db.transaction().execute(async (tx) => {
        await findByName(tx, writer, ids, 'hi');
        await findNamesakes(tx, writer, '<5001@x>');
        await findAnswersTo(tx, writer, '<r5001@x>');
        await findSibling(tx, writer, ids, '<r17@x>', 'hi');
        await findBySubject(tx, writer, same);
        await findBySubject(tx, writer, { ...same, text: 'text' });
      }),
    6,
  );
});

test('what a report names, and how much a sender wrote and a conversation got', async () => {
  const at = new Date();
  const names = ['<d17@x>', 'd17', '<d18@x>'];
  await expectIndexes(
    () =>
      db.transaction().execute(async (tx) => {
        await findNamedDelivery(tx, names);
        const base = 'ana@customer.example';
        await draftedWithinHour(tx, { base: 'bob@customer.example', at, limit: 10 });
        await heldBackThatHour(tx, { base, at, reason: 'Too many.' });
        await automaticWithinDay(tx, { conversationId: 2_507, at, limit: 10 });
      }),
    4,
  );
});

test('what a mail from the Sent folder copies or answers, and what waits for a mail', async () => {
  const [named, ids] = ['<sent@x>', ['<17@x>', '<18@x>']];
  const recipients = ['ana17@customer.example'];
  const reply = { mailboxId: 1, headerMessageId: named, referenced: ids, recipients };
  await expectIndexes(
    () =>
      db.transaction().execute(async (tx) => {
        const referenced = ids;
        await findOwnDelivery(tx, 1, { headerMessageId: named, referenced, texts: ['text'] });
        await findAnswered(tx, { ...reply, normalizedSubject: 'hi', at: new Date() });
        const filed = { mailboxId: 1, conversationId: 17, headerMessageId: named, referenced };
        await adoptReplies(tx, { ...filed, addresses: recipients });
      }),
    5,
  );
});

test('what the many mails of a batch name', async () => {
  const names = Array.from({ length: 600 }, (_, at) => `<other${at}@x>`);
  await expectIndexes(
    () =>
      db.transaction().execute(async (tx) => {
        await waitingReplies(tx, names);
        await relatedMails(tx, 1, [...names, '<17@x>']);
      }),
    3,
  );
});

test('labels, translations, and what is written of a draft so far', async () => {
  const wanted = { mailboxId: 1, not: 'ana17@customer.example', count: 5, longest: 1_000 };
  await expectIndexes(async () => {
    await correctedMails(db, wanted);
    await correctedLabels(db, 17);
    await recentLabels(db);
    await keptTranslation(db, 17, 'en');
    await translatableDraft(db, 51);
    await partialOf(db, 17);
  }, 7);
});

test('messages that move, with what reports on their replies', async () => {
  await expectIndexes(() => db.transaction().execute((tx) => moveMessages(tx, [3, 4], 5)), 8);
});

test('the sent replies without a copy', async () => {
  await expectIndexes(() => missingCopies(db, 'support'));
});

test('the files of replies', async () => {
  await expectIndexes(() => looseEnclosures(db, 2_501));
  await expectIndexes(() => enclosuresOf(db, 2_501));
});

test('what a draft is made from', async () => {
  await expectIndexes(() => turnsUpTo(db, 2_501, 2_501, 20));
  await expectIndexes(() => rejectionsOf(db, 2_503));
});

test('what is spent, and what waits for a batch or stands in one', async () => {
  await expectIndexes(
    () =>
      db.transaction().execute(async (tx) => {
        const booked = await bookSpending(tx, 2_501, 0.01, { perDayUsd: 9, perMailUsd: 9 });
        if ('id' in booked) await settleSpending(tx, booked.id, 0);
        await beginDrafting(tx, 2_503);
        await batchItems(tx, 17);
        await openBatch(tx, 17, 0);
        await knownBatches(tx, ['msgbatch_17', 'msgbatch_18']);
      }),
    8,
  );
  await expectIndexes(() => waitingBeyond(db, 100, 200));
  await expectIndexes(() => settleForgotten(db));
});

test('a page of pairs in the middle of an export', async () => {
  const plans = await plansOf(async () => {
    for await (const { id } of allPairs(db)) if (id > 1_000) return;
  });
  expect(plans.length).toBeGreaterThanOrEqual(2);
  for (const plan of plans) expect(plan).not.toContain('Seq Scan on pair');
});

test('the record of a draft, and of its shadow', async () => {
  await expectIndexes(() => draftRecord(db, 2_501), 3);
  await expectIndexes(() => shadowRecord(db, 2_502), 2);
});

test('which responder drafts', async () => {
  await expectIndexes(() => currentPlaces(db, 'support', 'split'));
});
