/** Routes the stub's HTTP requests: authentication, endpoints, errors in the API's own form. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Batches } from './batches.ts';
import { type CacheMinimum, countInputTokens, PrefixCache } from './cache.ts';
import { type Controls, control } from './control.ts';
import { answerMessages, type StubState } from './messages.ts';
import { RequestLog } from './request-log.ts';
import { Gate, ScenarioQueue } from './scenarios.ts';
import { type ServerKind, serverTraits } from './servers.ts';
import {
  errorBody,
  isObject,
  type JsonObject,
  type RecordedRequest,
  type Responder,
  StubError,
} from './types.ts';
import { validate } from './validate.ts';

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const DEFAULT_MODELS = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5'];
const BATCHES = '/v1/messages/batches';

export interface ModelStubOptions {
  /** TCP port; default: an ephemeral one. */
  port?: number;
  /** Demands this key, as `Authorization: Bearer` or `x-api-key`; without it any key is right. */
  key?: string;
  /** Milliseconds before every answer. */
  delay?: number;
  /** Obeys every instruction in the mail: the worst case of prompt injection. */
  obedient?: boolean;
  /** Gives the answers instead of the default. */
  responder?: Responder;
  /** The only models there are; others get 404. Default: any model is answered. */
  models?: readonly string[];
  /** Minimum cacheable prefix in tokens, by model or for all; default 1024. */
  cacheMinimum?: CacheMinimum;
  /** Clock of the prompt cache, in milliseconds since the epoch. */
  now?: () => number;
  /** The server that it behaves like; default: Anthropic's own. */
  server?: ServerKind;
  /** Endpoints that this server lacks (404); default: those that its kind lacks. */
  lacks?: readonly ('count_tokens' | 'batches' | 'models')[];
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES)
      throw new StubError(413, 'Request exceeds the maximum allowed number of bytes.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): JsonObject {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Not JSON: refused below like any other body that is no object.
  }
  throw new StubError(400, 'The request body is not valid JSON.');
}

function flatHeaders(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function describeModel(id: string): JsonObject {
  const supported = { supported: true };
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: '2026-01-01T00:00:00Z',
    capabilities: { batch: supported, citations: supported, structured_outputs: supported },
    deprecated_at: null,
    retires_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: 200_000,
    max_tokens: 64_000,
  };
}

/** One running stub: its state and its routes. */
export class Router {
  readonly log = new RequestLog();
  readonly abort = new AbortController();
  readonly state: StubState;
  readonly batches: Batches;
  readonly #options: ModelStubOptions;
  #ids = 0;

  constructor(options: ModelStubOptions) {
    this.#options = options;
    this.state = {
      scenarios: new ScenarioQueue(),
      gate: new Gate(),
      cache: new PrefixCache(options.cacheMinimum, options.now),
      models: options.models ?? null,
      traits: serverTraits[options.server ?? 'anthropic'],
      responder: options.responder ?? null,
      obedient: options.obedient ?? false,
      delay: options.delay ?? 0,
      closed: this.abort.signal,
      newId: (prefix) => this.newId(prefix),
    };
    this.batches = new Batches(this.state);
  }

  newId(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_stub${String(this.#ids).padStart(8, '0')}`;
  }

  /** Handles one HTTP request; never throws. */
  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    controls: Controls,
    base: string,
  ): Promise<void> {
    const requestId = this.newId('req');
    if (this.state.traits.requestId) response.setHeader('request-id', requestId);
    try {
      const path = new URL(request.url ?? '/', base).pathname;
      const rawBody = await readBody(request);
      const body = parseBody(rawBody);
      const method = request.method ?? 'GET';
      if (path.startsWith('/_stub/')) {
        this.#serveControl(response, controls, method, path, body);
        return;
      }
      const recorded: RecordedRequest = {
        sequence: this.log.requests.length + 1,
        method,
        path,
        headers: flatHeaders(request),
        body,
        rawBody,
        requestId,
        receivedAt: Date.now(),
      };
      this.log.add(recorded);
      this.#authenticate(recorded);
      await this.#route(recorded, response, base);
    } catch (error) {
      this.#sendError(response, error, requestId);
    }
  }

  #serveControl(
    response: ServerResponse,
    controls: Controls,
    method: string,
    path: string,
    body: JsonObject,
  ): void {
    try {
      const answer = control(controls, method, path, body);
      if (answer === null) throw new StubError(404, `no such control: ${method} ${path}`);
      sendJson(response, 200, answer);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new StubError(400, error.message);
    }
  }

