/** Drafts that are asked for, and drafting them by hand. */

import { draftReply } from '../../src/pipeline/draft.ts';
import { arrive, type House, type Letter, newestDraft, takeJobs } from '../support/parts.ts';

const never = new AbortController().signal;

/** A mail with its draft, which nobody has begun. */
export async function queued(house: House, given: Letter = {}) {
  const message = await arrive(house, given);
  await takeJobs(house.db, 'draft');
  return { message, draft: await newestDraft(house, message.conversation_id) };
}

/** Does what the draft's job would. */
export async function runDraft(
  house: House,
  draftId: number,
  failures = 0,
  signal: AbortSignal = never,
): Promise<void> {
  await draftReply(house.draftParts, { draftId, failures }, signal);
}

/** Forgets what the responder was asked, and what it was to be asked. */
export async function forgetDrafting(house: House): Promise<void> {
  house.responder.next = [];
  house.responder.inputs.length = 0;
  await takeJobs(house.db, 'draft');
}
