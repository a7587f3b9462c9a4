/** Calls a model over the Anthropic Messages API. The only file that does. */

import Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { ReplywrightError } from '../domain/errors.ts';
import type { ReplyFields, Usage } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import type { StaticText } from './assemble.ts';
import { modelError } from './model-errors.ts';
import { readReply, replyJsonSchema } from './reply-schema.ts';

export interface ModelSettings {
  /** As the endpoint knows it; a LoRA adapter's name on vLLM. */
  name: string;
  /** Any server that speaks `/v1/messages`; null for Anthropic's own. */
  baseUrl: string | null;
  /** May be empty for a local server. */
  apiKey: string;
  /** Most tokens of one answer. */
  maxTokens: number;
  /** For one call, from sending it to the last byte of the answer. */
  timeoutSeconds: number;
  /** True to send the schema of the answer as well; some servers reject or ignore it. */
  structured: boolean;
  /** How hard the model thinks; null leaves it to the endpoint. */
  effort: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | null;
}

/** One answer in the form that was asked for. */
interface ModelAnswer {
  fields: ReplyFields;
  /** Of all calls together, when a repair was needed. */
  usage: Usage;
  /** Of the last call; null when the endpoint sends none. */
  requestId: string | null;
}

export interface ModelClient {
  /** Host of the endpoint, for messages. */
  readonly endpoint: string;
  /**
   * Asks for a reply; once more when the answer does not have the form.
   *
   * @throws ReplywrightError with a `model_*` code; the signal's reason when it was aborted.
   */
  answer(system: StaticText, userTurn: string, signal: AbortSignal): Promise<ModelAnswer>;
  /** The least call that proves address, key and model name. @throws as `answer` does. */
  check(signal: AbortSignal): Promise<{ model: string; requestId: string | null }>;
}

/** What we read of a response. Servers leave out fields that Anthropic always sends. */
const responseSchema = z.object({
  model: z.string().default(''),
  stop_reason: z.string().nullish(),
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  usage: z
    .object({
      input_tokens: z.number().nullish(),
      cache_creation_input_tokens: z.number().nullish(),
      cache_read_input_tokens: z.number().nullish(),
      output_tokens: z.number().nullish(),
    })
    .nullish(),
});

type ModelResponse = z.output<typeof responseSchema> & { requestId: string | null };

function usageOf(response: ModelResponse): Usage {
  return {
    inputTokens: response.usage?.input_tokens ?? 0,
    cacheWriteTokens: response.usage?.cache_creation_input_tokens ?? 0,
    cacheReadTokens: response.usage?.cache_read_input_tokens ?? 0,
    outputTokens: response.usage?.output_tokens ?? 0,
  };
}

