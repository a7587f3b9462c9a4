/** The worker: runs the jobs of every step. */

import { startOrdering } from './batch-order.ts';
import { lookAfterBatch } from './batch-results.ts';
import { deliver } from './deliver.ts';
import { type DraftParts, draftReply } from './draft.ts';
import type { TriageParts } from './filing.ts';
import { FilingFirst } from './filing-first.ts';
import { learn } from './learn.ts';
import { lookInSent } from './look-in-sent.ts';
import type { DeliverParts } from './outgoing-mailbox.ts';
import { copyToSent } from './sent-copy.ts';
import { draftShadow } from './shadow.ts';
import { startSweeping } from './sweep.ts';
import { triage } from './triage.ts';

export interface WorkerParts {
  triage: TriageParts;
  draft: DraftParts;
  deliver: DeliverParts;
}

/** Model calls wait for the network most of the time; the others for the database, while triage reads. */
const concurrency = {
  ...{ triage: 3, draft: 4, shadow: 1, batch: 1 },
  ...{ deliver: 2, look_in_sent: 1, sent_copy: 1, learn: 1 },
};

/**
 * Begins to take jobs.
 *
 * @param stopping aborts the model calls under way when the process is to stop.
 */
export async function startWorker(parts: WorkerParts, stopping: AbortSignal): Promise<void> {
  const { jobs } = parts.deliver;
  const filingFirst = new FilingFirst();
  await jobs.work('triage', concurrency.triage, async ({ messageIds }, _signal, tries) => {
    await filingFirst.file(messageIds.length, () => triage(parts.triage, messageIds, tries));
  });
  await jobs.work('draft', concurrency.draft, async (data, signal) => {
    const ended = AbortSignal.any([signal, stopping]);
    await filingFirst.calm(ended);
    await draftReply(parts.draft, data, ended);
  });
  await jobs.work('shadow', concurrency.shadow, async (data, signal) => {
    const ended = AbortSignal.any([signal, stopping]);
    await filingFirst.calm(ended);
    await draftShadow(parts.draft, data, ended);
  });
  await jobs.work('batch', concurrency.batch, (data, signal) =>
    lookAfterBatch(parts.draft, data, AbortSignal.any([signal, stopping])),
  );
  await jobs.work('deliver', concurrency.deliver, ({ deliveryId, ticket }) =>
    deliver(parts.deliver, deliveryId, ticket),
  );
  await jobs.work('look_in_sent', concurrency.look_in_sent, (data) =>
    lookInSent(parts.deliver, data),
  );
  await jobs.work('sent_copy', concurrency.sent_copy, ({ deliveryId }) =>
    copyToSent(parts.deliver, deliveryId),
  );
  await jobs.work('learn', concurrency.learn, ({ deliveryId }) => learn(parts.deliver, deliveryId));
  startOrdering(parts.draft, stopping);
  startSweeping(parts.deliver, stopping);
}
