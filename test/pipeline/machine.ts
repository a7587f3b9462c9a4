/** What can happen to a house, action by action, and what must hold whatever has happened. */

import { sql } from 'kysely';
import { expect } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { decidableDraftStates } from '../../src/domain/states.ts';
import type { DeliveryOutcome } from '../../src/mail/smtp.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { learn } from '../../src/pipeline/learn.ts';
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
  async #pick(table: 'draft' | 'decision' | 'delivery', which: number): Promise<number> {
    const fitting = {
      draft: sql<{ id: number }>`select id from draft where state in (${decidable})`,
      decision: sql<{ id: number }>`select id from decision where undone_at is null`,
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
    const counts = Object.entries(invariants).map(
      ([rule, query]) => sql`select ${rule}::text as rule where (${query}) <> 0`,
    );
    const broken = await sql`${sql.join(counts, sql` union all `)}`.execute(this.#house.db);
    expect(broken.rows).toEqual([]);
  }
}

const open = sql`('queued', 'drafting', 'ready', 'needs_person', 'failed')`;

/** Each counts what breaks the rule that is its name. */
const invariants: Record<string, ReturnType<typeof sql<{ n: number }>>> = {
  'more than one open draft': sql`select count(*) as n from (select 1 from draft
    where state in ${open} group by conversation_id having count(*) > 1) as many`,
  'an answerable message without an open draft or a decision': sql`select count(*) as n
    from conversation where not exists (select 1 from draft
      where draft.conversation_id = conversation.id and draft.message_id = last_message_id
        and draft.state in ('queued', 'drafting', 'ready', 'needs_person', 'failed',
          'approved', 'rejected'))`,
  'an open draft that answers an older message': sql`select count(*) as n from draft
    join conversation on conversation.id = draft.conversation_id
    where draft.state in ${open} and draft.message_id <> last_message_id`,
  'a queued draft without a job': sql`select count(*) as n from draft where state = 'queued'
    and not exists (select 1 from pgboss.job where name = 'draft'
      and (data ->> 'draftId')::bigint = draft.id)`,
  'a reply on its way without a job': sql`select count(*) as n from delivery
    where state in ('held', 'queued', 'sending') and not exists (select 1 from pgboss.job
      where name = 'deliver' and (data ->> 'deliveryId')::bigint = delivery.id)`,
  'a decided draft without exactly one standing decision': sql`select count(*) as n from draft
    where state in ('approved', 'rejected') and (select count(*) from decision
      where draft_id = draft.id and undone_at is null) <> 1`,
  'a draft that waits and has a standing decision': sql`select count(*) as n from draft
    join decision on decision.draft_id = draft.id and undone_at is null
    where draft.state in (${decidable})`,
  'a standing approval without a delivery under way or done': sql`select count(*) as n
    from decision where undone_at is null and verdict <> 'rejected' and not exists (
      select 1 from delivery where decision_id = decision.id and state <> 'cancelled')`,
  'an undone approval whose reply was not cancelled': sql`select count(*) as n from decision
    join delivery on delivery.decision_id = decision.id
    where undone_at is not null and delivery.state <> 'cancelled'`,
  'a pair of a reply that was not sent': sql`select count(*) as n from pair
    where not exists (select 1 from delivery
      where decision_id = pair.decision_id and state = 'sent')`,
  'a sent reply that is not one message of its conversation': sql`select count(*) as n
    from delivery where state = 'sent' and (select count(*) from message
      where direction = 'outbound' and message_id = header_message_id
        and conversation_id = delivery.conversation_id and raw = delivery.bytes) <> 1`,
  'an outbound message of a reply that was not sent': sql`select count(*) as n from message
    where direction = 'outbound' and not exists (select 1 from delivery
      where sent_message_id = message.id and state = 'sent')`,
};
