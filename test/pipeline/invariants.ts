/** What must hold in the database whatever has happened. */

import { sql } from 'kysely';
import { decidableDraftStates } from '../../src/domain/states.ts';
import type { Db } from '../../src/storage/tables.ts';

const decidable = sql.join(decidableDraftStates);

const open = sql`('queued', 'drafting', 'ready', 'needs_person', 'failed')`;

/** Each counts what breaks the rule that is its name. */
const invariants: Record<string, ReturnType<typeof sql<{ n: number }>>> = {
  'a merged conversation that still holds something': sql`select count(*) as n from conversation
    where merged_into is not null and (last_message_id is not null
      or exists (select 1 from message where conversation_id = conversation.id)
      or exists (select 1 from draft where conversation_id = conversation.id)
      or exists (select 1 from delivery where conversation_id = conversation.id))`,
  'a draft or delivery that is not where the message it answers is': sql`select count(*) as n
    from message where exists (select 1 from draft where draft.message_id = message.id
        and draft.conversation_id <> message.conversation_id)
      or exists (select 1 from delivery where delivery.message_id = message.id
        and delivery.conversation_id <> message.conversation_id)`,
  'a last message of another conversation': sql`select count(*) as n from conversation
    join message on message.id = last_message_id
    where message.conversation_id <> conversation.id or message.state <> 'answerable'`,
  'an answerable message in no conversation': sql`select count(*) as n from message
    where state = 'answerable' and conversation_id is null`,
  'more than one open draft': sql`select count(*) as n from (select 1 from draft
    where state in ${open} group by conversation_id having count(*) > 1) as many`,
  'an answerable message without an open draft or a decision': sql`select count(*) as n
    from conversation where merged_into is null and not exists (select 1 from draft
      where draft.conversation_id = conversation.id and draft.message_id = last_message_id
        and draft.state in ('queued', 'drafting', 'ready', 'needs_person', 'failed',
          'approved', 'rejected', 'answered'))`,
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
  'a reply that was given up and yet stands, taught or was sent': sql`select count(*) as n
    from delivery join decision on decision.id = delivery.decision_id
    where delivery.state = 'cancelled' and (undone_at is null or sent_message_id is not null
      or exists (select from pair where pair.decision_id = decision.id))`,
  'a pair of a reply that was not sent': sql`select count(*) as n from pair
    where not exists (select 1 from delivery
      where decision_id = pair.decision_id and state = 'sent')`,
  'a sent reply that is not one message of its conversation': sql`select count(*) as n
    from delivery where state = 'sent' and (select count(*) from message
      where state = 'outbound' and message_id = header_message_id
        and conversation_id = delivery.conversation_id and raw = delivery.bytes) <> 1`,
  'a reply that leaves although it was overtaken': sql`select count(*) as n from delivery
    where overtaken_by is not null and state not in ('held', 'cancelled')`,
  'a held reply of which no job holds the ticket': sql`select count(*) as n from delivery
    where state in ('held', 'queued') and not exists (select 1 from pgboss.job
      where name = 'deliver' and (data ->> 'deliveryId')::bigint = delivery.id
        and (data ->> 'ticket')::int = delivery.ticket)`,
  'a pair of a colleague’s reply that nobody accepted': sql`select count(*) as n from candidate
    where state <> 'offered'`,
  'an outbound message of a reply that was not sent': sql`select count(*) as n from message
    where state = 'outbound' and not exists (select 1 from delivery
      where sent_message_id = message.id and state = 'sent')`,
};

/** The names of the rules that do not hold. */
export async function brokenRules(db: Db): Promise<{ rule: string }[]> {
  const counts = Object.entries(invariants).map(
    ([rule, query]) => sql`select ${rule}::text as rule where (${query}) <> 0`,
  );
  const broken = await sql<{ rule: string }>`${sql.join(counts, sql` union all `)}`.execute(db);
  return broken.rows;
}
