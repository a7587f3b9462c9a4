/** Asks a model over the Anthropic Messages API: pays, calls, keeps each call, repairs once. */

import type Anthropic from '@anthropic-ai/sdk';
import { ReplywrightError } from '../domain/errors.ts';
import { type CallPurpose, type DraftWatch, type ModelCall, noUsage } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import type { AnswerForm } from './answer-form.ts';
import type { Endpoint } from './endpoints.ts';
import { rejectsOutputConfig } from './model-errors.ts';
import type { ModelSettings } from './model-settings.ts';
import { type Exchange, ModelTransport } from './model-transport.ts';
import { replyFollower } from './partial-reply.ts';
import { costOf, type Price, priceOf, worstCost } from './prices.ts';

/** The static part of a request: in blocks, whose last one ends what can be cached, and as one text. */
export interface SystemText {
  blocks: readonly string[];
  system: string;
}

export interface Question<Value> {
  purpose: CallPurpose;
  system: SystemText;
  /** Ends with one of the user's. */
  messages: readonly Anthropic.MessageParam[];
  form: AnswerForm<Value>;
}

export interface ModelClient {
  /** Host of the endpoint, for messages. */
  readonly endpoint: Endpoint;
  /** Null when nobody knows it. */
  readonly price: Price | null;
  /**
   * The body that a question is sent as.
   *
   * @param streamed false for what must be answered whole, as in a batch.
   */
  bodyOf(question: Question<unknown>, streamed: boolean): Anthropic.MessageCreateParams;
  /**
   * Asks; once more when the answer does not have the form.
   *
   * @returns the value, and the text that it was read from.
   * @throws ReplywrightError with a `model_*` or `budget_*` code; the signal's reason when it was
   *   aborted.
   */
  ask<Value>(
    question: Question<Value>,
    signal: AbortSignal,
    watch?: DraftWatch,
  ): Promise<{ value: Value; text: string }>;
  /** Below the questions: what hands in and fetches batches. */
  readonly transport: ModelTransport;
  /** The least call that proves address, key and model name. @throws as `ask` does. */
  check(signal: AbortSignal): Promise<{ model: string; requestId: string | null }>;
}

/** The system text in blocks, the last one marked as the end of what can be cached. */
function systemOf(
  { blocks, system }: SystemText,
  { capabilities }: Endpoint,
): string | Anthropic.TextBlockParam[] {
  if (!capabilities.systemBlocks) return system;
  const marked = capabilities.cacheUsage ? blocks.length - 1 : -1;
  return blocks.map((text, index) => ({
    type: 'text',
    text,
    ...(index === marked ? { cache_control: { type: 'ephemeral' } } : {}),
  }));
}

/** True for an answer that ended as answers should: not refused, not cut. */
export function isWhole(stopReason: string | null): boolean {
  return !['refusal', 'max_tokens', 'model_context_window_exceeded'].includes(stopReason ?? '');
}

class MessagesClient implements ModelClient {
  readonly endpoint: Endpoint;
  readonly price: Price | null;
  readonly transport: ModelTransport;
  readonly #settings: ModelSettings;
  readonly #log: Log;

  constructor(settings: ModelSettings, endpoint: Endpoint, log: Log) {
    this.endpoint = endpoint;
    this.price = priceOf(settings.name, endpoint.kind, settings.price);
    this.transport = new ModelTransport(settings, endpoint);
    this.#settings = settings;
    this.#log = log;
  }

