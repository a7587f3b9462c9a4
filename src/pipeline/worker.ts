/** The worker: runs the jobs of every step. */

import { type DeliverParts, deliver } from './deliver.ts';
import { type DraftParts, draftReply } from './draft.ts';
import { learn } from './learn.ts';
import { copyToSent } from './sent-copy.ts';
import { startSweeping } from './sweep.ts';
import { type TriageParts, triage } from './triage.ts';

export interface WorkerParts {
  triage: TriageParts;
  /** Null when there is no usable responder: drafts then wait in the queue. */
  draft: DraftParts | null;
  deliver: DeliverParts;
}

/** Model calls wait for the network most of the time; the others for the database. */
const concurrency = { triage: 2, draft: 4, deliver: 2, sent_copy: 1, learn: 1 };

/**
 * Begins to take jobs.
 *
 * @param stopping aborts the model calls under way when the process is to stop.
 */
export async function startWorker(parts: WorkerParts, stopping: AbortSignal): Promise<void> {
  const { draft } = parts;
  const { jobs } = parts.deliver;
  await jobs.work('triage', concurrency.triage, ({ messageId }) => triage(parts.triage, messageId));
  if (draft !== null) {
    await jobs.work('draft', concurrency.draft, (data, signal) =>
      draftReply(draft, data, AbortSignal.any([signal, stopping])),
    );
  }
  await jobs.work('deliver', concurrency.deliver, ({ deliveryId }) =>
    deliver(parts.deliver, deliveryId),
  );
  await jobs.work('sent_copy', concurrency.sent_copy, ({ deliveryId }) =>
    copyToSent(parts.deliver, deliveryId),
  );
  await jobs.work('learn', concurrency.learn, ({ deliveryId }) => learn(parts.deliver, deliveryId));
  startSweeping(parts.deliver, stopping);
}
