/** Shadow: another responder drafts for the same mail, for comparison; nobody is asked about it. */

import { asReplywrightError, explain, ReplywrightError } from '../domain/errors.ts';
import type { ModelCall, ResponderIdentity } from '../domain/responder.ts';
import { moveShadow, unlessChanged } from '../storage/compare-and-set.ts';
import type { Jobs } from '../storage/jobs.ts';
import { keepCalls } from '../storage/model-calls.ts';
import { type BegunShadow, beginShadow, finishShadow } from '../storage/shadow-drafts.ts';
import type { Budget } from '../storage/spending.ts';
import type { ChoosingParts } from './choose-responder.ts';
import { insist, retryDelayMs } from './retry.ts';
import { spendGuard } from './spending.ts';

export interface ShadowParts extends ChoosingParts {
  jobs: Jobs;
  budget: Budget;
}

/** A comparison is worth a few attempts; those of processes that died count, too. */
const mostAttempts = 5;

/** So many failures of an endpoint are waited out at first, so that drafts that count come before. */
const patience = 6;

/** Puts a failed attempt back to be tried again, or gives it up. */
async function giveUp(
  { db, jobs }: ShadowParts,
  shadowId: number,
  { attempt }: BegunShadow,
  cause: unknown,
): Promise<void> {
  const error = asReplywrightError(cause);
  const trouble = { error_code: error.code, error_text: explain(error) };
  await db.transaction().execute(async (tx) => {
    if (!error.transient || attempt >= mostAttempts) {
      const patch = { ...trouble, input: null };
      return await moveShadow(tx, shadowId, 'drafting', 'failed', patch, attempt);
    }
    await moveShadow(tx, shadowId, 'drafting', 'queued', trouble, attempt);
    const after = new Date(Date.now() + retryDelayMs(attempt + patience, error.retryAfterMs));
    await jobs.send(tx, 'shadow', { shadowId }, after);
  });
}

/** Keeps the calls of an attempt that gave nothing: what was asked costs, whatever became of it. */
async function keepFailed(
  { db, log }: ShadowParts,
  shadowId: number,
  attempt: number,
  by: ResponderIdentity,
  calls: readonly ModelCall[],
): Promise<void> {
  const made = { of: { shadowDraftId: shadowId }, attempt, by };
  try {
    await db.transaction().execute((tx) => keepCalls(tx, made, calls));
  } catch (error) {
    log.error('calls_not_kept', { shadowId, error });
  }
}

async function keepShadow(
  parts: ShadowParts,
  shadowId: number,
  { attempt, responder: name, input }: BegunShadow,
  signal: AbortSignal,
): Promise<void> {
  const responder = parts.responders.get(name);
  const { identity } = responder;
  let calls: ModelCall[] = [];
  try {
    // Without the notice that the desk shows: no mail waits for this.
    const spending = spendGuard({ db: parts.db, log: parts.log, budget: parts.budget }, null);
    const watch = {
      onCall: (call: ModelCall) => void calls.push(call),
      ...(spending && { spending }),
    };
    const result = await responder.draft(input, signal, watch);
    calls = [...result.calls];
    await insist(() =>
      parts.db
        .transaction()
        .execute((tx) => finishShadow(tx, shadowId, attempt, { name, identity }, result)),
    );
  } catch (error) {
    if (calls.length > 0) await keepFailed(parts, shadowId, attempt, identity, calls);
    throw error;
  }
}

/**
 * Makes a shadow draft. Does nothing when it is made already or was given up.
 *
 * @param signal aborts the model call; its job then fails, so that another worker takes it up.
 */
export async function draftShadow(
  parts: ShadowParts,
  { shadowId }: { shadowId: number },
  signal: AbortSignal,
): Promise<void> {
  const { db, log } = parts;
  const begun = await db.transaction().execute((tx) => beginShadow(tx, shadowId));
  if (begun === null) return;
  try {
    if (begun.attempt > mostAttempts)
      throw new ReplywrightError('unexpected', { detail: 'it was begun often and never ended' });
    await keepShadow(parts, shadowId, begun, signal);
    log.info('shadow_drafted', { shadowId });
  } catch (error) {
    // Left as it is: whoever takes the job up begins it again.
    if (signal.aborted) throw error;
    if (asReplywrightError(error).code === 'state_changed') return;
    log.warn('shadow_failed', { shadowId, error });
    await unlessChanged(giveUp(parts, shadowId, begun, error));
  }
}
