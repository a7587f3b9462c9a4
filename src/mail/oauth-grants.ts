/** Asking an authorization server for tokens: the first ones with a person's consent, later ones alone. */

import * as oauth from 'oauth4webapi';
import { ReplywrightError } from '../domain/errors.ts';
import { asGrantError, asTokenError } from './oauth-errors.ts';

export interface OAuthSettings {
  /** Names the mailbox in errors. */
  mailbox: string;
  provider: string;
  authorizeUrl: string;
  tokenUrl: string;
  /** What the server calls itself in its answers (RFC 9207); null where nobody knows. */
  issuer: string | null;
  scopes: readonly string[];
  clientId: string;
  clientSecret: string | null;
  /** What the provider wants in the link, beyond the standard. */
  parameters: Readonly<Record<string, string>>;
}

/** What the server gave. */
export interface Grant {
  accessToken: string;
  expiresAt: Date;
  /** Null: the one that was used goes on being good (RFC 6749, section 6). */
  refreshToken: string | null;
}

/** One request for consent; the secrets in it never leave this process. */
export interface ConsentRequest {
  /** The page a person has to open. */
  link: string;
  redirectUri: string;
  state: string;
  verifier: string;
}

/** A server that does not say how long its token lives means an hour, in practice. */
const usualLifeSeconds = 3600;
/** However long it says, we ask again after a day. */
const longestLifeSeconds = 86_400;
/** How long the server may take. */
const patienceMs = 20_000;
/** No answer with tokens is longer; what is sent by whoever took the server's place may be. */
const longestAnswer = 100_000;

function serverOf({ issuer, authorizeUrl, tokenUrl }: OAuthSettings): oauth.AuthorizationServer {
  return {
    issuer: issuer ?? new URL(authorizeUrl).origin,
    authorization_endpoint: authorizeUrl,
    token_endpoint: tokenUrl,
  };
}

/** RFC 8252, section 8.5: the secret of a program that people install proves nothing; some ask for it. */
function authenticationOf({ clientSecret }: OAuthSettings): oauth.ClientAuth {
  return clientSecret === null ? oauth.None() : oauth.ClientSecretPost(clientSecret);
}

async function boundedFetch(
  url: string,
  options: oauth.CustomFetchOptions<'POST', URLSearchParams>,
) {
  const answer = await fetch(url, options as RequestInit);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    if (length > longestAnswer) throw new Error('The answer is too long.');
    chunks.push(chunk);
  }
  const { status, statusText, headers } = answer;
  return new Response(Buffer.concat(chunks), { status, statusText, headers });
}

function requestOptions({ tokenUrl }: OAuthSettings): oauth.TokenEndpointRequestOptions {
  return {
    // Settings allow http only on this machine.
    [oauth.allowInsecureRequests]: tokenUrl.startsWith('http:'),
    [oauth.customFetch]: boundedFetch,
    signal: AbortSignal.timeout(patienceMs),
  };
}

function grantOf(answer: oauth.TokenEndpointResponse): Grant {
  const seconds = Math.min(longestLifeSeconds, answer.expires_in ?? usualLifeSeconds);
  return {
    accessToken: answer.access_token,
    expiresAt: new Date(Date.now() + seconds * 1000),
    refreshToken: answer.refresh_token ?? null,
  };
}

/**
 * Prepares a request for consent: an authorization code with PKCE (RFC 7636, S256) that comes back
 * to `redirectUri` on this machine (RFC 8252, section 7.3).
 *
 * @param hint the address of the account, to be offered on the page.
 */
export async function consentRequest(
  settings: OAuthSettings,
  redirectUri: string,
  hint: string,
): Promise<ConsentRequest> {
  const state = oauth.generateRandomState();
  const verifier = oauth.generateRandomCodeVerifier();
  const link = new URL(settings.authorizeUrl);
  const parameters = {
    ...settings.parameters,
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: settings.scopes.join(' '),
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    login_hint: hint,
  };
  for (const [name, value] of Object.entries(parameters)) link.searchParams.set(name, value);
  return { link: link.href, redirectUri, state, verifier };
}

/** True when the answer was asked for by this request: anybody on the machine can call us back. */
export function belongsTo(request: ConsentRequest, callback: URL): boolean {
  return callback.searchParams.get('state') === request.state;
}

/**
 * Turns the answer that came back into tokens.
 *
 * @param callback the address that the browser was sent to.
 * @returns a grant with a refresh token.
 * @throws ReplywrightError `oauth_not_granted`, `oauth_refused`, `oauth_unreachable`.
 */
export async function takeConsent(
  settings: OAuthSettings,
  request: ConsentRequest,
  callback: URL,
): Promise<Grant> {
  const server = serverOf(settings);
  const client: oauth.Client = { client_id: settings.clientId };
  const parameters = new URL(callback).searchParams;
  // RFC 9207 is for clients of several servers; here each request knows only one. Where its name is
  // not known, there is nothing to compare with.
  if (settings.issuer === null) parameters.delete('iss');
  let answer: oauth.TokenEndpointResponse;
  let valid: URLSearchParams;
  try {
    valid = oauth.validateAuthResponse(server, client, parameters, request.state);
  } catch (error) {
    throw asGrantError(error);
  }
  try {
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authenticationOf(settings),
      valid,
      request.redirectUri,
      request.verifier,
      requestOptions(settings),
    );
    answer = await oauth.processAuthorizationCodeResponse(server, client, response);
  } catch (error) {
    const failure = asTokenError(error, settings);
    if (failure.code !== 'oauth_expired') throw failure;
    // Here the grant is the code, which lives for minutes (RFC 6749, section 4.1.2).
    const detail = 'the provider no longer takes the answer; it came too late';
    throw new ReplywrightError('oauth_not_granted', { detail }, { cause: error });
  }
  const grant = grantOf(answer);
  if (grant.refreshToken !== null) return grant;
  const detail = 'the provider gave no refresh token; its settings must allow offline access';
  throw new ReplywrightError('oauth_not_granted', { detail });
}

/**
 * The next access token (RFC 6749, section 6).
 *
 * @throws ReplywrightError `oauth_expired` when only a person can grant access again,
 *   `oauth_refused`, `oauth_unreachable`.
 */
export async function refreshGrant(settings: OAuthSettings, refreshToken: string): Promise<Grant> {
  const server = serverOf(settings);
  const client: oauth.Client = { client_id: settings.clientId };
  try {
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      authenticationOf(settings),
      refreshToken,
      requestOptions(settings),
    );
    return grantOf(await oauth.processRefreshTokenResponse(server, client, response));
  } catch (error) {
    throw asTokenError(error, settings);
  }
}
