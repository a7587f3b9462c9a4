/**
 * What can happen to a house, action by action, and what must hold whatever has happened.
 *
 * Longer than 300 lines because each action is read beside the others that it may meet.
 */

import { sql } from 'kysely';
import { expect } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { decidableDraftStates } from '../../src/domain/states.ts';
import { writtenAt } from '../../src/domain/zoned-time.ts';
import type { DeliveryOutcome } from '../../src/mail/smtp.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { giveUp } from '../../src/pipeline/give-up.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { lookInSent } from '../../src/pipeline/look-in-sent.ts';
import { merge, type Shown, split, undoRegrouping } from '../../src/pipeline/regroup.ts';
import { approve, reject, requestRedraft, undo } from '../../src/pipeline/review.ts';
import { type LeavingChoice, reschedule, tryNow } from '../../src/pipeline/schedule.ts';
import { copyToSent } from '../../src/pipeline/sent-copy.ts';
import { settleByPerson } from '../../src/pipeline/settle.ts';
import { accepted } from '../support/fake-transport.ts';
import {
  approvalFor,
  arrive,
  arriveRaw,
  draftResult,
  failedCheck,
  type House,
  newId,
  takeJobs,
} from '../support/parts.ts';
import { brokenRules } from './invariants.ts';
import { bounce, failedFor } from './report-mails.ts';
import { sentElsewhere } from './sent-mail.ts';

/** One thing that happens; the numbers choose among what is there. */
export type Action =
  | { do: 'mail'; thread: number; automatic: boolean }
  | { do: 'draft'; how: 'ready' | 'person' | 'checks' | 'busy' | 'refusal' | 'garbage' }
  | { do: 'approve'; which: number; edit: boolean; override: boolean; planned: boolean }
  | { do: 'reject'; which: number; redraft: boolean }
  | { do: 'redraft'; which: number }
  | { do: 'undo'; which: number }
  | { do: 'deliver'; fate: 'sent' | 'refused' | 'later' | 'not_sent' | 'uncertain' | 'died' }
  | { do: 'settle'; which: number; verdict: 'sent' | 'resend' }
  | { do: 'merge'; which: number }
  | { do: 'split'; which: number }
  | { do: 'unregroup'; which: number }
  | { do: 'give_up'; which: number }
  | Outside
  | { do: 'after' };

type Outside =
  | { do: 'schedule'; which: number; leaves: 'at_once' | 'at_time' }
  | { do: 'due' }
  | { do: 'try_now'; which: number }
  | { do: 'found_in_sent'; which: number; looked: boolean }
  | { do: 'answered_elsewhere'; thread: number }
  | { do: 'bounce'; which: number };

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
    'input_invalid',
  ],
]);

const atOnce: LeavingChoice = { leaves: 'at_once', at: null };
const tomorrow = (): LeavingChoice => ({
  leaves: 'at_time',
  at: writtenAt(new Date(Date.now() + 86_400_000), 'Europe/Berlin'),
});

/** What a provider writes above each mail that it keeps. */
const keptLine = () => Buffer.from(`X-Kept: ${newId()}\r\n`);

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
    what: 'draft' | 'decision' | 'delivery' | 'regrouping' | 'held' | 'queued' | 'known',
    which: number,
  ): Promise<number> {
    const fitting = {
      draft: sql<{ id: number }>`select id from draft where state in (${decidable})`,
      decision: sql<{ id: number }>`select id from decision where undone_at is null`,
      regrouping: sql<{ id: number }>`select id from regrouping where undone_at is null`,
      delivery: sql<{
        id: number;
      }>`select id from delivery where state in ('refused', 'uncertain')`,
      held: sql<{ id: number }>`select id from delivery where state = 'held'`,
      queued: sql<{ id: number }>`select id from delivery where state = 'queued'`,
      known: sql<{ id: number }>`select id from delivery where bytes is not null`,
    }[what];
    const table = what === 'held' || what === 'queued' || what === 'known' ? 'delivery' : what;
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
          leaving: action.planned ? tomorrow() : null,
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
        return;
      default:
        return await this.#doOutside(action);
    }
  }

  /** What happens to replies after their approval, by people, mail servers and colleagues. */
  async #doOutside(action: Outside): Promise<void> {
    const house = this.#house;
    switch (action.do) {
      case 'schedule': {
        const deliveryId = await this.#pick('held', action.which);
        const choice = action.leaves === 'at_time' ? tomorrow() : atOnce;
        await reschedule(house.reviewParts, { deliveryId, choice });
        return;
      }
      case 'due':
        // What was planned for tomorrow is due now.
        return void (await sql`update delivery set hold_until = now() - interval '1 second'
          where state = 'held'`.execute(house.db));
      case 'try_now':
        return await tryNow(house, { deliveryId: await this.#pick('queued', action.which) });
      case 'found_in_sent':
        return await this.#foundInSent(action);
      case 'answered_elsewhere':
        return await this.#answeredElsewhere(action.thread);
      case 'bounce':
        return await this.#bounce(action.which);
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
      await deliver(deliverParts, data.deliveryId, data.ticket).catch(async (error: Error) => {
        if (error.message !== 'killed') throw error;
        await db.transaction().execute((tx) => this.#house.jobs.send(tx, 'deliver', data));
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

  /** A provider keeps a copy of what it was given; the watch brings it, or a look finds it. */
  async #foundInSent({ which, looked }: Action & { do: 'found_in_sent' }): Promise<void> {
    const { db, sentFolder, deliverParts } = this.#house;
    const id = await this.#pick('known', which);
    const delivery = await db
      .selectFrom('delivery')
      .select(['bytes', 'header_message_id as messageId'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (delivery?.bytes == null) return;
    if (looked) sentFolder.add(delivery.messageId);
    else await sentElsewhere(this.#house, Buffer.concat([keptLine(), delivery.bytes]));
    for (const { data } of await takeJobs(db, 'look_in_sent')) await lookInSent(deliverParts, data);
    sentFolder.clear();
  }

  async #answeredElsewhere(thread: number): Promise<void> {
    const inReplyTo = this.#threads[thread]?.at(-1);
    const to = `customer${thread}@customer.example`;
    if (inReplyTo !== undefined) await sentElsewhere(this.#house, { inReplyTo, to, text: newId() });
  }

  async #bounce(which: number): Promise<void> {
    const { rows } = await sql<{ id: string }>`select message_id as id from message
      where direction = 'outbound' and message_id is not null order by message.id desc`.execute(
      this.#house.db,
    );
    const about = rows[which % Math.max(1, rows.length)]?.id;
    if (about === undefined) return;
    const recipients = [failedFor('customer0@customer.example')];
    await arriveRaw(this.#house, bounce({ about, recipients }));
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
        and undone_at is null and verdict in ('approved', 'edited') and draft.state = 'approved' and overtaken_by is null`);
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
