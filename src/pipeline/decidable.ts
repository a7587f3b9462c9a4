/** Decidable: whether a person may still decide on a draft, or change what goes out with its reply. */

import { ReplywrightError } from '../domain/errors.ts';
import {
  type DecidableDraftState,
  type DraftState,
  decidableDraftStates,
} from '../domain/states.ts';
import { type DecidableDraft, loadDraft, lockConversationOfDraft } from '../storage/drafts.ts';
import type { Tx } from '../storage/tables.ts';

export type Decidable = DecidableDraft & { state: DecidableDraftState };

function isDecidable(state: DraftState): state is DecidableDraftState {
  return (decidableDraftStates as readonly DraftState[]).includes(state);
}

/**
 * The draft, with its conversation locked, if a person may still decide on it.
 *
 * @throws ReplywrightError `not_found`, `draft_stale`, `state_changed`.
 */
export async function lockDecidable(tx: Tx, draftId: number): Promise<Decidable> {
  const { lastMessageId } = await lockConversationOfDraft(tx, draftId);
  const draft = await loadDraft(tx, draftId);
  if (draft.state === 'stale' || draft.messageId !== lastMessageId)
    throw new ReplywrightError('draft_stale');
  const { state } = draft;
  if (!isDecidable(state)) {
    const expected = 'waiting for a decision';
    throw new ReplywrightError('state_changed', { what: 'draft', expected, actual: state });
  }
  return { ...draft, state };
}
