/** A scripted authorization server on loopback: consent, tokens that rotate, introspection for mail servers. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the next request for tokens gets instead of them: an error of RFC 6749, a status, or a broken line. */
export type TokenTrouble = { error: string; status?: number } | { status: number } | 'cut';

export interface OAuthDouble {
  /** Settings of a mailbox: the group `oauth`. */
  readonly settings: {
    provider: 'generic';
    clientId: string;
    authorizeUrl: string;
    tokenUrl: string;
    scopes: string[];
  };
  readonly introspectionUrl: string;
  /** How often tokens were asked for by a refresh token, whatever the answer. */
  readonly refreshes: number;
  /** The account that consents. */
  user: string;
  /** Seconds that access tokens are said to live. */
  lifeSeconds: number;
  /** Gives tokens without a browser, as if the account had consented. */
  grant(): { accessToken: string; refreshToken: string };
  /** True for an access token that is good now. */
  accepts(user: string, accessToken: string): boolean;
  /** Ends every access token at once, though their time is not over. */
  expire(): void;
  /** Takes the access back: every token ends, refresh tokens too. */
  revoke(): void;
  /** The next request for tokens goes wrong like this. */
  fail(trouble: TokenTrouble): void;
  /** The next consent is answered with this error instead of a code. */
  deny(error: string): void;
  /** Holds the answers to requests for tokens until the returned function is called. */
  hold(): () => void;
  close(): Promise<void>;
}

interface Code {
  user: string;
  challenge: string;
  redirectUri: string;
}

const clientId = 'replywright-test';
const token = () => randomBytes(24).toString('base64url');

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

class AuthorizationServer {
  user = 'support@example.test';
  lifeSeconds = 3600;
  refreshes = 0;
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, string>();
  readonly #refresh = new Map<string, string>();
  /** Refresh tokens that were used: using one again looks like a theft. */
  readonly #used = new Set<string>();
  readonly #troubles: TokenTrouble[] = [];
  readonly #denials: string[] = [];
  #held: Promise<void> = Promise.resolve();

  grant(user = this.user): { accessToken: string; refreshToken: string } {
    const given = { accessToken: token(), refreshToken: token() };
    this.#access.set(given.accessToken, user);
    this.#refresh.set(given.refreshToken, user);
    return given;
  }

  accepts(user: string, accessToken: string): boolean {
    return this.#access.get(accessToken) === user;
  }

  expire(): void {
    this.#access.clear();
  }

  revoke(): void {
    this.#access.clear();
    this.#refresh.clear();
  }

  fail(trouble: TokenTrouble): void {
    this.#troubles.push(trouble);
  }

  deny(error: string): void {
    this.#denials.push(error);
  }

  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '', 'http://localhost');
    const form = new URLSearchParams(await text(request));
    switch (`${request.method} ${address.pathname}`) {
      case 'GET /authorize':
        return this.#authorize(address.searchParams, response);
      case 'POST /token':
        return await this.#tokens(form, response);
      case 'POST /introspect':
        return this.#introspect(form, response);
      default:
        return json(response, 404, {});
    }
  }

  /** RFC 6749, section 4.1.1, with PKCE demanded (RFC 7636, section 4.4.1). */
  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? '';
    const challenge = query.get('code_challenge') ?? '';
    const asked =
      query.get('client_id') === clientId &&
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256' &&
      query.get('scope') === 'mail offline_access' &&
      /^http:\/\/127\.0\.0\.1:\d+\/$/.test(redirectUri);
    if (!asked) {
      json(response, 400, { error: 'invalid_request' });
      return;
    }
    const back = new URL(redirectUri);
    back.searchParams.set('state', query.get('state') ?? '');
    const denial = this.#denials.shift();
    if (denial === undefined) {
      const code = token();
      this.#codes.set(code, { user: this.user, challenge, redirectUri });
      back.searchParams.set('code', code);
    } else back.searchParams.set('error', denial);
    response.writeHead(302, { location: back.href }).end();
  }

  async #tokens(form: URLSearchParams, response: ServerResponse): Promise<void> {
    if (form.get('grant_type') === 'refresh_token') this.refreshes += 1;
    await this.#held;
    const trouble = this.#troubles.shift();
    if (trouble === 'cut') return void response.destroy();
    if (trouble !== undefined) {
      if (!('error' in trouble)) return void response.writeHead(trouble.status).end('trouble');
      return json(response, trouble.status ?? 400, { error: trouble.error });
    }
    if (form.get('client_id') !== clientId) return json(response, 401, { error: 'invalid_client' });
    const user =
      form.get('grant_type') === 'refresh_token' ? this.#rotate(form) : this.#redeem(form);
    if (user === null) return json(response, 400, { error: 'invalid_grant' });
    const { accessToken, refreshToken } = this.grant(user);
    json(response, 200, {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: this.lifeSeconds,
    });
  }

  /** RFC 9700, section 4.14.2: a refresh token is good once; a second use ends everything. */
  #rotate(form: URLSearchParams): string | null {
    const given = form.get('refresh_token') ?? '';
    if (this.#used.has(given)) this.revoke();
    const user = this.#refresh.get(given) ?? null;
    this.#refresh.delete(given);
    this.#used.add(given);
    return user;
  }

  #redeem(form: URLSearchParams): string | null {
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const verifier = createHash('sha256').update(form.get('code_verifier') ?? '');
    if (code === undefined || code.challenge !== verifier.digest('base64url')) return null;
    return code.redirectUri === form.get('redirect_uri') ? code.user : null;
  }

  /** RFC 7662, section 2.2. */
  #introspect(form: URLSearchParams, response: ServerResponse): void {
    const user = this.#access.get(form.get('token') ?? '');
    json(response, 200, user === undefined ? { active: false } : { active: true, username: user });
  }
}

/** Starts the server on a free port. */
export async function startOAuthDouble(): Promise<OAuthDouble> {
  const state = new AuthorizationServer();
  const server = createServer((request, response) => {
    state.answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    settings: {
      provider: 'generic' as const,
      clientId,
      authorizeUrl: `${base}/authorize`,
      tokenUrl: `${base}/token`,
      scopes: ['mail', 'offline_access'],
    },
    introspectionUrl: `${base}/introspect`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
