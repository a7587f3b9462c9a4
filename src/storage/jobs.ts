/** Jobs: what the pipeline still has to do, enqueued in the transaction that causes it. */

import type { ClientConfig } from 'pg';
import { fromKysely, PgBoss } from 'pg-boss';
import type { Log } from '../log.ts';
import type { Tx } from './tables.ts';

/** What each job is about. A job is a reminder: the state of the row decides what is done. */
export interface JobData {
  /** Mails that were stored together, oldest first. */
  triage: { messageIds: number[] };
  /** `failures`: how often the model failed this draft in a row. */
  draft: { draftId: number; failures: number };
  shadow: { shadowId: number };
  /** `look`: the number of the look at the batch that this job is for. */
  batch: { batchId: number; look: number };
  /** `ticket`: the delivery's number when this was sent; a later job counts it up. */
  deliver: { deliveryId: number; ticket?: number };
  /** `looks`: how often this was done. */
  look_in_sent: { deliveryId: number; looks: number };
  sent_copy: { deliveryId: number };
  learn: { deliveryId: number };
}

export type JobName = keyof JobData;

const jobNames: readonly JobName[] = [
  ...(['triage', 'draft', 'shadow', 'batch', 'deliver'] as const),
  ...(['look_in_sent', 'sent_copy', 'learn'] as const),
];

export interface Jobs {
  /** Enqueues a job with the transaction's commit; with `after`, not before that time. */
  send<Name extends JobName>(tx: Tx, name: Name, data: JobData[Name], after?: Date): Promise<void>;
  /** Enqueues many jobs of a name with the transaction's commit. */
  sendAll<Name extends JobName>(tx: Tx, name: Name, data: readonly JobData[Name][]): Promise<void>;
  /**
   * Runs `handle` for every job of a name, `concurrency` at once. A throw retries the job later;
   * so does the death of the process, after about ten seconds without a heartbeat. `tries` counts
   * from 1 on.
   */
  work<Name extends JobName>(
    name: Name,
    concurrency: number,
    handle: (data: JobData[Name], signal: AbortSignal, tries: number) => Promise<void>,
  ): Promise<void>;
  /** Stops taking jobs, waits for those under way, and closes the connections. */
  stop(): Promise<void>;
}

/** Retries start after a second and go on, ever more slowly up to ten minutes, for about two days. */
const queueOptions = {
  retryLimit: 300,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 600,
  expireInSeconds: 900,
  heartbeatSeconds: 10,
  retentionSeconds: 30 * 86_400,
  deleteAfterSeconds: 3_600,
  notify: true,
};

const workOptions = {
  pollingIntervalSeconds: 2,
  notifyPollingIntervalSeconds: 2,
  heartbeatRefreshSeconds: 3,
};

/** How long `stop` waits for jobs under way, in milliseconds. */
const stopMs = 8_000;

/**
 * Jobs that a process left when it died are found by their heartbeat, after about ten seconds. When
 * we know that no other process lives, we need not wait: a heartbeat of long ago has pg-boss retry
 * them at its next look.
 */
async function reclaim(boss: PgBoss): Promise<void> {
  await boss
    .getDb()
    .executeSql(`update pgboss.job set heartbeat_on = 'epoch' where state = 'active'`, []);
}

/**
 * Opens the job queue, creating its tables at first.
 *
 * @param alone true when no other process works on this database.
 */
export async function openJobs(
  connection: ClientConfig,
  log: Log,
  { alone = false }: { alone?: boolean } = {},
): Promise<Jobs> {
  const boss = new PgBoss({
    ...(connection as Record<string, string>),
    application_name: 'replywright jobs',
    max: 4,
    schedule: false,
    useListenNotify: true,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    queueCacheIntervalSeconds: 60,
    persistWarnings: false,
  });
  boss.on('error', (error) => log.warn('jobs_error', { error }));
  await boss.start();
  for (const name of jobNames) await boss.createQueue(name, queueOptions);
  if (alone) await reclaim(boss);

  const take = async <Name extends JobName>(
    name: Name,
    handle: (data: JobData[Name], signal: AbortSignal, tries: number) => Promise<void>,
  ) => {
    const worker: string = await boss.work<JobData[Name]>(name, workOptions, async ([job]) => {
      if (job === undefined) return;
      try {
        await handle(job.data, job.signal, job.retryCount + 1);
      } catch (error) {
        const { id } = job;
        // Aborted because the program stops: the next start takes it up.
        if ((error as Error).name === 'AbortError') log.info('job_put_back', { job: name, id });
        else log.warn('job_failed', { job: name, id, error });
        throw error;
      } finally {
        // Where there was one job there may be more: look again at once, not at the next poll.
        boss.notifyWorker(worker);
      }
    });
  };

  return {
    async send(tx, name, data, after) {
      const options = after === undefined ? {} : { startAfter: after };
      await boss.send(name, data, { ...options, db: fromKysely(tx) });
    },
    async sendAll(tx, name, data) {
      const jobs = data.map((each) => ({ data: each }));
      await boss.insert(name, jobs, { db: fromKysely(tx) });
    },
    async work(name, concurrency, handle) {
      for (let worker = 0; worker < concurrency; worker += 1) await take(name, handle);
    },
    stop: () => boss.stop({ graceful: true, timeout: stopMs, close: true }),
  };
}
