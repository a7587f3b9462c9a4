/** A shadow draft: made beside the one that counts, never in its way, and never more than a record. */

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import type { DraftInput, DraftResult, DraftWatch } from '../../src/domain/responder.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { approve, reject } from '../../src/pipeline/review.ts';
import { draftShadow } from '../../src/pipeline/shadow.ts';
import { callsFor } from '../../src/storage/model-calls.ts';
import { setRollout } from '../../src/storage/rollouts.ts';
import { reviveStranded } from '../../src/storage/stranded.ts';
import { identity, modelCall } from '../support/model-calls.ts';
import {
  approvalFor,
  arrive,
  draftResult,
  draftRow,
  type House,
  openHouse,
  takeJobs,
  waitingJobs,
} from '../support/parts.ts';
import { shelfOf } from '../support/shelf.ts';
import { queued } from './drafting.ts';

type Drafting = (input: DraftInput, signal: AbortSignal) => DraftResult | Promise<DraftResult>;

let house: House;
let bold: Drafting;
const inputs: DraftInput[] = [];
const never = new AbortController().signal;
const calls = [modelCall()];

const boldResponder = {
  identity,
  async draft(input: DraftInput, signal: AbortSignal, watch?: DraftWatch) {
    inputs.push(input);
    for (const call of calls) watch?.onCall?.(call);
    return await bold(input, signal);
  },
};

const parts = () => ({
  ...house.draftParts,
  responders: shelfOf({ own: house.responder, bold: boldResponder }),
});

const shadowed = (responder: string, percent: number) =>
  house.db
    .transaction()
    .execute((tx) =>
      setRollout(tx, { mailbox: 'support', kind: 'shadow', setBy: 'kim' }, () =>
        Array<string>(percent).fill(responder),
      ),
    );

beforeAll(async () => {
  house = await openHouse();
  await shadowed('bold', 100);
});
beforeEach(async () => {
  inputs.length = 0;
  bold = () => draftResult({ reply: 'Boldly.' }, { calls, costUsd: 0.02 });
  for (const name of ['draft', 'shadow', 'deliver', 'learn'] as const)
    await takeJobs(house.db, name);
});
afterAll(async () => {
  await house.drop();
});

async function drafted() {
  const { draft, message } = await queued(house);
  await draftReply(parts(), { draftId: draft.id, failures: 0 }, never);
  return { draftId: draft.id, message };
}

async function shadowRow(draftId: number) {
  return await house.db
    .selectFrom('shadow_draft')
    .selectAll()
    .where('draft_id', '=', draftId)
    .executeTakeFirstOrThrow();
}

async function runShadow(signal = never): Promise<number> {
  const jobs = await takeJobs(house.db, 'shadow');
  for (const { data } of jobs) await draftShadow(parts(), data, signal);
  return jobs.length;
}

test('is asked for with the draft that counts, and made after it, of the same', async () => {
  const { draftId } = await drafted();
  expect(await draftRow(house, draftId)).toMatchObject({ state: 'ready', responder: 'own' });
  expect(await shadowRow(draftId)).toMatchObject({ state: 'queued', responder: 'bold' });
  expect(inputs).toEqual([]);
  // What happens to the draft meanwhile must not be known to the shadow: it would be the solution.
  await approve(house.reviewParts, await approvalFor(house, draftId, { text: 'Approved words.' }));
  expect(await runShadow()).toBe(1);
  expect(inputs).toEqual([house.responder.inputs.at(-1)]);
  expect(await shadowRow(draftId)).toMatchObject({
    state: 'drafted',
    attempt: 1,
    fields: { reply: 'Boldly.' },
    cost_usd: 0.02,
    responder_hash: identity.hash,
    input: null,
  });
  const { id } = await shadowRow(draftId);
  expect(await callsFor(house.db, { shadowDraftId: id })).toMatchObject([{ exact: true }]);
  expect(await callsFor(house.db, { draftId })).toEqual([]);
});

