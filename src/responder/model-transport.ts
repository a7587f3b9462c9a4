/** Sends one request to a model endpoint, byte for byte as it is kept, and reads the answer. */

import Anthropic from '@anthropic-ai/sdk';
import { ReplywrightError } from '../domain/errors.ts';
import type { Endpoint } from './endpoints.ts';
import { modelError, wasNeverSent } from './model-errors.ts';
import type { ModelSettings } from './model-settings.ts';
import {
  messageSchema,
  nothingYet,
  type PartialAnswer,
  readStream,
  readWhole,
} from './model-stream.ts';

/** One request and what came of it. */
export interface Exchange {
  answer: PartialAnswer;
  /** Null when the endpoint sends none. */
  requestId: string | null;
  latencyMs: number;
  /** Null for an answer that is complete. Our own abort is the signal's reason. */
  failure: unknown;
  /** True when the endpoint certainly charges nothing: it refused, or was never reached. */
  unpaid: boolean;
}

/** A pause in an answer that was too long. */
class Stalled extends Error {}

/** Passes bytes on; fails when none come for so long. Pings count: a server that thinks sends them. */
function withoutStall(idleMs: number): TransformStream<Uint8Array, Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const wait = (controller: TransformStreamDefaultController<Uint8Array>) => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.error(new Stalled('nothing came')), idleMs).unref();
  };
  return new TransformStream({
    start: wait,
    transform(chunk, controller) {
      wait(controller);
      controller.enqueue(chunk);
    },
    flush: () => clearTimeout(timer),
    cancel: () => clearTimeout(timer),
  });
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

function isStalled(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause)
    if (inner instanceof Stalled) return true;
  return false;
}

/** The way to one endpoint. */
export class ModelTransport {
  readonly #sdk: Anthropic;
  readonly #settings: ModelSettings;
  readonly #endpoint: Endpoint;

  constructor(settings: ModelSettings, endpoint: Endpoint) {
    this.#sdk = openSdk(settings);
    this.#settings = settings;
    this.#endpoint = endpoint;
  }

  /** For what is not a single message: batches. Its errors are the SDK's. */
  get sdk(): Anthropic {
    return this.#sdk;
  }

  /**
   * Sends a body to `/v1/messages`. Never throws: what has come of a broken answer is not lost.
   *
   * @param request the body, sent exactly so.
   * @param onText told each piece of a streamed answer.
   */
  async send(
    request: string,
    signal: AbortSignal,
    onText: (piece: string) => void = () => {},
  ): Promise<Exchange> {
    const began = performance.now();
    const exchange: Exchange = {
      answer: nothingYet(),
      requestId: null,
      latencyMs: 0,
      failure: null,
      unpaid: false,
    };
    // The SDK's own time limit ends with the headers; a body that never ends would outlast it.
    const deadline = AbortSignal.timeout(Math.ceil(this.#settings.timeoutSeconds * 1000));
    const either = AbortSignal.any([signal, deadline]);
    try {
      const headers = { 'content-type': 'application/json' };
      const options = { body: request, headers, signal: either };
      const response = await this.#sdk.post('/v1/messages', options).asResponse();
      exchange.requestId = response.headers.get('request-id');
      await this.#read(response, exchange.answer, onText);
      // The SDK ends an aborted stream as if it were complete.
      if (!exchange.answer.complete) throw either.reason ?? new Error('the answer breaks off');
    } catch (error) {
      if (error instanceof Anthropic.APIError) exchange.requestId ??= error.requestID ?? null;
      exchange.unpaid = wasNeverSent(error);
      exchange.failure = signal.aborted ? signal.reason : this.#explained(error, deadline.aborted);
    }
    exchange.latencyMs = Math.round(performance.now() - began);
    return exchange;
  }

  async #read(
    response: Response,
    answer: PartialAnswer,
    onText: (piece: string) => void,
  ): Promise<void> {
    const { headers, status } = response;
    const idleMs = Math.ceil(this.#settings.idleSeconds * 1000);
    const body = response.body?.pipeThrough(withoutStall(idleMs)) ?? null;
    const watched = new Response(body, { headers, status });
    if (/^text\/event-stream\b/i.test(headers.get('content-type') ?? '')) {
      await readStream(watched, answer, onText);
      return;
    }
    const text = await watched.text();
    const isJson = /\bjson\b/i.test(headers.get('content-type') ?? '');
    const parsed = messageSchema.safeParse(isJson && text !== '' ? JSON.parse(text) : null);
    if (!parsed.success)
      throw new ReplywrightError('model_bad_request', {
        endpoint: this.#endpoint.host,
        status,
        detail: 'its answer is not a message of the Messages API',
      });
    readWhole(parsed.data, answer);
  }

  #explained(error: unknown, late: boolean): ReplywrightError {
    if (error instanceof ReplywrightError) return error;
    const { timeoutSeconds: seconds, idleSeconds } = this.#settings;
    const { host: endpoint } = this.#endpoint;
    const cause = { cause: error };
    if (late) return new ReplywrightError('model_timeout', { endpoint, seconds }, cause);
    if (isStalled(error))
      return new ReplywrightError('model_stalled', { endpoint, seconds: idleSeconds }, cause);
    return modelError(error, endpoint, seconds);
  }
}
