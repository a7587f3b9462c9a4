/** Approved replies on their way out, and what can become of them. */

import { ReplywrightError } from '../../src/domain/errors.ts';
import type { DeliveryOutcome } from '../../src/mail/smtp.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { approve } from '../../src/pipeline/review.ts';
import type { LeavingChoice } from '../../src/pipeline/schedule.ts';
import {
  approvalFor,
  arrive,
  draftResult,
  type House,
  newestDraft,
  newId,
  takeJobs,
} from '../support/parts.ts';

export const notSent: DeliveryOutcome = {
  outcome: 'not_sent',
  error: new ReplywrightError('smtp_unreachable', { host: 'mx', detail: 'ECONNREFUSED' }),
};
export const greylisted: DeliveryOutcome = {
  ...{ outcome: 'refused', permanent: false, code: 451, response: '451 later' },
};
export const refused: DeliveryOutcome = {
  ...{ outcome: 'refused', permanent: true, code: 550, response: '550 no such user' },
};
export const uncertain: DeliveryOutcome = {
  ...{ outcome: 'uncertain', detail: 'The answer did not come.' },
};

/** Forgets what was sent and asked for before. */
export async function startAnew(house: House): Promise<void> {
  house.transport.next = [];
  house.transport.mails.length = 0;
  house.copies.length = 0;
  house.sentFolder.clear();
  for (const name of ['deliver', 'look_in_sent', 'sent_copy', 'learn'] as const)
    await takeJobs(house.db, name);
}

/** An approved reply whose undo window is over, or lasts for `undoSeconds`. */
export async function approved(
  house: House,
  {
    undoSeconds = 0,
    result = draftResult(),
    text = '',
    leaving = null as LeavingChoice | null,
  } = {},
) {
  const messageId = newId();
  const subject = `Kettle? ${messageId}`;
  const message = await arrive(house, { messageId, references: [newId()], subject });
  const draft = await newestDraft(house, message.conversation_id);
  house.responder.next = [() => result];
  const signal = new AbortController().signal;
  await draftReply(house.draftParts, { draftId: draft.id, failures: 0 }, signal);
  const changes = { leaving, ...(text === '' ? { override: true } : { text }) };
  const approval = await approvalFor(house, draft.id, changes);
  const done = await approve({ ...house.reviewParts, undoSeconds }, approval);
  await takeJobs(house.db, 'deliver');
  return { ...done, message, messageId };
}

/** An approved reply whose one attempt to be sent ended so. */
export async function attempted(
  house: House,
  outcome: DeliveryOutcome,
  given: Parameters<typeof approved>[1] = {},
) {
  const approval = await approved(house, given);
  house.transport.next = [() => outcome];
  await deliver(house.deliverParts, approval.deliveryId);
  return approval;
}

/** The messages of a conversation that we sent. */
export async function outboundOf(house: House, conversationId: number) {
  return await house.db
    .selectFrom('message')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('direction', '=', 'outbound')
    .execute();
}

export async function pairsOf(house: House, decisionId: number) {
  return await house.db
    .selectFrom('pair')
    .selectAll()
    .where('decision_id', '=', decisionId)
    .execute();
}