  async ask<Value>(
    question: Question<Value>,
    signal: AbortSignal,
    watch: DraftWatch = {},
  ): Promise<{ value: Value; text: string }> {
    const first = await this.#call(question, signal, watch);
    const read = question.form.read(first.answer);
    if ('value' in read) return { value: read.value, text: first.answer };

    // The form was missed: say what is wrong, once. More attempts cost more than they mend.
    this.#log.warn('model_repair', { requestId: first.requestId });
    const messages: Anthropic.MessageParam[] = [
      ...question.messages,
      { role: 'assistant', content: first.answer.trim() || '(nothing)' },
      {
        role: 'user',
        content: `That is not the JSON object I asked for (${read.problem}). Answer again with only the JSON object.`,
      },
    ];
    const second = await this.#call({ ...question, purpose: 'repair', messages }, signal, watch);
    const repaired = question.form.read(second.answer);
    if ('problem' in repaired)
      throw this.#logged(
        new ReplywrightError('model_garbage', { detail: repaired.problem }),
        second.requestId,
      );
    return { value: repaired.value, text: second.answer };
  }

  async check(signal: AbortSignal): Promise<{ model: string; requestId: string | null }> {
    // Not every server lists its models, but each answers a message; one token costs next to nothing.
    const { name } = this.#settings;
    const messages = [{ role: 'user', content: 'Say yes.' }];
    const body = JSON.stringify({ model: name, max_tokens: 1, messages });
    const { answer, requestId, failure } = await this.transport.send(body, signal);
    if (failure !== null) throw this.#logged(failure, requestId);
    return { model: answer.model || name, requestId };
  }

  bodyOf(
    { system, messages, form }: Question<unknown>,
    streamed: boolean,
  ): Anthropic.MessageCreateParams {
    const { name, maxTokens, effort } = this.#settings;
    const { capabilities } = this.endpoint;
    const output: Anthropic.OutputConfig = {};
    if (capabilities.structured) output.format = { type: 'json_schema', schema: form.schema };
    if (effort !== null) output.effort = effort;
    return {
      model: name,
      max_tokens: maxTokens,
      system: systemOf(system, this.endpoint),
      messages: [...messages],
      ...(Object.keys(output).length > 0 ? { output_config: output } : {}),
      ...(streamed && capabilities.streaming ? { stream: true } : {}),
    };
  }

  /** One call, and another where the endpoint turns out not to know `output_config`. */
  async #call(
    question: Question<unknown>,
    signal: AbortSignal,
    watch: DraftWatch,
  ): Promise<ModelCall> {
    const { capabilities } = this.endpoint;
    const asked = capabilities.structured;
    const first = await this.#send(question, signal, watch);
    if (!asked || !rejectsOutputConfig(first.failure)) return this.#usable(first);
    // Told to no other process: each learns it by itself, at the price of one refusal.
    capabilities.structured = false;
    this.#log.warn('model_form_in_words', { endpoint: this.endpoint.host });
    return this.#usable(await this.#send(question, signal, watch));
  }

  /** Reserves, sends, settles, and tells of the call. */
  async #send(
    question: Question<unknown>,
    signal: AbortSignal,
    watch: DraftWatch,
  ): Promise<{ call: ModelCall; failure: unknown }> {
    const request = JSON.stringify(this.bodyOf(question, true));
    const { purpose } = question;
    const leave = this.endpoint.breaker.enter();
    let exchange: Exchange;
    try {
      const worst = this.price && worstCost(this.price, request, this.#settings.maxTokens);
      const reservation = worst === null ? undefined : await watch.spending?.reserve(worst);
      exchange = await this.transport.send(request, signal, followed(purpose, watch));
      await reservation?.settle(this.#charged(exchange));
    } catch (error) {
      leave('abandoned');
      throw error;
    }
    const { answer, failure, requestId, latencyMs } = exchange;
    leave(failure === null || failure instanceof ReplywrightError ? failure : 'abandoned');
    const usage = answer.usage ?? noUsage;
    const call: ModelCall = {
      ...{ purpose, request, answer: answer.text, stopReason: answer.stopReason, usage },
      ...{ costUsd: costOf(this.price, usage), latencyMs, requestId },
    };
    if (failure === null || answer.usage !== null || answer.text !== '') watch.onCall?.(call);
    return { call, failure };
  }

  /** What a call cost; null when nobody can know. */
  #charged({ answer, unpaid }: Exchange): number | null {
    if (unpaid) return 0;
    return answer.complete && answer.usage !== null ? costOf(this.price, answer.usage) : null;
  }

  /** A call whose answer can be read. */
  #usable({ call, failure }: { call: ModelCall; failure: unknown }): ModelCall {
    const { stopReason: stop, requestId } = call;
    if (failure !== null) throw this.#logged(failure, requestId);
    if (stop === 'refusal') throw this.#logged(new ReplywrightError('model_refused'), requestId);
    if (stop === 'max_tokens' || stop === 'model_context_window_exceeded') {
      const { maxTokens: limit } = this.#settings;
      throw this.#logged(new ReplywrightError('model_truncated', { limit }), requestId);
    }
    return call;
  }

  /** A failure, logged with the id that the endpoint's support asks for. */
  #logged(failure: unknown, requestId: string | null): unknown {
    if (failure instanceof ReplywrightError)
      this.#log.warn('model_failed', { code: failure.code, requestId });
    return failure;
  }
}

/** Passes the reply on as it grows; other texts of an answer are not for people. */
function followed(purpose: CallPurpose, { onText }: DraftWatch): (piece: string) => void {
  if (onText === undefined || purpose === 'triage' || purpose === 'translation') return () => {};
  const follow = replyFollower();
  return (piece) => {
    const reply = follow(piece);
    if (reply !== null) onText(reply);
  };
}

/** Opens a client. Calls nothing yet. */
export function openModel(settings: ModelSettings, endpoint: Endpoint, log: Log): ModelClient {
  return new MessagesClient(settings, endpoint, log);
}