test('is made once, however often its job runs', async () => {
  const { draftId } = await drafted();
  const { id } = await shadowRow(draftId);
  for (let runs = 0; runs < 3; runs += 1) await draftShadow(parts(), { shadowId: id }, never);
  await draftShadow(parts(), { shadowId: 999_999 }, never);
  expect(inputs).toHaveLength(1);
});

describe('is not asked for', () => {
  test.each([
    ['when the mailbox has none', 'bold', 0],
    ['beside itself', 'own', 100],
    ['when the settings do not name it', 'gone', 100],
  ])('%s', async (_what, responder, percent) => {
    await shadowed(responder, percent);
    const { draftId } = await drafted();
    await shadowed('bold', 100);
    expect(await draftRow(house, draftId)).toMatchObject({ state: 'ready' });
    expect(await waitingJobs(house.db, 'shadow')).toEqual([]);
  });

  test('when the draft came to nothing', async () => {
    const { draft } = await queued(house);
    house.responder.next = [() => Promise.reject(new ReplywrightError('model_garbage'))];
    await draftReply(parts(), { draftId: draft.id, failures: 0 }, never);
    expect(await waitingJobs(house.db, 'shadow')).toEqual([]);
  });
});

describe('a failure', () => {
  const busy = new ReplywrightError('model_overloaded', { endpoint: 'x', status: 529 });

  test('is tried again a few times, later each time, and then given up; every call is kept', async () => {
    const { draftId } = await drafted();
    bold = () => Promise.reject(busy);
    for (let attempt = 1; attempt < 5; attempt += 1) {
      await runShadow();
      expect(await shadowRow(draftId)).toMatchObject({ state: 'queued', attempt });
      const [job] = await waitingJobs(house.db, 'shadow');
      expect(job?.startAfter.getTime()).toBeGreaterThan(Date.now() + 30_000);
    }
    await runShadow();
    const shadow = await shadowRow(draftId);
    expect(shadow).toMatchObject({ state: 'failed', error_code: 'model_overloaded', input: null });
    expect(await waitingJobs(house.db, 'shadow')).toEqual([]);
    expect(await callsFor(house.db, { shadowDraftId: shadow.id })).toHaveLength(5);
    expect(await draftRow(house, draftId)).toMatchObject({ state: 'ready', error_code: null });
  });

  test.each([
    ['of the answer', () => Promise.reject(new ReplywrightError('model_garbage'))],
    ['of the code', () => Promise.reject(new TypeError('a bug'))],
    ['to be stored', () => draftResult({ reply: 'a\0b' }, { calls })],
  ])('%s is not tried again', async (_what, ending) => {
    const { draftId } = await drafted();
    bold = ending;
    await runShadow();
    expect(await shadowRow(draftId)).toMatchObject({ state: 'failed', attempt: 1 });
    expect(await waitingJobs(house.db, 'shadow')).toEqual([]);
  });

  test('a responder that has left the settings ends it', async () => {
    const { draftId } = await drafted();
    const [job] = await takeJobs(house.db, 'shadow');
    const alone = { ...house.draftParts, responders: shelfOf({ own: house.responder }) };
    await draftShadow(alone, job?.data ?? { shadowId: 0 }, never);
    expect(await shadowRow(draftId)).toMatchObject({
      state: 'failed',
      error_code: 'responder_unknown',
    });
  });
});

