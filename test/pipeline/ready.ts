/** Drafts that wait for a decision. */

import { draftReply } from '../../src/pipeline/draft.ts';
import {
  arrive,
  draftResult,
  draftRow,
  type House,
  type Letter,
  newestDraft,
  takeJobs,
} from '../support/parts.ts';

/** Has a draft drafted, with this result. */
export async function drafted(house: House, draftId: number, result = draftResult()) {
  house.responder.next = [() => result];
  const signal = new AbortController().signal;
  await draftReply(house.draftParts, { draftId, failures: 0 }, signal);
  await takeJobs(house.db, 'draft');
}

/** A draft that waits for a decision, with the mail that it answers. */
export async function readyDraft(house: House, result = draftResult(), given: Letter = {}) {
  const message = await arrive(house, given);
  const { id } = await newestDraft(house, message.conversation_id);
  await drafted(house, id, result);
  return { message, draft: await draftRow(house, id) };
}
