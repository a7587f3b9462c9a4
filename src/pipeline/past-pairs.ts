/** Past pairs: imported replies are offered for learning, each with the mail that it was the first to answer. */

import { normalizeSubject } from '../mail/threading.ts';
import {
  looseReplies,
  moveIntoConversations,
  type PairsMark,
  pastPairs,
} from '../storage/history.ts';
import { findAnswered } from '../storage/replies.ts';
import type { Db } from '../storage/tables.ts';
import { offerReplies } from './candidates.ts';

/** A reply that names no mail belongs to one of the customer's mails of so many days before it. */
const pairDays = 14;

/** One transaction looks at so many replies. */
const page = 500;

/**
 * Finds the conversations of replies that name no mail, by customer and subject. That has to wait
 * until all mail is stored, because what the team sent is read first.
 */
async function joinBySubject(db: Db, mailboxId: number): Promise<void> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const replies = await looseReplies(db, mailboxId, after, page);
    await db.transaction().execute(async (tx) => {
      const moves: { id: number; conversationId: number }[] = [];
      for (const { id, subject, recipients, at } of replies) {
        const found = await findAnswered(tx, {
          mailboxId,
          headerMessageId: null,
          referenced: [],
          recipients: [...recipients.to, ...recipients.cc].map(({ address }) =>
            address.toLowerCase(),
          ),
          normalizedSubject: normalizeSubject(subject),
          at,
        });
        if (found !== null) moves.push({ id, conversationId: found.conversationId });
      }
      await moveIntoConversations(tx, moves);
    });
    after = replies.at(-1)?.id;
  }
}

/**
 * Offers every imported reply of a person, with the mail that it was the first to answer.
 *
 * @returns how many are offered that were not offered before.
 */
export async function offerPastReplies(db: Db, mailboxId: number): Promise<number> {
  await joinBySubject(db, mailboxId);
  let offered = 0;
  for (let mark: PairsMark | null = null; ; ) {
    const found = await pastPairs(db, mailboxId, mark, pairDays, page);
    await db.transaction().execute(async (tx) => {
      offered += await offerReplies(tx, found.pairs, 'import');
    });
    if (found.mark === null) return offered;
    mark = found.mark;
  }
}
