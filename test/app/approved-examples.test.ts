/** The pool of approved replies follows the database. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keepApprovedExamples } from '../../src/app/approved-examples.ts';
import type { ChangeEvent } from '../../src/domain/events.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { type IndexedExample, openExampleIndex } from '../../src/responder/example-index.ts';
import { ExamplePool, pooledId } from '../../src/responder/example-pool.ts';
import { setEvaluation } from '../../src/storage/approved-replies.ts';
import { approved, startAnew } from '../pipeline/outgoing.ts';
import { type House, openHouse, silentLog } from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await startAnew(house);
});
afterAll(async () => {
  await house.drop();
});

/** A feed that a test speaks for. */
function scriptedChanges() {
  const listeners = new Set<(event: ChangeEvent) => void>();
  const gaps = new Set<() => void>();
  return {
    tell: (event: ChangeEvent) => listeners.forEach((listener) => void listener(event)),
    gap: () => gaps.forEach((listener) => void listener()),
    subscribe(listener: (event: ChangeEvent) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onGap(listener: () => void) {
      gaps.add(listener);
      return () => gaps.delete(listener);
    },
    close: async () => {},
  };
}

/** A reply that a person approved, with `text`, sent and learned from. */
async function taught(text: string): Promise<void> {
  const { deliveryId } = await approved(house, { text });
  await deliver(house.deliverParts, deliveryId);
  await learn(house, deliveryId);
}

test('what was approved before and what is approved later is found, and its customer is not told', async () => {
  await taught('Hello Ana, the kettle is on its way.');
  const changes = scriptedChanges();
  const pool = new ExamplePool();
  const database = { db: house.db } as Parameters<typeof keepApprovedExamples>[0]['database'];
  const kept = keepApprovedExamples({ database, changes, log: silentLog }, pool);
  await kept.filled;
  expect(pool.size).toBe(1);

  const index = await openExampleIndex<IndexedExample>([]);
  await pool.attach(index, () => true);
  const found = (customer: string) =>
    index.search({ subject: 'Kettle?', text: 'Where is it?', language: 'en', customer }, 5);
  expect(found('bo@customer.example').map(({ example }) => example.reply)).toEqual([
    'Hello [name], the kettle is on its way.',
  ]);
  expect(found('ana@customer.example')).toEqual([]);

  await taught('The kettle left us today.');
  changes.tell({ kind: 'pair', pairId: 2 });
  await vi.waitFor(() => expect(pool.size).toBe(2));
  await taught('The kettle comes tomorrow.');
  changes.gap();
  await vi.waitFor(() => expect(pool.size).toBe(3));
  await kept.stop();
  expect(found('bo@customer.example').length).toBeGreaterThan(0);
});

test('what is kept for measuring leaves the pool at once, and comes back', async () => {
  await taught('The lamp has a lamp shade.');
  const changes = scriptedChanges();
  const pool = new ExamplePool();
  const database = { db: house.db } as Parameters<typeof keepApprovedExamples>[0]['database'];
  const kept = keepApprovedExamples({ database, changes, log: silentLog }, pool);
  await kept.filled;
  const { id: pairId, draftId } = await house.db
    .selectFrom('pair')
    .innerJoin('decision', 'decision.id', 'pair.decision_id')
    .select(['pair.id', 'decision.draft_id as draftId'])
    .orderBy('pair.id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const mark = (evaluation: boolean) =>
    house.db.transaction().execute((tx) => setEvaluation(tx, draftId, evaluation));
  const has = () => pool.has(pooledId(pairId));
  expect(has()).toBe(true);

  expect(await mark(true)).toBe(pairId);
  changes.tell({ kind: 'pair', pairId });
  await vi.waitFor(() => expect(has()).toBe(false));
  await mark(false);
  changes.tell({ kind: 'pair', pairId });
  await vi.waitFor(() => expect(has()).toBe(true));
  // Told by nobody: the connection was lost meanwhile.
  await mark(true);
  changes.gap();
  await vi.waitFor(() => expect(has()).toBe(false));
  await kept.stop();
});
