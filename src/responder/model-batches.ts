/** Drafts many mails by one batch at the model's endpoint, at half the price and within a day. */

import type Anthropic from '@anthropic-ai/sdk';
import type { BatchDrafting, ListedBatch, PreparedDraft } from '../domain/batch.ts';
import type { ReplywrightError } from '../domain/errors.ts';
import {
  type DraftInput,
  type DraftResult,
  type ModelCall,
  noUsage,
  type ReplyFields,
} from '../domain/responder.ts';
import { isWhole, type ModelClient, type Question } from './model.ts';
import { modelError, wasNeverSent } from './model-errors.ts';
import type { ModelSettings } from './model-settings.ts';
import { messageSchema, nothingYet, readWhole } from './model-stream.ts';
import { batchShare, costOf, worstCost } from './prices.ts';

/** More batches than any shop has on a day, and a bound for what is listed. */
const mostListed = 200;

/** What a responder lends: how it asks about a mail, and how it reads and checks an answer. */
export interface BatchMaterial {
  question(input: DraftInput): Question<ReplyFields>;
  /** The draft that fields make, checked. */
  completed(
    input: DraftInput,
    fields: ReplyFields,
    calls: readonly ModelCall[],
    userTurn: string,
  ): DraftResult;
}

export class ModelBatches implements BatchDrafting {
  readonly submitMs: number;
  readonly #client: ModelClient;
  readonly #settings: ModelSettings;
  readonly #material: BatchMaterial;

  constructor(client: ModelClient, settings: ModelSettings, material: BatchMaterial) {
    this.submitMs = Math.ceil(settings.timeoutSeconds * 1000);
    this.#client = client;
    this.#settings = settings;
    this.#material = material;
  }

  prepare(input: DraftInput): PreparedDraft {
    const question = this.#material.question(input);
    const request = JSON.stringify(this.#client.bodyOf(question, false));
    const { price } = this.#client;
    const worst = price && worstCost(price, request, this.#settings.maxTokens);
    const userTurn = String(question.messages[0]?.content);
    return { request, userTurn, worstUsd: worst === null ? null : worst * batchShare };
  }

  async submit(
    requests: readonly { customId: string; request: string }[],
    signal: AbortSignal,
  ): Promise<string> {
    const asked = requests.map(({ customId, request }) => ({
      custom_id: customId,
      params: JSON.parse(request) as Anthropic.MessageCreateParamsNonStreaming,
    }));
    const deadline = AbortSignal.timeout(this.submitMs);
    const either = AbortSignal.any([signal, deadline]);
    const made = this.#batches.create({ requests: asked }, { signal: either });
    return (await made.catch((error: unknown) => this.#fail(error))).id;
  }

  isSafelyRefused(error: ReplywrightError): boolean {
    return wasNeverSent(error.cause);
  }

  async hasEnded(id: string, signal: AbortSignal): Promise<boolean> {
    const found = this.#batches.retrieve(id, {}, { signal });
    return (await found.catch((error: unknown) => this.#fail(error))).processing_status === 'ended';
  }

  async *answers(id: string, signal: AbortSignal) {
    try {
      for await (const { custom_id: customId, result } of await this.#batches.results(
        id,
        {},
        { signal },
      ))
        yield { customId, message: result.type === 'succeeded' ? result.message : null };
    } catch (error) {
      this.#fail(error);
    }
  }

  async since(moment: Date, signal: AbortSignal): Promise<ListedBatch[]> {
    const listed: ListedBatch[] = [];
    try {
      for await (const batch of this.#batches.list({ limit: 100 }, { signal })) {
        if (Date.parse(batch.created_at) < moment.getTime() || listed.length >= mostListed) break;
        const { processing, succeeded, errored, canceled, expired } = batch.request_counts;
        const size = processing + succeeded + errored + canceled + expired;
        listed.push({ id: batch.id, ended: batch.processing_status === 'ended', size });
      }
    } catch (error) {
      this.#fail(error);
    }
    return listed;
  }

  finish(
    input: DraftInput,
    { request, userTurn }: Pick<PreparedDraft, 'request' | 'userTurn'>,
    message: unknown,
    latencyMs: number,
  ): { draft: DraftResult | null; costUsd: number | null } {
    const answer = nothingYet();
    const parsed = messageSchema.safeParse(message);
    if (!parsed.success) return { draft: null, costUsd: null };
    readWhole(parsed.data, answer);
    const usage = answer.usage ?? noUsage;
    const full = answer.usage === null ? null : costOf(this.#client.price, usage);
    const costUsd = full === null ? null : full * batchShare;
    const { text, stopReason } = answer;
    const call: ModelCall = {
      ...{ purpose: 'draft', request, answer: text, stopReason, usage, costUsd, latencyMs },
      requestId: null,
    };
    const read = this.#material.question(input).form.read(text);
    if (!isWhole(stopReason) || 'problem' in read) return { draft: null, costUsd };
    return { draft: this.#material.completed(input, read.value, [call], userTurn), costUsd };
  }

  get #batches() {
    return this.#client.transport.sdk.messages.batches;
  }

  #fail(error: unknown): never {
    throw modelError(error, this.#client.endpoint.host, this.#settings.timeoutSeconds);
  }
}
