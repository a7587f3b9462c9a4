/** Logging in at a mail server by a short-lived token instead of a password. */

import { asReplywrightError, type ErrorCode, ReplywrightError } from '../domain/errors.ts';

/** Where tokens come from; whoever holds it knows how the next one is had. */
export interface AccessTokens {
  /**
   * A token that should be valid now.
   *
   * @throws ReplywrightError `oauth_*` when none can be had.
   */
  current(): Promise<string>;
  /** The mail server did not take this one: from now on, `current` gives another. */
  refused(token: string): void;
}

/**
 * Logs in with a token. A server may end a token before its time (a changed password, a moved
 * clock), so one that it refuses is replaced once, at once.
 *
 * @param refusal the error that says that the login was refused.
 * @throws ReplywrightError `oauth_token_refused` when the new one is refused, too; `oauth_*` when
 *   there is none; whatever else `attempt` throws.
 */
export async function loginByToken<Result>(
  tokens: AccessTokens,
  server: { host: string; user: string },
  refusal: ErrorCode,
  attempt: (token: string) => Promise<Result>,
): Promise<Result> {
  const first = await tokens.current();
  try {
    return await attempt(first);
  } catch (error) {
    if (asReplywrightError(error).code !== refusal) throw error;
  }
  tokens.refused(first);
  const second = await tokens.current();
  try {
    return await attempt(second);
  } catch (error) {
    if (asReplywrightError(error).code !== refusal) throw error;
    tokens.refused(second);
    throw new ReplywrightError('oauth_token_refused', server, { cause: error });
  }
}