describe('when the process dies', () => {
  test('in the middle, it is begun again, and only the last attempt counts', async () => {
    const { draftId } = await drafted();
    const [job] = await takeJobs(house.db, 'shadow');
    const { shadowId } = job?.data ?? { shadowId: 0 };
    const slow = Promise.withResolvers<DraftResult>();
    bold = () => slow.promise;
    const first = draftShadow(parts(), { shadowId }, never);
    await expect.poll(() => inputs.length).toBe(1);
    bold = () => draftResult({ reply: 'From the second.' }, { calls });
    await draftShadow(parts(), { shadowId }, never);
    slow.resolve(draftResult({ reply: 'From the first.' }, { calls }));
    await first;
    expect(await shadowRow(draftId)).toMatchObject({
      attempt: 2,
      fields: { reply: 'From the second.' },
    });
    // Both were asked for, so both are paid for.
    expect(await callsFor(house.db, { shadowDraftId: shadowId })).toHaveLength(2);
  });

  test('again and again, it is given up without another call', async () => {
    const { draftId } = await drafted();
    await sql`update shadow_draft set state = 'drafting', attempt = 5
      where draft_id = ${draftId}`.execute(house.db);
    await runShadow();
    expect(inputs).toEqual([]);
    expect(await shadowRow(draftId)).toMatchObject({ state: 'failed' });
  });

  test('in order, its job fails for another worker to take it up', async () => {
    const { draftId } = await drafted();
    const stopping = new AbortController();
    bold = (_input, signal) => {
      stopping.abort(new Error('stopping'));
      return Promise.reject(signal.reason);
    };
    await expect(runShadow(stopping.signal)).rejects.toThrow('stopping');
    const { id } = await shadowRow(draftId);
    bold = () => draftResult({}, { calls });
    await draftShadow(parts(), { shadowId: id }, never);
    expect(await shadowRow(draftId)).toMatchObject({ state: 'drafted', attempt: 2 });
  });

  test('and its job is lost, the sweep finds it', async () => {
    const { draftId } = await drafted();
    await takeJobs(house.db, 'shadow');
    await sql`update shadow_draft set changed_at = now() - interval '3 hours'
      where draft_id = ${draftId}`.execute(house.db);
    await house.db.transaction().execute((tx) => reviveStranded(tx, house.jobs));
    const { id } = await shadowRow(draftId);
    expect((await takeJobs(house.db, 'shadow')).map(({ data }) => data)).toEqual([
      { shadowId: id },
    ]);
  });
});

test('cannot be decided on by its number, and is neither sent nor learned from', async () => {
  // Numbers of shadows that are no draft's, so that none is met by chance.
  await sql`select setval(pg_get_serial_sequence('shadow_draft', 'id'), 500000)`.execute(house.db);
  const { draftId } = await drafted();
  await runShadow();
  const { id } = await shadowRow(draftId);
  const approval = { ...(await approvalFor(house, draftId)), draftId: id };
  await expect(approve(house.reviewParts, approval)).rejects.toMatchObject({ code: 'not_found' });
  const rejection = { accountId: house.account.id, reasons: [], note: null, redraft: false };
  await expect(reject(house.reviewParts, { draftId: id, ...rejection })).rejects.toMatchObject({
    code: 'not_found',
  });
  const { deliveryId } = await approve(house.reviewParts, await approvalFor(house, draftId));
  await deliver(house.deliverParts, deliveryId);
  await learn(house, deliveryId);
  const sent = house.transport.mails.map(({ bytes }) => bytes.toString()).join();
  expect(sent).toContain('It is on its way.');
  expect(sent).not.toContain('Boldly.');
  const pairs = await house.db.selectFrom('pair').selectAll().execute();
  expect(pairs).toMatchObject([{ reply: 'It is on its way.', user_turn: 'the mail, fenced' }]);
  expect(pairs[0]?.responder_hash).not.toBe(identity.hash);
});

test('no table of what is decided, sent or learned can refer to one', async () => {
  const { rows } = await sql<{ name: string }>`
    select conrelid::regclass::text as name from pg_constraint
    where contype = 'f' and confrelid = 'shadow_draft'::regclass`.execute(house.db);
  expect(rows).toEqual([{ name: 'model_call' }]);
});

test('the draft for the next mail has a shadow of its own', async () => {
  const { message } = await drafted();
  await runShadow();
  await arrive(house, { inReplyTo: message.message_id ?? '', text: 'One more thing.' });
  for (const { data } of await takeJobs(house.db, 'draft')) await draftReply(parts(), data, never);
  expect(await runShadow()).toBe(1);
  expect(inputs).toHaveLength(2);
});
