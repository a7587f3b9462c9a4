/** Accounts, their sessions, and the links that log in once. */

import { sql } from 'kysely';
import { ReplywrightError } from '../domain/errors.ts';
import type { Db } from './tables.ts';

export type Role = 'agent' | 'lead' | 'admin';

export interface Account {
  id: number;
  name: string;
  role: Role;
}

/** A session ends after this long without a request, and after this long in any case. */
const idleHours = 12;
const longestDays = 30;

/** So many names stand in a sentence. */
const namesTold = 20;

/**
 * Creates an account.
 *
 * @throws ReplywrightError `user_exists`.
 */
export async function createAccount(
  db: Db,
  { name, role, passwordHash }: { name: string; role: Role; passwordHash: string | null },
): Promise<Account> {
  const row = await db
    .insertInto('account')
    .values({ name, role, password_hash: passwordHash })
    .onConflict((conflict) => conflict.doNothing())
    .returning(['id', 'name', 'role'])
    .executeTakeFirst();
  if (row === undefined) throw new ReplywrightError('user_exists', { name });
  return row;
}

/** True when an admin can log in with a password. */
export async function hasAdminPassword(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('account')
    .select('id')
    .where('password_hash', 'is not', null)
    .where('role', '=', 'admin')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** An account with the hash of its password (null: it can log in by link only). */
export async function findAccountByName(
  db: Db,
  name: string,
): Promise<(Account & { passwordHash: string | null }) | null> {
  const row = await db
    .selectFrom('account')
    .select(['id', 'name', 'role', 'password_hash as passwordHash'])
    .where('name', '=', name)
    .executeTakeFirst();
  return row ?? null;
}

/** What `user list` tells of an account. */
export interface AccountLine {
  name: string;
  role: Role;
  hasPassword: boolean;
  /** When a session that still exists was last used; null when there is none. */
  lastSeenAt: Date | null;
}

/** Every account, by name. */
export async function listAccounts(db: Db): Promise<AccountLine[]> {
  return await db
    .selectFrom('account')
    .select((from) => [
      'name',
      'role',
      sql<boolean>`password_hash is not null`.as('hasPassword'),
      from
        .selectFrom('session')
        .whereRef('session.account_id', '=', 'account.id')
        .select(({ fn }) => fn.max('seen_at').as('at'))
        .as('lastSeenAt'),
    ])
    .orderBy('name')
    .execute();
}

/** That there is no such user, and which there are. */
export async function unknownUser(db: Db, name: string): Promise<ReplywrightError> {
  const names = (await listAccounts(db)).map((account) => account.name);
  const more = names.length > namesTold ? `, and ${names.length - namesTold} more` : '';
  const known = names.length === 0 ? 'nobody yet' : names.slice(0, namesTold).join(', ') + more;
  return new ReplywrightError('user_unknown', { name, known });
}

/**
 * Sets a password and ends every session and login link of the account.
 *
 * @throws ReplywrightError `user_unknown`.
 */
export async function setPassword(db: Db, name: string, passwordHash: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('account')
      .set({ password_hash: passwordHash })
      .where('name', '=', name)
      .returning('id')
      .executeTakeFirst();
    if (row === undefined) throw await unknownUser(tx, name);
    await endSessions(tx, row.id);
    await tx.deleteFrom('login_link').where('account_id', '=', row.id).execute();
  });
}

/** Starts a session under the hash of its token; sessions long over are removed on the way. */
export async function createSession(db: Db, accountId: number, tokenSha256: string): Promise<void> {
  await db
    .deleteFrom('session')
    .where('account_id', '=', accountId)
    .where('created_at', '<', sql<Date>`now() - make_interval(days => ${longestDays})`)
    .execute();
  await db
    .insertInto('session')
    .values({ token_sha256: tokenSha256, account_id: accountId })
    .execute();
}

/** The account behind a session that still runs, and notes that it was seen. */
export async function findSession(
  db: Db,
  tokenSha256: string,
): Promise<{ account: Account; createdAt: Date; seenAt: Date } | null> {
  const row = await db
    .selectFrom('session')
    .innerJoin('account', 'account.id', 'session.account_id')
    .select([
      'account.id',
      'account.name',
      'account.role',
      'session.created_at as createdAt',
      'session.seen_at as seenAt',
    ])
    .where('session.token_sha256', '=', tokenSha256)
    .where('session.seen_at', '>', sql<Date>`now() - make_interval(hours => ${idleHours})`)
    .where('session.created_at', '>', sql<Date>`now() - make_interval(days => ${longestDays})`)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { createdAt, seenAt, ...account } = row;
  // Once a minute is precise enough, and spares a write on every request.
  if (Date.now() - seenAt.getTime() > 60_000) {
    await db
      .updateTable('session')
      .set({ seen_at: sql<Date>`now()` })
      .where('token_sha256', '=', tokenSha256)
      .execute();
  }
  return { account, createdAt, seenAt };
}

/** Ends a session. */
export async function deleteSession(db: Db, tokenSha256: string): Promise<void> {
  await db.deleteFrom('session').where('token_sha256', '=', tokenSha256).execute();
}

/** Ends every session of an account. */
export async function endSessions(db: Db, accountId: number): Promise<void> {
  await db.deleteFrom('session').where('account_id', '=', accountId).execute();
}

/** Keeps the hash of a link's token; the link logs in once, until it expires or a newer one comes. */
export async function createLoginLink(
  db: Db,
  accountId: number,
  tokenSha256: string,
  hours: number,
): Promise<void> {
  await db.deleteFrom('login_link').where('account_id', '=', accountId).execute();
  await db
    .insertInto('login_link')
    .values({
      token_sha256: tokenSha256,
      account_id: accountId,
      expires_at: sql<Date>`now() + make_interval(hours => ${hours})`,
    })
    .execute();
}

/** Uses up a login link; null when it was used, has expired or never was. */
export async function useLoginLink(db: Db, tokenSha256: string): Promise<Account | null> {
  const row = await db
    .updateTable('login_link')
    .from('account')
    .set({ used_at: sql<Date>`now()` })
    .whereRef('account.id', '=', 'login_link.account_id')
    .where('token_sha256', '=', tokenSha256)
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .returning(['account.id', 'account.name', 'account.role'])
    .executeTakeFirst();
  return row ?? null;
}