function sum(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

/** The text blocks joined; thinking and any other blocks are not for us. */
function textOf(response: ModelResponse): string {
  return response.content
    .filter((block) => block.type === 'text')
    .map((block) => block.text ?? '')
    .join('');
}

/** Host and port of the endpoint; never the user information an URL may carry. */
export function endpointOf(baseUrl: string | null): string {
  return new URL(baseUrl ?? 'https://api.anthropic.com').host;
}

function openSdk(settings: ModelSettings): Anthropic {
  return new Anthropic({
    // Everything is passed, so that the SDK reads neither environment nor profile files.
    apiKey: settings.apiKey || 'none',
    authToken: null,
    webhookKey: null,
    baseURL: settings.baseUrl ?? 'https://api.anthropic.com',
    timeout: Math.ceil(settings.timeoutSeconds * 1000),
    // The job queue owns retries: the SDK would sleep `retry-after` without a limit.
    maxRetries: 0,
    logLevel: 'off',
  });
}

/** The system text in blocks, the last one marked as the end of what can be cached. */
function systemBlocks(system: StaticText): Anthropic.TextBlockParam[] {
  return system.blocks.map((text, index) => ({
    type: 'text',
    text,
    ...(index === system.blocks.length - 1 ? { cache_control: { type: 'ephemeral' } } : {}),
  }));
}

function outputConfig(settings: ModelSettings): { output_config?: Anthropic.OutputConfig } {
  const output: Anthropic.OutputConfig = {};
  if (settings.structured) output.format = { type: 'json_schema', schema: replyJsonSchema };
  if (settings.effort !== null) output.effort = settings.effort;
  return Object.keys(output).length > 0 ? { output_config: output } : {};
}

class MessagesClient implements ModelClient {
  readonly endpoint: string;
  readonly #sdk: Anthropic;
  readonly #settings: ModelSettings;
  readonly #log: Log;

  constructor(settings: ModelSettings, log: Log) {
    this.endpoint = endpointOf(settings.baseUrl);
    this.#sdk = openSdk(settings);
    this.#settings = settings;
    this.#log = log;
  }

  async answer(system: StaticText, userTurn: string, signal: AbortSignal): Promise<ModelAnswer> {
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: userTurn }];
    const first = await this.#ask(system, messages, signal);
    const read = readReply(textOf(first));
    if ('fields' in read)
      return { fields: read.fields, usage: usageOf(first), requestId: first.requestId };

    // The form was missed: say what is wrong, once. More attempts cost more than they mend.
    this.#log.warn('model_repair', { requestId: first.requestId });
    messages.push(
      { role: 'assistant', content: textOf(first).trim() || '(nothing)' },
      {
        role: 'user',
        content: `That is not the JSON object I asked for (${read.problem}). Answer again with only the JSON object.`,
      },
    );
    const second = await this.#ask(system, messages, signal);
    const repaired = readReply(textOf(second));
    if ('problem' in repaired)
      throw this.#logged('model_garbage', { detail: repaired.problem }, second.requestId);
    const usage = sum(usageOf(first), usageOf(second));
    return { fields: repaired.fields, usage, requestId: second.requestId };
  }

  async check(signal: AbortSignal): Promise<{ model: string; requestId: string | null }> {
    // Not every server lists its models, but each answers a message; one token costs next to nothing.
    const { model, requestId } = await this.#call(
      {
        model: this.#settings.name,
        max_tokens: 1,
        messages: [{ role: 'user', content: 'Say yes.' }],
      },
      signal,
    );
    return { model: model || this.#settings.name, requestId };
  }

  async #ask(
    system: StaticText,
    messages: Anthropic.MessageParam[],
    signal: AbortSignal,
  ): Promise<ModelResponse> {
    const { name, maxTokens } = this.#settings;
    const response = await this.#call(
      {
        model: name,
        max_tokens: maxTokens,
        system: systemBlocks(system),
        messages,
        ...outputConfig(this.#settings),
      },
      signal,
    );
    const { stop_reason: stop, requestId } = response;
    if (stop === 'refusal') throw this.#logged('model_refused', {}, requestId);
    if (stop === 'max_tokens' || stop === 'model_context_window_exceeded')
      throw this.#logged('model_truncated', { limit: maxTokens }, requestId);
    return response;
  }

  async #call(
    params: Anthropic.MessageCreateParamsNonStreaming,
    signal: AbortSignal,
  ): Promise<ModelResponse> {
    const { endpoint } = this;
    const seconds = this.#settings.timeoutSeconds;
    // The SDK's own time limit ends with the headers; a body that never ends would outlast it.
    const deadline = AbortSignal.timeout(Math.ceil(seconds * 1000));
    let message: Anthropic.Message & { _request_id?: string | null };
    try {
      message = await this.#sdk.messages.create(params, {
        signal: AbortSignal.any([signal, deadline]),
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const failure = deadline.aborted
        ? new ReplywrightError('model_timeout', { endpoint, seconds }, { cause: error })
        : modelError(error, endpoint, seconds);
      const requestId = error instanceof Anthropic.APIError ? (error.requestID ?? null) : null;
      this.#log.warn('model_failed', { code: failure.code, requestId });
      throw failure;
    }
    const requestId = message?._request_id ?? null;
    const parsed = responseSchema.safeParse(message);
    if (!parsed.success)
      throw this.#logged(
        'model_bad_request',
        { endpoint, status: 200, detail: 'its answer is not a message of the Messages API' },
        requestId,
      );
    return { ...parsed.data, requestId };
  }

  /** A failure of the catalogue, logged with the id that the endpoint's support asks for. */
  #logged(
    code: 'model_refused' | 'model_truncated' | 'model_garbage' | 'model_bad_request',
    values: Record<string, string | number>,
    requestId: string | null,
  ): ReplywrightError {
    this.#log.warn('model_failed', { code, requestId });
    return new ReplywrightError(code, values);
  }
}

/** Opens a client. Calls nothing yet. */
export function openModel(settings: ModelSettings, log: Log): ModelClient {
  return new MessagesClient(settings, log);
}
