/** Who is asking: sessions in cookies, roles, and the check that a request comes from our own pages. */

import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import { ReplywrightError } from '../domain/errors.ts';
import {
  type Account,
  createSession,
  deleteSession,
  findSession,
  type Role,
} from '../storage/accounts.ts';
import { sha256 } from '../storage/hash.ts';
import type { DeskParts } from './parts.ts';

/** From the least to the most powerful. */
const roles: readonly Role[] = ['agent', 'lead', 'admin'];

/** True when somebody of role `has` may do what role `needs` may. */
export function roleAllows(has: Role, needs: Role): boolean {
  return roles.indexOf(has) >= roles.indexOf(needs);
}

/** How long a browser keeps the cookie; the database decides earlier when nobody is there. */
const cookieMs = 30 * 86_400_000;

function cookieName(secure: boolean): string {
  return secure ? '__Host-replywright' : 'replywright';
}

function readCookie(request: Request, name: string): string | null {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [key, value] = part.trim().split('=');
    if (key === name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return null;
}

/** The session a request belongs to; null when there is none or it is too old. */
export async function currentSession(
  { db, secureCookies }: Pick<DeskParts, 'db' | 'secureCookies'>,
  request: Request,
): Promise<{ account: Account; sessionSha256: string } | null> {
  const token = readCookie(request, cookieName(secureCookies));
  if (token === null) return null;
  const sessionSha256 = sha256(token);
  const session = await findSession(db, sessionSha256);
  return session === null ? null : { account: session.account, sessionSha256 };
}

/** Opens a session under a new token; one that the browser brought along ends. */
export async function logIn(
  { db, secureCookies }: Pick<DeskParts, 'db' | 'secureCookies'>,
  request: Request,
  response: Response,
  accountId: number,
): Promise<void> {
  const name = cookieName(secureCookies);
  const earlier = readCookie(request, name);
  if (earlier !== null) await deleteSession(db, sha256(earlier));
  // 256 random bits; only their hash is stored, so a copy of the database opens no session.
  const token = randomBytes(32).toString('base64url');
  await createSession(db, accountId, sha256(token));
  response.cookie(name, token, {
    httpOnly: true,
    sameSite: 'lax',
    secure: secureCookies,
    path: '/',
    maxAge: cookieMs,
  });
}

/** Ends the session in the database and in the browser. */
export async function logOut(
  { db, secureCookies }: Pick<DeskParts, 'db' | 'secureCookies'>,
  response: Response,
  sessionSha256: string,
): Promise<void> {
  await deleteSession(db, sessionSha256);
  const options = { httpOnly: true, sameSite: 'lax', secure: secureCookies, path: '/' } as const;
  response.clearCookie(cookieName(secureCookies), options);
}

export interface Provenance {
  method: string;
  host: string | undefined;
  secFetchSite: string | undefined;
  origin: string | undefined;
}

/**
 * True when a request may change something: it reads only, or a browser vouches that it comes from
 * our own pages. `Sec-Fetch-Site` decides; where it is missing, `Origin` must name our host. A
 * request with neither is refused: no browser of the last years sends one.
 */
export function isOwnRequest({ method, host, secFetchSite, origin }: Provenance): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  if (secFetchSite !== undefined) return secFetchSite === 'same-origin' || secFetchSite === 'none';
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host;
}

/**
 * True when a `Host` header names this desk: by an IP address, as `localhost`, or as in its public
 * address. Any other name may be another site's that was made to point here (DNS rebinding): its
 * pages would then be same-origin with the desk.
 */
export function isOwnHost(host: string | undefined, publicHost: string | null): boolean {
  const [, name] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(host ?? '') ?? [];
  if (name === undefined) return false;
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true;
  return name.toLowerCase() === 'localhost' || name.toLowerCase() === publicHost?.toLowerCase();
}

/** Refuses what other sites make a browser send. */
export function refuseCrossSite(publicHost: string | null): RequestHandler {
  return (request, _response, next) => {
    const { method, headers } = request;
    const { host, origin } = headers;
    const secFetchSite = request.get('sec-fetch-site');
    if (!isOwnHost(host, publicHost) || !isOwnRequest({ method, host, origin, secFetchSite }))
      throw new ReplywrightError('cross_site');
    next();
  };
}

/** The path to go to after a login: only a place on this desk. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])[\w/?=&.:-]{0,200}$/.test(next) ? next : '/';
}
