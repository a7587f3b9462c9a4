/** What can happen to a house, action by action, and what must hold whatever has happened. */

import { sql } from 'kysely';
import { expect } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { decidableDraftStates } from '../../src/domain/states.ts';
import type { DeliveryOutcome } from '../../src/mail/smtp.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { giveUp } from '../../src/pipeline/give-up.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { merge, type Shown, split, undoRegrouping } from '../../src/pipeline/regroup.ts';
import { approve, reject, requestRedraft, undo } from '../../src/pipeline/review.ts';
import { copyToSent } from '../../src/pipeline/sent-copy.ts';
import { settleByPerson } from '../../src/pipeline/settle.ts';
import {
  accepted,
  approvalFor,
  arrive,
  draftResult,
  failedCheck,
  type House,
  newId,
  takeJobs,
} from '../support/parts.ts';
import { brokenRules } from './invariants.ts';

/** One thing that happens; the numbers choose among what is there. */
export type Action =
  | { do: 'mail'; thread: number; automatic: boolean }
  | { do: 'draft'; how: 'ready' | 'person' | 'checks' | 'busy' | 'refusal' | 'garbage' }
  | { do: 'approve'; which: number; edit: boolean; override: boolean }
  | { do: 'reject'; which: number; redraft: boolean }
  | { do: 'redraft'; which: number }
  | { do: 'undo'; which: number }
  | { do: 'deliver'; fate: 'sent' | 'refused' | 'later' | 'not_sent' | 'uncertain' | 'died' }
  | { do: 'settle'; which: number; verdict: 'sent' | 'resend' }
  | { do: 'merge'; which: number }
  | { do: 'split'; which: number }
  | { do: 'unregroup'; which: number }
  | { do: 'give_up'; which: number }
  | { do: 'after' };

const fates: Record<Exclude<(Action & { do: 'deliver' })['fate'], 'died'>, DeliveryOutcome> = {
  sent: accepted,
  refused: { outcome: 'refused', permanent: true, code: 550, response: 'no' },
  later: { outcome: 'refused', permanent: false, code: 451, response: 'later' },
  not_sent: {
    outcome: 'not_sent',
    error: new ReplywrightError('smtp_unreachable', { host: 'mx', detail: 'down' }),
  },
  uncertain: { outcome: 'uncertain', detail: 'who knows' },
};

/** What people are told when they were too late or wrong; anything else is a bug. */
const refusals = new Set([
  ...[
    'state_changed',
    'draft_stale',
    'draft_text_changed',
    'draft_checks_failed',
    'undo_too_late',
    'not_found',
    'customers_differ',
  ],
]);

const decidable = sql.join(decidableDraftStates);

/** Drives one house through actions. */
export class Machine {
  readonly #house: House;
  readonly #threads: string[][] = [[], [], []];
  /** How often a delivery may have been handed over, by its Message-ID. */
  readonly #allowed = new Map<string, number>();
  readonly #signal = new AbortController().signal;

  constructor(house: House) {
    this.#house = house;
  }

  /** Lets something happen; people may be refused. */
  async act(action: Action): Promise<void> {
    try {
      await this.#do(action);
    } catch (error) {
      if (!(error instanceof ReplywrightError) || !refusals.has(error.code)) throw error;
    }
  }

