/** Give up: a reply that the mail server refused is not sent, and its mail waits for a person again. */

import { ReplywrightError } from '../domain/errors.ts';
import { moveDelivery, moveDraft } from '../storage/compare-and-set.ts';
import { lockDecision, markUndone } from '../storage/decisions.ts';
import { lockConversationOfDraft } from '../storage/drafts.ts';
import type { Db } from '../storage/tables.ts';

/**
 * Gives up the refused reply of an approval: the approval is taken back, and the draft needs a
 * person, who finds the text and the server's words; or it is stale where the customer has written
 * again, which has a draft of its own.
 *
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function giveUp(
  { db }: { db: Db },
  { decisionId, accountId }: { decisionId: number; accountId: number },
): Promise<{ conversationId: number }> {
  return await db.transaction().execute(async (tx) => {
    // In the order of `undo`: first the decision, then its conversation, then the delivery.
    const found = await lockDecision(tx, decisionId);
    if (found === null || found.deliveryId === null)
      throw new ReplywrightError('not_found', { what: 'reply of the decision', id: decisionId });
    const { draftId, deliveryId, messageId } = found;
    const { id: conversationId, lastMessageId } = await lockConversationOfDraft(tx, draftId);
    const outdated = lastMessageId !== messageId;
    await moveDelivery(tx, deliveryId, 'refused', 'cancelled');
    await markUndone(tx, decisionId, accountId);
    await moveDraft(tx, draftId, 'approved', outdated ? 'stale' : 'needs_person');
    return { conversationId };
  });
}
