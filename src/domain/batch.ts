/** Batches: many mails drafted by one order to the model's endpoint, cheaper and within a day. */

import type { ReplywrightError } from './errors.ts';
import type { DraftInput, DraftResult } from './responder.ts';

/** One mail as it goes into a batch. */
export interface PreparedDraft {
  /** The body of its request. */
  request: string;
  userTurn: string;
  /** The most that it can cost, in US dollars; null when the model has no known price. */
  worstUsd: number | null;
}

/** What came of one mail of a batch. */
export type BatchAnswer =
  /** A message of the Messages API, as it came. */
  | { customId: string; message: unknown }
  /** Nothing: the mail must be drafted otherwise, and cost nothing. */
  | { customId: string; message: null };

/** A batch as its endpoint lists it. */
export interface ListedBatch {
  id: string;
  ended: boolean;
  /** How many requests it has. */
  size: number;
}

/** The part of a responder that drafts by batches. */
export interface BatchDrafting {
  /** How long `submit` can take at most, in milliseconds. */
  readonly submitMs: number;
  prepare(input: DraftInput): PreparedDraft;
  /**
   * Hands a batch in.
   *
   * @returns its id at the endpoint.
   * @throws ReplywrightError; `isSafelyRefused` says whether it can have been taken all the same.
   */
  submit(
    requests: readonly { customId: string; request: string }[],
    signal: AbortSignal,
  ): Promise<string>;
  /** True when an error of `submit` shows that nothing was taken. */
  isSafelyRefused(error: ReplywrightError): boolean;
  /** True when a batch has ended and its answers can be had. @throws ReplywrightError. */
  hasEnded(id: string, signal: AbortSignal): Promise<boolean>;
  /** Its answers, in no order. @throws ReplywrightError. */
  answers(id: string, signal: AbortSignal): AsyncIterable<BatchAnswer>;
  /** The endpoint's batches since a moment, whoever handed them in. @throws ReplywrightError. */
  since(moment: Date, signal: AbortSignal): Promise<ListedBatch[]>;
  /**
   * The draft that an answer is.
   *
   * @param latencyMs since it was handed in.
   * @returns with the draft null when the answer is none; the cost is known all the same.
   */
  finish(
    input: DraftInput,
    prepared: Pick<PreparedDraft, 'request' | 'userTurn'>,
    message: unknown,
    latencyMs: number,
  ): { draft: DraftResult | null; costUsd: number | null };
}
