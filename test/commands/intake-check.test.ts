/** The doctor on a mailbox of a running Replywright: what its health says is what the finding says. */

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runChecks } from '../../src/commands/findings.ts';
import { intakeCheck } from '../../src/commands/intake-check.ts';
import { loadConfig } from '../../src/config.ts';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { recordRead, recordTaking, recordTrouble } from '../../src/storage/mailbox-health.ts';
import { ensureMailbox, holdLease, releaseLease } from '../../src/storage/mailboxes.ts';
import { openTestDatabase } from '../support/database.ts';
import { temporaryFolder } from './run-command.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let id = 0;
beforeAll(async () => {
  database = await openTestDatabase();
  const settings = { name: 'support', address: 'help@shop.example', source: '' };
  id = (await ensureMailbox(database.db, settings)).id;
});
afterAll(async () => {
  await database.drop();
});

async function examine(name = 'support', url = database.url) {
  const config = loadConfig({ cwd: temporaryFolder(), env: { DATABASE_URL: url } });
  const [finding] = await runChecks([intakeCheck(config, name)], 30);
  return finding;
}

const soon = () => new Date(Date.now() + 60_000);
const watch = () => holdLease(database.db, id, 'me', 30);

it('knows nothing of a mailbox that was never read, or without a database', async () => {
  expect(await examine('other')).toMatchObject({ state: 'open' });
  expect(await examine()).toMatchObject({ state: 'open' });
  const nowhere = 'postgres://x@127.0.0.1:1/x';
  expect(await examine('support', nowhere)).toMatchObject({ state: 'open' });
});

it('tells that it is read, or how far that has come', async () => {
  await watch();
  await recordTaking(database.db, id, { done: 1_200, total: 5_000 });
  expect(await examine()).toMatchObject({ state: 'ok', fact: 'taking in 1200 of 5000 mails' });
  await recordRead(database.db, id, { waiting: 0, left: null, nextLookAt: soon() });
  expect(await examine()).toMatchObject({ state: 'ok', fact: expect.stringContaining('s ago') });
});

it('fails with what went wrong, since when, and when it is tried again', async () => {
  const error = new ReplywrightError('imap_unreachable', { host: 'mail.example', detail: 'gone' });
  await recordTrouble(database.db, id, error, soon());
  expect(await examine()).toMatchObject({
    ...{ state: 'failed', code: 'mailbox_trouble' },
    fact: expect.stringMatching(/mail\.example cannot be reached: gone.*No mail comes in since/),
    mend: expect.stringMatching(/tried again at \d/),
  });
});

it('says when it is tried again where no moment is set', async () => {
  await sql`update mailbox set next_look_at = null`.execute(database.db);
  expect((await examine())?.mend).toContain('tried again when Replywright starts');
});

it('tells that nobody watches it', async () => {
  await releaseLease(database.db, id, 'me');
  expect(await examine()).toMatchObject({
    state: 'open',
    fact: expect.stringContaining('not watch'),
  });
  await watch();
  await sql`update mailbox set lease_until = now() - interval '1 s'`.execute(database.db);
  expect(await examine()).toMatchObject({
    state: 'open',
    fact: expect.stringContaining('is gone'),
  });
});
