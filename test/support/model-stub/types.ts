/** Names the shapes that the parts of the model stub share. */

export type JsonObject = { [key: string]: unknown };

/** A request body as it came; nothing about it has been checked. */
export interface MessagesBody extends JsonObject {
  model?: string;
  max_tokens?: number;
  stream?: boolean;
  system?: unknown;
  messages?: unknown;
  output_config?: { format?: { type?: string; schema?: JsonObject } | null };
}

/** One request that reached the stub. */
export interface RecordedRequest {
  /** Counts from 1. */
  readonly sequence: number;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: MessagesBody;
  /** The exact bytes of the body, for tests of byte-identical prefixes. */
  readonly rawBody: string;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** What the stub does with a request to /v1/messages instead of its default answer. */
export type Scenario =
  /** Answers with this text, or with this object as JSON; `fenced` hides the JSON in prose and a code fence. */
  | { kind: 'reply'; content: string | JsonObject; fenced?: boolean }
  | { kind: 'refusal'; category?: string; explanation?: string }
  /** Cuts the default answer in half and says `stop_reason: max_tokens`. */
  | { kind: 'max_tokens' }
  /** `text` is no JSON; `mismatch` is JSON of another shape; `empty` has no content block. */
  | { kind: 'garbage'; shape?: 'text' | 'mismatch' | 'empty' }
  /** An error status; `retryAfter` in seconds; `details` as in `error.details` (spend limits). */
  | {
      kind: 'error';
      status: number;
      retryAfter?: number;
      type?: string;
      message?: string;
      details?: JsonObject;
    }
  /** An `error` event after some text has been streamed (status 500 when not streaming). */
  | { kind: 'stream_error'; type?: string; message?: string }
  /** Destroys the socket: after this many text deltas when streaming, in mid-body otherwise. */
  | { kind: 'cut'; afterDeltas?: number }
  /** Says nothing until `release()` or `close()`; `stream` sends the first delta before. */
  | { kind: 'hang'; at?: 'headers' | 'stream' }
  /** Waits, then does `then` (default: the default answer). */
  | { kind: 'delay'; milliseconds: number; then?: Scenario };

/** Tokens of one request as the API reports them. */
export interface InputUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
}

/** What the model "said", before it is put on the wire. */
export interface Answer {
  readonly text: string;
  readonly stopReason: 'end_turn' | 'max_tokens' | 'refusal';
  readonly stopDetails: JsonObject | null;
}

/** Gives the model's answer: an object is sent as JSON. */
export type Responder = (
  request: RecordedRequest,
) => string | JsonObject | Promise<string | JsonObject>;

/** An answer other than 200, in the API's own form. */
export class StubError extends Error {
  readonly status: number;
  readonly type: string;
  readonly details: JsonObject | null;
  readonly retryAfter: number | null;

  constructor(
    status: number,
    message: string,
    extra: { type?: string; details?: JsonObject; retryAfter?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.type = extra.type ?? typeOfStatus(status);
    this.details = extra.details ?? null;
    this.retryAfter = extra.retryAfter ?? null;
  }
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function typeOfStatus(status: number): string {
  return ERROR_TYPES[status] ?? 'api_error';
}

/** The error body that the API sends, also inside an SSE `error` event and a batch result. */
export function errorBody(error: StubError, requestId: string): JsonObject {
  const details = error.details === null ? {} : { details: error.details };
  return {
    type: 'error',
    error: { type: error.type, message: error.message, ...details },
    request_id: requestId,
  };
}

/** True for an object that is neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
