/** What went wrong between us and an authorization server, as one of the catalogue's errors. */

import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { ReplywrightError } from '../domain/errors.ts';
import { codesOf, networkProblem } from './tls-trust.ts';

/** What the server said, on one line and short. It is text of others, and may hold anything. */
function told(error: ResponseBodyError | AuthorizationResponseError): string {
  const { error_description: description } = error;
  return `${error.error}${description ? `, "${description}"` : ''}`
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}

/** Answers that say "later" rather than "no". */
const passing = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

/** The status of an answer that was no answer with tokens; null when there was none at all. */
function statusOf(error: unknown): number | null {
  if (error instanceof ResponseBodyError) return error.status;
  if (error instanceof WWWAuthenticateChallengeError) return error.status;
  const { cause } = error as { cause?: unknown };
  return cause instanceof Response && cause.status !== 200 ? cause.status : null;
}

function troubleOf(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return 'it does not answer in time';
  if (codesOf(error).length > 0 && !(error instanceof OperationProcessingError))
    return networkProblem(error);
  return 'its answer is not one that the standard knows';
}

interface Server {
  mailbox: string;
  provider: string;
  tokenUrl: string;
}

/**
 * The failure of a request for tokens.
 *
 * RFC 6749, section 5.2: `invalid_grant` is the one answer that says that the grant itself is over
 * and only a person can give another; any other refusal is about the client, so it ends when the
 * settings are corrected. What is no such answer at all is the network's or the server's trouble.
 */
export function asTokenError(error: unknown, server: Server): ReplywrightError {
  if (error instanceof ReplywrightError) return error;
  const { mailbox, provider } = server;
  const { host } = new URL(server.tokenUrl);
  if (error instanceof ResponseBodyError && !passing.has(error.error)) {
    if (error.error === 'invalid_grant')
      return new ReplywrightError('oauth_expired', { mailbox, provider }, { cause: error });
    const detail = `it answers ${told(error)}`;
    return new ReplywrightError('oauth_refused', { mailbox, host, detail }, { cause: error });
  }
  // A 401 carries a challenge, not always the body that the standard asks for (section 5.2).
  const status = statusOf(error);
  if (status === 401)
    return new ReplywrightError('oauth_refused', { mailbox, host, detail: 'it answers 401' });
  const detail = status === null ? troubleOf(error) : `it answers ${status}`;
  // Without the cause: the library's hold answers, and answers hold tokens.
  return new ReplywrightError('oauth_unreachable', { mailbox, host, detail });
}

/** The failure of the page where a person grants access, or of the way back from it. */
export function asGrantError(error: unknown): ReplywrightError {
  if (error instanceof ReplywrightError) return error;
  const detail =
    error instanceof AuthorizationResponseError
      ? `the provider says ${told(error)}`
      : 'the answer does not belong to this request';
  return new ReplywrightError('oauth_not_granted', { detail }, { cause: error });
}
