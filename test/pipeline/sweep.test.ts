/** Work whose job was lost gets a new one; work that only waits is left alone. */

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { takeIn } from '../../src/pipeline/intake.ts';
import type { JobName } from '../../src/storage/jobs.ts';
import { reviveStranded } from '../../src/storage/stranded.ts';
import { accepted } from '../support/fake-transport.ts';
import { arrive, type House, letter, newestDraft, openHouse, takeJobs } from '../support/parts.ts';
import { approved } from './outgoing.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const names: readonly JobName[] = ['triage', 'draft', 'deliver'];

/** Loses every job, as a queue does that was emptied. */
async function loseJobs(): Promise<void> {
  for (const name of names) await takeJobs(house.db, name);
}

beforeEach(loseJobs);

async function standStill(table: 'message' | 'draft' | 'delivery', id: number): Promise<void> {
  await sql`update ${sql.table(table)} set changed_at = now() - interval '3 hours'
    where id = ${id}`.execute(house.db);
}

const revive = () => house.db.transaction().execute((tx) => reviveStranded(tx, house.jobs));

test('a stored mail, a queued draft and a queued delivery are taken up again, once', async () => {
  await takeIn(house, house.mailbox.id, [{ raw: letter(), place: null, receivedAt: null }]);
  const stored = await house.db
    .selectFrom('message')
    .select('id')
    .where('state', '=', 'stored')
    .executeTakeFirstOrThrow();
  const message = await arrive(house);
  const draft = await newestDraft(house, message.conversation_id);
  house.transport.next = [() => accepted];
  const { deliveryId } = await approved(house);
  await loseJobs();
  await standStill('message', stored.id);
  await standStill('draft', draft.id);
  await standStill('delivery', deliveryId);

  expect(await revive()).toBe(3);
  expect(await revive()).toBe(0);
  const [triage, drafts, deliver] = await Promise.all([
    takeJobs(house.db, 'triage'),
    takeJobs(house.db, 'draft'),
    takeJobs(house.db, 'deliver'),
  ]);
  expect(triage.map(({ data }) => data)).toEqual([{ messageIds: [stored.id] }]);
  expect(drafts.map(({ data }) => data)).toEqual([{ draftId: draft.id, failures: 0 }]);
  expect(deliver.map(({ data }) => data)).toEqual([{ deliveryId }]);
});

test('what moved lately is left alone', async () => {
  await arrive(house);
  await loseJobs();
  expect(await revive()).toBe(0);
});

test('what stands still because its job waits is left alone', async () => {
  const message = await arrive(house);
  const draft = await newestDraft(house, message.conversation_id);
  await standStill('draft', draft.id);
  expect(await revive()).toBe(0);
  expect(await takeJobs(house.db, 'draft')).toHaveLength(1);
});