  #authenticate({ headers }: RecordedRequest): void {
    const wanted = this.#options.key;
    const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
    if (wanted !== undefined && bearer !== wanted && headers['x-api-key'] !== wanted) {
      throw new StubError(
        401,
        bearer === undefined ? 'x-api-key header is required' : 'invalid x-api-key',
      );
    }
    if (headers['anthropic-version'] === undefined)
      throw new StubError(400, 'anthropic-version: header is required');
  }

  #demand(endpoint: 'count_tokens' | 'batches' | 'models'): void {
    if ((this.#options.lacks ?? this.state.traits.lacks).includes(endpoint))
      throw new StubError(404, 'Not found');
  }

  async #route(request: RecordedRequest, response: ServerResponse, base: string): Promise<void> {
    const { method, path, body } = request;
    if (path === '/v1/messages' && method === 'POST') {
      await answerMessages(this.state, request, response);
    } else if (path === '/v1/messages/count_tokens' && method === 'POST') {
      this.#demand('count_tokens');
      validate(body, { counting: true, models: this.state.models });
      sendJson(response, 200, { input_tokens: countInputTokens(body) });
    } else if (path.startsWith(BATCHES)) {
      this.#demand('batches');
      await this.#routeBatches(request, response, base);
    } else if (path.startsWith('/v1/models') && method === 'GET') {
      this.#demand('models');
      this.#sendModels(path, response);
    } else {
      throw new StubError(404, `Not found: ${method} ${path}`);
    }
  }

  async #routeBatches(
    request: RecordedRequest,
    response: ServerResponse,
    base: string,
  ): Promise<void> {
    const { method, path } = request;
    const [id, action] = path
      .slice(BATCHES.length)
      .split('/')
      .filter((step) => step !== '');
    if (id === undefined) {
      const made = method === 'POST' ? this.batches.create(request.body) : null;
      sendJson(
        response,
        200,
        made === null ? this.batches.list(base) : this.batches.describe(made, base),
      );
    } else if (action === 'results' && method === 'GET') {
      response
        .writeHead(200, { 'content-type': 'application/x-jsonl' })
        .end(this.batches.results(id));
    } else if (action === 'cancel' && method === 'POST') {
      this.batches.cancel(id);
      sendJson(response, 200, this.batches.describe(id, base));
    } else if (action === undefined && method === 'DELETE') {
      sendJson(response, 200, this.batches.delete(id));
    } else if (action === undefined && method === 'GET') {
      await this.batches.advance(id, request);
      sendJson(response, 200, this.batches.describe(id, base));
    } else {
      throw new StubError(404, `Not found: ${method} ${path}`);
    }
  }

  #sendModels(path: string, response: ServerResponse): void {
    const known = this.#options.models ?? DEFAULT_MODELS;
    const id = decodeURIComponent(path.slice('/v1/models/'.length));
    if (id === '') {
      const data = known.map(describeModel);
      sendJson(response, 200, {
        data,
        has_more: false,
        first_id: known[0] ?? null,
        last_id: known.at(-1) ?? null,
      });
    } else if (known.includes(id)) {
      sendJson(response, 200, describeModel(id));
    } else {
      throw new StubError(404, `model: ${id}`);
    }
  }

  #sendError(response: ServerResponse, error: unknown, requestId: string): void {
    // A closing stub aborts its waits; the sockets are destroyed anyway.
    if (this.abort.signal.aborted || response.headersSent) {
      response.destroy();
      return;
    }
    const known =
      error instanceof StubError
        ? error
        : new StubError(500, `the stub itself failed: ${String(error)}`);
    const headers: Record<string, string> =
      known.retryAfter === null ? {} : { 'retry-after': String(known.retryAfter) };
    sendJson(response, known.status, errorBody(known, requestId), headers);
  }
}