  /** One of the rows that the action is meant for, or now and then one that it is not meant for. */
  async #pick(
    table: 'draft' | 'decision' | 'delivery' | 'regrouping',
    which: number,
  ): Promise<number> {
    const fitting = {
      draft: sql<{ id: number }>`select id from draft where state in (${decidable})`,
      decision: sql<{ id: number }>`select id from decision where undone_at is null`,
      regrouping: sql<{ id: number }>`select id from regrouping where undone_at is null`,
      delivery: sql<{
        id: number;
      }>`select id from delivery where state in ('refused', 'uncertain')`,
    }[table];
    const all = sql<{ id: number }>`select id from ${sql.table(table)}`;
    const { rows } = await (which === 0 ? all : fitting).execute(this.#house.db);
    return rows.map(({ id }) => id).sort((a, b) => b - a)[which % Math.max(1, rows.length)] ?? 0;
  }

  async #do(action: Action): Promise<void> {
    const house = this.#house;
    const accountId = house.account.id;
    switch (action.do) {
      case 'mail':
        return await this.#mail(action);
      case 'draft':
        return await this.#draft(action);
      case 'approve': {
        const draftId = await this.#pick('draft', action.which);
        if (draftId === 0) return;
        const changes = {
          override: action.override,
          ...(action.edit ? { text: `Edited ${newId()}` } : {}),
        };
        await approve(house.reviewParts, await approvalFor(house, draftId, changes));
        return;
      }
      case 'reject': {
        const draftId = await this.#pick('draft', action.which);
        const { redraft } = action;
        const rejection = { draftId, accountId, redraft, reasons: [], note: null };
        await reject(house.reviewParts, rejection);
        return;
      }
      case 'redraft':
        return await requestRedraft(house.reviewParts, {
          draftId: await this.#pick('draft', action.which),
        });
      case 'undo': {
        const decisionId = await this.#pick('decision', action.which);
        await undo(house.reviewParts, { decisionId, accountId });
        return;
      }
      case 'deliver':
        return await this.#deliver(action);
      case 'settle':
        return await this.#settle(action);
      case 'merge':
        return await this.#merge(action.which);
      case 'split':
        return await this.#split(action.which);
      case 'unregroup': {
        const regroupingId = await this.#pick('regrouping', action.which);
        await undoRegrouping(house, { regroupingId, accountId });
        return;
      }
      case 'give_up': {
        const decisionId = await this.#pick('decision', action.which);
        await giveUp(house, { decisionId, accountId });
        return;
      }
      case 'after':
        for (const { data } of await takeJobs(house.db, 'sent_copy'))
          await copyToSent(house.deliverParts, data.deliveryId);
        for (const { data } of await takeJobs(house.db, 'learn'))
          await learn(house, data.deliveryId);
    }
  }

  async #mail({ thread, automatic }: Action & { do: 'mail' }): Promise<void> {
    const known = this.#threads[thread] ?? [];
    const messageId = newId();
    await arrive(this.#house, {
      messageId,
      from: `customer${thread}@customer.example`,
      references: known.slice(-5),
      headers: automatic ? ['Auto-Submitted: auto-replied'] : [],
    });
    if (!automatic) known.push(messageId);
  }

  async #draft({ how }: Action & { do: 'draft' }): Promise<void> {
    const { responder, draftParts, db } = this.#house;
    const busy = new ReplywrightError('model_rate_limited', { endpoint: 'x' });
    responder.answer = {
      ready: () => draftResult({ reply: `Ready ${newId()}` }),
      person: () => draftResult({ needsPerson: true }),
      checks: () => draftResult({}, { checks: [failedCheck] }),
      busy: () => Promise.reject(busy),
      refusal: () => Promise.reject(new ReplywrightError('model_refused')),
      garbage: () => Promise.reject(new ReplywrightError('model_garbage', { detail: '' })),
    }[how];
    for (const { data } of await takeJobs(db, 'draft'))
      await draftReply(draftParts, data, this.#signal);
  }

  async #deliver({ fate }: Action & { do: 'deliver' }): Promise<void> {
    const { transport, deliverParts, db } = this.#house;
    transport.fate = async ({ messageId }) => {
      const again = fate === 'later' || fate === 'not_sent' ? 1 : 0;
      this.#allowed.set(messageId, (this.#allowed.get(messageId) ?? 1) + again);
      await this.#checkApproved(messageId);
      // The process is killed here; its job will be taken up again.
      if (fate === 'died') throw new Error('killed');
      return fates[fate];
    };
    for (const { data } of await takeJobs(db, 'deliver'))
      await deliver(deliverParts, data.deliveryId).catch(async (error: Error) => {
        if (error.message !== 'killed') throw error;
        await db
          .transaction()
          .execute((tx) => this.#house.jobs.send(tx, 'deliver', { deliveryId: data.deliveryId }));
      });
  }

  async #settle({ which, verdict }: Action & { do: 'settle' }): Promise<void> {
    const deliveryId = await this.#pick('delivery', which);
    await settleByPerson(this.#house, { deliveryId, verdict });
    const { header_message_id: id } = await this.#house.db
      .selectFrom('delivery')
      .select('header_message_id')
      .where('id', '=', deliveryId)
      .executeTakeFirstOrThrow();
    if (verdict === 'resend') this.#allowed.set(id, (this.#allowed.get(id) ?? 1) + 1);
  }

  /** Two conversations as they stand; of one customer, or with the word that both are one. */
  async #merge(which: number): Promise<void> {
    const rows = await this.#house.db
      .selectFrom('conversation')
      .select(['id', 'last_message_id'])
      .where('merged_into', 'is', null)
      .orderBy('id')
      .execute();
    const [one, other] = [rows[which % rows.length], rows[(which * 3 + 1) % rows.length]];
    if (one === undefined || other === undefined) return;
    const conversations = [one, other].map(({ id, last_message_id }) => ({
      id,
      lastMessageId: last_message_id ?? 0,
    })) as [Shown, Shown];
    await merge(this.#house, {
      conversations,
      accountId: this.#house.account.id,
      oneCustomer: which > 1,
    });
  }

  async #split(which: number): Promise<void> {
    const rows = await this.#house.db
      .selectFrom('message')
      .innerJoin('conversation', 'conversation.id', 'conversation_id')
      .select(['message.id', 'conversation.id as conversationId', 'last_message_id'])
      .where('direction', '=', 'inbound')
      .orderBy('message.id', 'desc')
      .execute();
    const row = rows[which % Math.max(1, rows.length)];
    if (row === undefined) return;
    const shown = { id: row.conversationId, lastMessageId: row.last_message_id ?? 0 };
    const accountId = this.#house.account.id;
    await split(this.#house, { shown, messageId: row.id, accountId });
  }

  async #count(query: ReturnType<typeof sql<{ n: number }>>): Promise<number> {
    return (await query.execute(this.#house.db)).rows[0]?.n ?? -1;
  }

  /** At the moment a mail is handed over, its approval stands. */
  async #checkApproved(messageId: string): Promise<void> {
    const standing = await this.#count(sql`select count(*) as n from delivery
      join decision on decision.id = delivery.decision_id
      join draft on draft.id = decision.draft_id
      where header_message_id = ${messageId} and delivery.state not in ('held', 'cancelled')
        and undone_at is null and verdict in ('approved', 'edited') and draft.state = 'approved'`);
    expect(standing, 'a mail is handed over without a standing approval').toBe(1);
  }

  /** What must hold after everything that can happen. */
  async check(): Promise<void> {
    const { transport } = this.#house;
    const sentTo = Map.groupBy(transport.mails, ({ messageId }) => messageId);
    for (const [id, mails] of sentTo) {
      expect(mails.length, 'handed over too often').toBeLessThanOrEqual(this.#allowed.get(id) ?? 1);
      expect(new Set(mails.map(({ bytes }) => bytes.toString())).size, 'other bytes').toBe(1);
    }
    expect(await brokenRules(this.#house.db)).toEqual([]);
  }
}
