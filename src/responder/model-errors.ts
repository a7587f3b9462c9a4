/** Maps every failure of a model endpoint to the error catalogue. */

import Anthropic from '@anthropic-ai/sdk';
import { ReplywrightError } from '../domain/errors.ts';

/** Longest foreign text that an error message repeats. */
const detailLimit = 300;

/**
 * How long the endpoint asked us to wait, in milliseconds (RFC 9110, section 10.2.3: seconds or a
 * date); undefined when it did not say.
 *
 * @param now milliseconds since 1970.
 */
export function retryAfterMs(headers: Headers | undefined, now: number): number | undefined {
  const exact = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (exact >= 0) return exact;
  const value = headers?.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return Number.parseFloat(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The innermost system error code, such as ECONNREFUSED; else the innermost error's name. */
function connectionDetail(error: unknown): string {
  let detail = 'no connection';
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    const code = (inner as { code?: unknown }).code;
    detail = typeof code === 'string' ? code : detail === 'no connection' ? inner.name : detail;
  }
  return detail;
}

/** True for limits that waiting does not lift; the SDK names them in the error code. */
function isBilling(error: InstanceType<typeof Anthropic.APIError>): boolean {
  return (
    error.status === 402 ||
    error.type === 'billing_error' ||
    /spend_limit|billing/.test(error.errorCode ?? '')
  );
}

/**
 * The catalogue's word for a failed call.
 *
 * @param error what the SDK threw.
 * @param endpoint host of the endpoint, for the message.
 * @param seconds the time limit of the call.
 */
export function modelError(error: unknown, endpoint: string, seconds: number): ReplywrightError {
  if (error instanceof Anthropic.APIConnectionTimeoutError)
    return new ReplywrightError('model_timeout', { endpoint, seconds }, { cause: error });
  if (!(error instanceof Anthropic.APIError) || error instanceof Anthropic.APIConnectionError) {
    const detail = connectionDetail(error);
    return new ReplywrightError('model_unreachable', { endpoint, detail }, { cause: error });
  }

  const status = error.status ?? 'no status';
  const wait = retryAfterMs(error.headers, Date.now());
  const options = { cause: error, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  if (isBilling(error)) return new ReplywrightError('model_billing', { endpoint, status }, options);
  if (status === 401 || status === 403)
    return new ReplywrightError('model_credentials', { endpoint, status }, options);
  if (status === 429) return new ReplywrightError('model_rate_limited', { endpoint }, options);
  // 408 and 409 are the endpoint's own time-outs and lock conflicts. An error that came inside a
  // started answer has no status; what it says about itself is that trying again helps.
  if (status === 'no status' || status === 408 || status === 409 || status >= 500)
    return new ReplywrightError('model_overloaded', { endpoint, status }, options);
  const detail = (error.apiMessage ?? error.type ?? 'no reason given').slice(0, detailLimit);
  return new ReplywrightError('model_bad_request', { endpoint, status, detail }, options);
}

/**
 * True when a call that failed certainly did nothing and costs nothing: it was refused, or reached
 * nobody. Of 500, 502, 504 and 408 nobody knows: something between us may have given up too early.
 */
export function wasNeverSent(error: unknown): boolean {
  if (error instanceof Anthropic.APIConnectionTimeoutError) return false;
  if (error instanceof Anthropic.APIError && error.status !== undefined)
    return (error.status < 500 && error.status !== 408) || [503, 529].includes(error.status);
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(
    connectionDetail(error),
  );
}

/** True when the endpoint rejects `output_config`, which servers of one's own may not know. */
export function rejectsOutputConfig(failure: unknown): boolean {
  if (!(failure instanceof ReplywrightError) || failure.code !== 'model_bad_request') return false;
  const { cause } = failure;
  if (!(cause instanceof Anthropic.APIError) || (cause.status !== 400 && cause.status !== 422))
    return false;
  return cause.message.includes('output_config');
}
