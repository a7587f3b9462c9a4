/** Candidates: what a colleague answered without us is offered for learning, and a person decides. */

import { normalizeReply } from '../domain/decision.ts';
import {
  insertCandidates,
  loadCandidate,
  type NewCandidate,
  textsOf,
} from '../storage/candidates.ts';
import { moveCandidate } from '../storage/compare-and-set.ts';
import type { Db, Tx } from '../storage/tables.ts';

/**
 * Offers replies with the mails that they answer. Passed over is what is offered already, what we
 * had answered ourselves, and what teaches nothing; of two replies to one mail the second.
 *
 * @returns how many are offered now.
 */
export async function offerReplies(
  tx: Tx,
  pairs: readonly { messageId: number; replyId: number }[],
  source: NewCandidate['source'],
): Promise<number> {
  const texts = await textsOf(tx, pairs);
  const candidates = texts.flatMap(({ customer, answer, ...rest }) => {
    const customerText = normalizeReply(customer);
    const reply = normalizeReply(answer);
    return customerText === '' || reply === '' ? [] : { ...rest, source, customerText, reply };
  });
  return await insertCandidates(tx, candidates);
}

/**
 * Records what a person decides on a candidate.
 *
 * @param verdict `offered` takes an earlier decision back.
 * @throws ReplywrightError `not_found`, `state_changed`.
 */
export async function decideCandidate(
  parts: { db: Db },
  {
    candidateId,
    accountId,
    verdict,
  }: { candidateId: number; accountId: number; verdict: 'accepted' | 'declined' | 'offered' },
): Promise<void> {
  await parts.db.transaction().execute(async (tx) => {
    const { state } = await loadCandidate(tx, candidateId);
    const from = verdict === 'offered' && state !== 'offered' ? state : 'offered';
    await moveCandidate(tx, candidateId, from, verdict, {
      decided_by: verdict === 'offered' ? null : accountId,
    });
  });
}
