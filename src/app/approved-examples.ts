/** Keeps the pool of approved replies in step with the database. */

import { asReplywrightError } from '../domain/errors.ts';
import type { ExamplePool } from '../responder/example-pool.ts';
import { pooledId, poolLimit } from '../responder/example-pool.ts';
import {
  evaluationReplies,
  oldestOfNewest,
  repliesAfter,
  replyById,
} from '../storage/approved-replies.ts';
import type { Parts } from './parts.ts';

const pageSize = 200;
/** A pair may be committed after one with a higher id; so far back it is looked for again. */
const lookedBack = 200;

/**
 * Fills the pool, and adds every reply that is approved from now on, in this process or another.
 * Drafting does not wait for it: until a reply is in the pool it is just not shown.
 *
 * @returns what ends it, once what is under way is done.
 */
export function keepApprovedExamples(
  { database: { db }, changes, log }: Pick<Parts, 'database' | 'changes' | 'log'>,
  pool: ExamplePool,
): { filled: Promise<void>; stop(): Promise<void> } {
  let latest: number | null = null;
  let stopped = false;

  const catchUp = async () => {
    latest ??= (await oldestOfNewest(db, poolLimit)) - 1;
    let after = Math.max(0, latest - lookedBack);
    for (let page = await repliesAfter(db, after, pageSize); page.length > 0 && !stopped; ) {
      for (const reply of page) if (!pool.has(pooledId(reply.id))) pool.add(reply);
      after = page.at(-1)?.id ?? after;
      latest = Math.max(latest, after);
      page = await repliesAfter(db, after, pageSize);
    }
    await pool.learn();
  };
  /** What was put into an evaluation set, or taken out, while we listened. */
  const follow = async (pairId: number) => {
    const reply = await replyById(db, pairId);
    if (reply === null) pool.remove(pairId);
    else if (!pool.has(pooledId(pairId))) pool.add(reply);
  };
  const reconcile = async () => {
    for (const id of await evaluationReplies(db)) pool.remove(id);
  };
  // One after the other: two at once would read the same pages.
  let running: Promise<void> = Promise.resolve();
  const look = (first: () => Promise<void> = async () => {}) => {
    running = running
      .then(first)
      .then(catchUp)
      .catch((error) => {
        log.error('approved_examples_unread', { error: asReplywrightError(error) });
      });
    return running;
  };
  const endings = [
    changes.subscribe((event) => {
      if (event.kind === 'pair') void look(() => follow(event.pairId));
      else if (event.kind === 'much') void look(reconcile);
    }),
    changes.onGap(() => void look(reconcile)),
  ];
  return {
    filled: look(),
    async stop() {
      stopped = true;
      for (const end of endings) end();
      await running;
    },
  };
}
