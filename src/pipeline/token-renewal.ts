/** Token renewal: the access tokens of a mailbox, kept in the database and renewed before they end. */

import type { KeyObject } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import type { AccessTokens } from '../mail/access-tokens.ts';
import type { OAuthSettings } from '../mail/oauth-grants.ts';
import {
  claimRenewal,
  dropRenewal,
  type KeptToken,
  readToken,
  replaceToken,
} from '../storage/mailbox-tokens.ts';
import type { Db } from '../storage/tables.ts';
import { insist } from './retry.ts';

export interface TokenParts {
  db: Db;
  log: Log;
  /** What the tokens are sealed with; the same in every process. */
  key: () => Promise<KeyObject>;
}

/** How a mailbox gets its tokens; the id of the client stands beside the token. */
export type TokenClient = Omit<OAuthSettings, 'clientId'>;

/** A token that ends sooner than this is renewed before it is used for a login. */
const marginMs = 5 * 60_000;
/** A process that died while renewing has given it up after this long. */
const claimSeconds = 60;
/** However many logins fail meanwhile, a provider in trouble is asked no more often than this. */
const restMs = 10_000;
/** How often a process that waits for another one's renewal looks. */
const lookMs = 250;

class KeptTokens implements AccessTokens {
  readonly #parts: TokenParts;
  readonly #client: TokenClient;
  /** The call under way: whoever asks meanwhile gets its answer. */
  #asking: Promise<string> | null = null;
  /** What the mail server did not take, though its time was not over. */
  #refused: string | null = null;
  /** Why a version could not be renewed; not tried again before `until`, in epoch milliseconds. */
  #failure: { version: number; error: ReplywrightError; until: number } | null = null;

  constructor(parts: TokenParts, client: TokenClient) {
    this.#parts = parts;
    this.#client = client;
  }

  current(): Promise<string> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  refused(token: string): void {
    this.#refused = token;
  }

  async #ask(): Promise<string> {
    const { db } = this.#parts;
    const { mailbox } = this.#client;
    for (;;) {
      const kept = await this.#read();
      if (this.#isGood(kept, marginMs)) return kept.accessToken;
      const failure = this.#failureOf(kept);
      if (failure !== null) return this.#makeDo(kept, failure);
      if (await claimRenewal(db, mailbox, kept.version, claimSeconds)) {
        const renewed = await this.#renew(kept);
        if (renewed !== null) return renewed;
      } else if (this.#isGood(kept, 0)) return kept.accessToken;
      else await setTimeout(lookMs);
    }
  }

  async #read(): Promise<KeptToken> {
    const { mailbox, provider } = this.#client;
    const key = await this.#parts.key();
    const kept = await readToken(this.#parts.db, key, mailbox);
    if (kept === null) throw new ReplywrightError('oauth_missing', { mailbox, provider });
    if (kept !== 'unreadable') return kept;
    const detail = 'it was encrypted with another key';
    throw new ReplywrightError('oauth_key', { mailbox, provider, detail });
  }

  #isGood({ accessToken, expiresAt }: KeptToken, leftMs: number): boolean {
    return accessToken !== this.#refused && expiresAt.getTime() - Date.now() > leftMs;
  }

  #failureOf({ version }: KeptToken): ReplywrightError | null {
    const failure = this.#failure;
    if (failure?.version !== version || Date.now() >= failure.until) return null;
    return failure.error;
  }

  /** What is still good for some minutes is better than nothing, unless a person must act anyway. */
  #makeDo(kept: KeptToken, error: ReplywrightError): string {
    if (error.code !== 'oauth_expired' && this.#isGood(kept, 0)) return kept.accessToken;
    throw error;
  }

  /** The next token, or null when the kept one was replaced by somebody else meanwhile. */
  async #renew(kept: KeptToken): Promise<string | null> {
    const { db, log } = this.#parts;
    const { mailbox } = this.#client;
    const { clientId, version } = kept;
    try {
      // Loaded here: most shops log in by passwords.
      const { refreshGrant } = await import('../mail/oauth-grants.ts');
      const grant = await refreshGrant({ ...this.#client, clientId }, kept.refreshToken);
      const next = { ...grant, clientId, refreshToken: grant.refreshToken ?? kept.refreshToken };
      const key = await this.#parts.key();
      const replaced = await insist(() => replaceToken(db, key, mailbox, version, next));
      log.info('token_renewed', { mailbox, replaced });
      return replaced ? grant.accessToken : null;
    } catch (cause) {
      const error = asReplywrightError(cause);
      log.warn('token_not_renewed', { mailbox, error });
      await dropRenewal(db, mailbox, version);
      // A grant that is over stays so until a person gives another, which is another version.
      const rest = error.code === 'oauth_expired' ? Number.POSITIVE_INFINITY : restMs;
      this.#failure = { version, error, until: Date.now() + rest };
      return this.#makeDo(kept, error);
    }
  }
}

/** The tokens of one mailbox. Asks for nothing before the first call, so it never throws. */
export function openTokens(parts: TokenParts, client: TokenClient): AccessTokens {
  return new KeptTokens(parts, client);
}
