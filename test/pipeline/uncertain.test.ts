/** What nobody can know of a delivery is left to a person, and counts against no one's word. */

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DeliveryOutcome } from '../../src/mail/smtp.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { settleByPerson } from '../../src/pipeline/settle.ts';
import { accepted } from '../support/fake-transport.ts';
import { deliveryRow, type House, openHouse, takeJobs } from '../support/parts.ts';
import {
  approved,
  attempted,
  notSent,
  outboundOf,
  pairsOf,
  refused,
  startAnew,
  uncertain,
} from './outgoing.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await startAnew(house);
});
afterAll(async () => {
  await house.drop();
});

const run = (deliveryId: number) => deliver(house.deliverParts, deliveryId);
const row = (deliveryId: number) => deliveryRow(house, deliveryId);

describe('a delivery found in `sending`', () => {
  /** Two workers at one delivery: the first hangs in the transport until `report`. */
  async function hanging() {
    const approval = await approved(house);
    const { deliveryId } = approval;
    const { promise, resolve: report } = Promise.withResolvers<DeliveryOutcome>();
    house.transport.next = [() => promise];
    const first = run(deliveryId);
    await vi.waitFor(() => expect(house.transport.mails).toHaveLength(1));
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'uncertain' });
    return { ...approval, first, report };
  }

  test('is uncertain, and not sent again', async () => {
    const { deliveryId } = await approved(house);
    await house.db
      .updateTable('delivery')
      .set({ state: 'sending', attempt: 1 })
      .where('id', '=', deliveryId)
      .execute();
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({
      state: 'uncertain',
      answer: expect.stringContaining('was stopped'),
    });
    expect(house.transport.mails).toEqual([]);
  });

  test.each([
    ['sent', accepted],
    ['refused', refused],
    ['queued', notSent],
    ['uncertain', uncertain],
  ])('whose worker was only slow is %s as that one says', async (state, outcome) => {
    const { deliveryId, first, report } = await hanging();
    report(outcome);
    await first;
    expect((await row(deliveryId)).state).toBe(state);
    expect(await takeJobs(house.db, 'deliver')).toHaveLength(state === 'queued' ? 1 : 0);
  });

  test.each([
    ['sent', accepted],
    ['not sent', notSent],
  ])(
    'and sent again by a person: the first attempt that then says "%s" changes nothing',
    async (_what, late) => {
      const { deliveryId, first, report } = await hanging();
      await settleByPerson(house, { deliveryId, verdict: 'resend' });
      const second = Promise.withResolvers<DeliveryOutcome>();
      house.transport.next = [() => second.promise];
      await takeJobs(house.db, 'deliver');
      const again = run(deliveryId);
      await vi.waitFor(() => expect(house.transport.mails).toHaveLength(2));
      report(late);
      await first;
      expect(await row(deliveryId)).toMatchObject({ state: 'sending', attempt: 2 });
      expect(await takeJobs(house.db, 'deliver')).toEqual([]);
      second.resolve(accepted);
      await again;
      expect((await row(deliveryId)).state).toBe('sent');
    },
  );

  test.each([
    ['sent', accepted],
    ['not sent', notSent],
  ])(
    'and settled by a person: a first attempt that then says "%s" changes nothing',
    async (_what, late) => {
      const { deliveryId, first, report } = await hanging();
      await settleByPerson(house, { deliveryId, verdict: 'sent' });
      report(late);
      await first;
      expect((await row(deliveryId)).state).toBe('sent');
      expect(await takeJobs(house.db, 'deliver')).toEqual([]);
    },
  );
});

describe('a person settles', () => {
  test('an uncertain reply as sent', async () => {
    const { deliveryId, decisionId } = await attempted(house, uncertain);
    await settleByPerson(house, { deliveryId, verdict: 'sent' });
    const delivery = await row(deliveryId);
    expect(delivery).toMatchObject({ state: 'sent', answer: 'A person found it sent.' });
    expect(await outboundOf(house, delivery.conversation_id)).toHaveLength(1);
    expect(house.transport.mails).toHaveLength(1);
    await learn(house, deliveryId);
    expect(await pairsOf(house, decisionId)).toHaveLength(1);
  });

  test.each([
    ['an uncertain reply', uncertain],
    ['a refused reply', refused],
  ])('%s to be sent again', async (_what, outcome) => {
    const { deliveryId } = await attempted(house, outcome);
    await settleByPerson(house, { deliveryId, verdict: 'resend' });
    expect(await row(deliveryId)).toMatchObject({
      ...{ state: 'queued', answer: null, perhaps_taken: outcome === uncertain },
    });
    expect(await takeJobs(house.db, 'deliver')).toHaveLength(1);
    await run(deliveryId);
    expect((await row(deliveryId)).state).toBe('sent');
    const [first, second] = house.transport.mails;
    expect(second?.bytes.equals(first?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  test('once, of many at the same time', async () => {
    const { deliveryId } = await attempted(house, uncertain);
    const tries = Array.from({ length: 10 }, () =>
      settleByPerson(house, { deliveryId, verdict: 'resend' }),
    );
    const fates = await Promise.allSettled(tries);
    expect(fates.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await takeJobs(house.db, 'deliver')).toHaveLength(1);
  });

  test.each(['sent', 'resend'] as const)('nothing else as %s', async (verdict) => {
    const { deliveryId } = await approved(house, { undoSeconds: 3_600 });
    const settling = () => settleByPerson(house, { deliveryId, verdict });
    await expect(settling()).rejects.toMatchObject({ code: 'state_changed' });
    await house.db
      .updateTable('delivery')
      .set({ hold_until: new Date(0) })
      .where('id', '=', deliveryId)
      .execute();
    await run(deliveryId);
    await expect(settling()).rejects.toMatchObject({ code: 'state_changed' });
    await expect(settleByPerson(house, { deliveryId: 999_999, verdict })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('a refused reply as sent, where the attempt before may have been taken', async () => {
    const { deliveryId, decisionId } = await attempted(house, uncertain);
    await settleByPerson(house, { deliveryId, verdict: 'resend' });
    house.transport.next = [() => refused];
    await run(deliveryId);
    expect(await row(deliveryId)).toMatchObject({ state: 'refused', perhaps_taken: true });
    await settleByPerson(house, { deliveryId, verdict: 'sent' });
    const { state, conversation_id } = await row(deliveryId);
    expect(state).toBe('sent');
    expect(await outboundOf(house, conversation_id)).toHaveLength(1);
    await learn(house, deliveryId);
    expect(await pairsOf(house, decisionId)).toHaveLength(1);
  });

  test('a refused reply was certainly not sent', async () => {
    const { deliveryId } = await attempted(house, refused);
    const settling = settleByPerson(house, { deliveryId, verdict: 'sent' });
    await expect(settling).rejects.toMatchObject({ code: 'state_changed' });
  });
});
