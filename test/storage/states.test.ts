/** The tables of legal transitions hold in the database, and of many who try at once one wins. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CandidateState,
  candidateTransitions,
  type DeliveryState,
  type DraftState,
  deliveryTransitions,
  draftTransitions,
  isLegal,
  type MessageState,
  messageTransitions,
  openDraftStates,
  type ShadowState,
  shadowTransitions,
} from '../../src/domain/states.ts';
import {
  moveCandidate,
  moveDelivery,
  moveDraft,
  moveMessage,
  moveShadow,
} from '../../src/storage/compare-and-set.ts';
import { createConversation } from '../../src/storage/conversations.ts';
import { recordDecision } from '../../src/storage/decisions.ts';
import { holdDelivery } from '../../src/storage/deliveries.ts';
import { beginDrafting, createDraft } from '../../src/storage/drafts.ts';
import { storeRaw } from '../../src/storage/raw-mail.ts';
import type { Tx } from '../../src/storage/tables.ts';
import { type House, letter, newId, openHouse } from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const inTx = <Result>(work: (tx: Tx) => Promise<Result>) => house.db.transaction().execute(work);

async function newMessage(): Promise<number> {
  const mail = { raw: letter(), place: null, receivedAt: null };
  const [id] = await inTx((tx) => storeRaw(tx, house.mailbox.id, [mail]));
  if (id === undefined) throw new Error('This mail was stored before.');
  return id;
}

async function newConversation(): Promise<number> {
  const customer = { name: 'Ana', address: 'ana@customer.example' };
  return await inTx((tx) => createConversation(tx, house.mailbox.id, customer, 'Hi', 'hi'));
}

async function newDraft(): Promise<number> {
  const [conversationId, messageId] = [await newConversation(), await newMessage()];
  return await inTx((tx) => createDraft(tx, conversationId, messageId));
}

async function newDelivery(): Promise<number> {
  const [conversationId, messageId] = [await newConversation(), await newMessage()];
  return await inTx(async (tx) => {
    const draftId = await createDraft(tx, conversationId, messageId);
    const decisionId = await recordDecision(tx, {
      draftId,
      accountId: house.account.id,
      verdict: 'approved',
      draftState: 'ready',
      finalText: 'Yes.',
      origin: 'verbatim',
      reasons: [],
      note: null,
      override: false,
      redraft: false,
    });
    const { id } = await holdDelivery(tx, {
      decisionId,
      conversationId,
      mailboxId: house.mailbox.id,
      messageId,
      headerMessageId: newId(),
      recipient: { name: '', address: 'ana@customer.example' },
      copies: [],
      plan: { leaves: 'at_once', at: null, timeZone: null },
      undoSeconds: 0,
    });
    return id;
  });
}

async function newCandidate(): Promise<number> {
  const [conversationId, messageId] = [await newConversation(), await newMessage()];
  const replyId = await newMessage();
  const { id } = await house.db
    .insertInto('candidate')
    .values({
      conversation_id: conversationId,
      message_id: messageId,
      reply_id: replyId,
      state: 'offered',
      source: 'import',
      customer_text: 'Where?',
      reply: 'Here.',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function newShadow(): Promise<number> {
  const { id } = await house.db
    .insertInto('shadow_draft')
    .values({ draft_id: await newDraft(), responder: 'bold', state: 'queued' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

interface Kind<State extends string> {
  table: 'message' | 'draft' | 'shadow_draft' | 'delivery' | 'candidate';
  transitions: Readonly<Record<State, readonly State[]>>;
  create(): Promise<number>;
  move(tx: Tx, id: number, from: State, to: State): Promise<void>;
}

const message: Kind<MessageState> = {
  table: 'message',
  transitions: messageTransitions,
  create: newMessage,
  move: moveMessage,
};
const draft: Kind<DraftState> = {
  table: 'draft',
  transitions: draftTransitions,
  create: newDraft,
  move: moveDraft,
};
const shadow: Kind<ShadowState> = {
  table: 'shadow_draft',
  transitions: shadowTransitions,
  create: newShadow,
  move: moveShadow,
};
const delivery: Kind<DeliveryState> = {
  table: 'delivery',
  transitions: deliveryTransitions,
  create: newDelivery,
  move: moveDelivery,
};

const candidate: Kind<CandidateState> = {
  table: 'candidate',
  transitions: candidateTransitions,
  create: newCandidate,
  move: moveCandidate,
};

async function stateOf(table: Kind<string>['table'], id: number): Promise<string> {
  const { state } = await house.db
    .selectFrom(table)
    .select('state')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return state;
}

function itHolds<State extends string>(kind: Kind<State>): void {
  const { table, transitions, create, move } = kind;
  const states = Object.keys(transitions) as State[];
  const ways = states.flatMap((from) =>
    states.map((to) => ({ from, to, legal: isLegal(transitions, from, to) })),
  );
  let id: number;
  const place = (state: State) =>
    house.db
      .updateTable(table)
      .set({ state: state as never })
      .where('id', '=', id)
      .execute();
  beforeAll(async () => {
    id = await create();
  });

  test.each(ways.filter(({ legal }) => legal))('$from -> $to is done', async ({ from, to }) => {
    await place(from);
    await inTx((tx) => move(tx, id, from, to));
    expect(await stateOf(table, id)).toBe(to);
  });

  test.each(ways.filter(({ legal }) => !legal))('$from -> $to is refused', async ({ from, to }) => {
    await place(from);
    await expect(inTx((tx) => move(tx, id, from, to))).rejects.toThrow(
      `A ${table} may not go from ${from} to ${to}.`,
    );
    expect(await stateOf(table, id)).toBe(from);
  });

  test.each(ways.filter(({ from, to, legal }) => legal && from !== to))(
    '$from -> $to is refused to who read another state',
    async ({ from, to }) => {
      const other = states.find((state) => state !== from) as State;
      await place(other);
      await expect(inTx((tx) => move(tx, id, from, to))).rejects.toMatchObject({
        code: 'state_changed',
        message: `This ${table} is no longer ${from}: it is ${other}.`,
      });
      expect(await stateOf(table, id)).toBe(other);
    },
  );

  test('the table of the database knows the same states', async () => {
    for (const state of states) await place(state);
    await expect(place('lost' as State)).rejects.toThrow(/violates check constraint/);
  });

  test('what is not there is told by its number', async () => {
    const way = ways.find(({ legal }) => legal) ?? expect.unreachable('no way is legal');
    await expect(inTx((tx) => move(tx, 999_999, way.from, way.to))).rejects.toMatchObject({
      code: 'not_found',
      message: `There is no ${table} 999999.`,
    });
  });
}

describe('message', () => itHolds(message));
describe('draft', () => itHolds(draft));
describe('shadow draft', () => itHolds(shadow));
describe('delivery', () => itHolds(delivery));
describe('candidate', () => itHolds(candidate));

describe('fifty at once', () => {
  async function race(attempt: (tx: Tx) => Promise<void>): Promise<string[]> {
    const tries = Array.from({ length: 50 }, () =>
      inTx(attempt).then(
        () => 'won',
        (error) => String(error.code),
      ),
    );
    return (await Promise.all(tries)).sort();
  }
  const oneWinner = [...Array(49).fill('state_changed'), 'won'];

  test('one moves a message', async () => {
    const id = await newMessage();
    expect(await race((tx) => moveMessage(tx, id, 'stored', 'automated'))).toEqual(oneWinner);
  });

  test('one moves a draft', async () => {
    const id = await newDraft();
    expect(await race((tx) => moveDraft(tx, id, 'queued', 'failed'))).toEqual(oneWinner);
  });

  test('one moves a delivery', async () => {
    const id = await newDelivery();
    expect(await race((tx) => moveDelivery(tx, id, 'held', 'queued'))).toEqual(oneWinner);
  });

  test('one opens a draft in a conversation', async () => {
    const [conversationId, messageId] = [await newConversation(), await newMessage()];
    const fates = await race(async (tx) => {
      await createDraft(tx, conversationId, messageId);
    });
    // 23505 unique_violation
    expect(fates).toEqual([...Array(49).fill('23505'), 'won']);
  });
});

test.each(openDraftStates)('a draft that is %s leaves no room for another', async (state) => {
  const id = await newDraft();
  await house.db.updateTable('draft').set({ state }).where('id', '=', id).execute();
  const { conversation_id, message_id } = await house.db
    .selectFrom('draft')
    .select(['conversation_id', 'message_id'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await expect(inTx((tx) => createDraft(tx, conversation_id, message_id))).rejects.toThrow(
    /draft_open/,
  );
});

test('a move tells the attempt that began last from those before it', async () => {
  const id = await newDraft();
  const first = await inTx((tx) => beginDrafting(tx, id));
  const second = await inTx((tx) => beginDrafting(tx, id));
  const finish = (attempt: number | undefined) =>
    inTx((tx) => moveDraft(tx, id, 'drafting', 'ready', {}, attempt));
  expect([first?.attempt, second?.attempt]).toEqual([1, 2]);
  await expect(finish(first?.attempt)).rejects.toMatchObject({ code: 'state_changed' });
  await finish(second?.attempt);
  expect(await stateOf('draft', id)).toBe('ready');
});
