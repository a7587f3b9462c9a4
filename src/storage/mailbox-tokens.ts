/** Tokens of mailboxes: kept sealed, replaced by compare-and-set, renewed by one process at a time. */

import type { KeyObject } from 'node:crypto';
import { sql } from 'kysely';
import { seal, unseal } from './sealing.ts';
import type { Db } from './tables.ts';

/** What is kept for one mailbox. */
export interface MailboxToken {
  /** The client that the tokens were given to; only it can use them. */
  clientId: string;
  refreshToken: string;
  accessToken: string;
  expiresAt: Date;
}

/** A token as it stands in the database. */
export interface KeptToken extends MailboxToken {
  version: number;
}

const contextOf = (mailbox: string) => `mailbox_token ${mailbox}`;

function sealed(key: KeyObject, mailbox: string, token: MailboxToken): Buffer {
  const { clientId, refreshToken, accessToken, expiresAt } = token;
  const text = JSON.stringify({ clientId, refreshToken, accessToken, expiresAt });
  return seal(key, contextOf(mailbox), text);
}

/** The token of a mailbox; null when it has none, `unreadable` when another key has sealed it. */
export async function readToken(
  db: Db,
  key: KeyObject,
  mailbox: string,
): Promise<KeptToken | 'unreadable' | null> {
  const row = await db
    .selectFrom('mailbox_token')
    .select(['version', 'sealed'])
    .where('mailbox', '=', mailbox)
    .executeTakeFirst();
  if (row === undefined) return null;
  const text = unseal(key, contextOf(mailbox), row.sealed);
  if (text === null) return 'unreadable';
  const token = JSON.parse(text);
  return { ...token, expiresAt: new Date(token.expiresAt), version: row.version };
}

/** Keeps the token that a person has just granted, in place of any other. */
export async function keepToken(
  db: Db,
  key: KeyObject,
  mailbox: string,
  token: MailboxToken,
): Promise<void> {
  await db
    .insertInto('mailbox_token')
    .values({ mailbox, sealed: sealed(key, mailbox, token) })
    .onConflict((conflict) =>
      conflict.column('mailbox').doUpdateSet({
        sealed: (excluded) => excluded.ref('excluded.sealed'),
        version: sql`mailbox_token.version + 1`,
        refreshing_until: null,
        changed_at: sql`now()`,
      }),
    )
    .execute();
}

/**
 * Claims the renewal of a token. Where refresh tokens rotate, two processes that use the same one
 * look like a theft, and the server ends both (RFC 9700, section 4.14.2).
 *
 * @param seconds after which a process that died has given the claim up.
 * @returns false when another process has it, or the token has changed.
 */
export async function claimRenewal(
  db: Db,
  mailbox: string,
  version: number,
  seconds: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('mailbox_token')
    .set({ refreshing_until: sql<Date>`now() + make_interval(secs => ${seconds})` })
    .where('mailbox', '=', mailbox)
    .where('version', '=', version)
    .where((where) =>
      where.or([
        where('refreshing_until', 'is', null),
        where('refreshing_until', '<', sql<Date>`now()`),
      ]),
    )
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Gives the claim back after a renewal that failed. */
export async function dropRenewal(db: Db, mailbox: string, version: number): Promise<void> {
  await db
    .updateTable('mailbox_token')
    .set({ refreshing_until: null })
    .where('mailbox', '=', mailbox)
    .where('version', '=', version)
    .execute();
}

/**
 * Puts the renewed token in the place of the version it was made from.
 *
 * @returns false when that is no longer there: a person has granted access anew meanwhile.
 */
export async function replaceToken(
  db: Db,
  key: KeyObject,
  mailbox: string,
  version: number,
  token: MailboxToken,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('mailbox_token')
    .set({
      sealed: sealed(key, mailbox, token),
      version: version + 1,
      refreshing_until: null,
      changed_at: sql<Date>`now()`,
    })
    .where('mailbox', '=', mailbox)
    .where('version', '=', version)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}
