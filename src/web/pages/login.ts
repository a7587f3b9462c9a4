/** Logging in by password or by a link that works once, and logging out. */

import type { Request, RequestHandler } from 'express';
import { type Options, rateLimit } from 'express-rate-limit';
import { ReplywrightError } from '../../domain/errors.ts';
import { findAccountByName, useLoginLink } from '../../storage/accounts.ts';
import { sha256 } from '../../storage/hash.ts';
import { currentSession, logIn, logOut, safeNext } from '../access.ts';
import { check, loginForm } from '../params.ts';
import type { Desk } from '../parts.ts';
import { pretendToVerify, verifyPassword } from '../password.ts';
import { sendLonePage } from '../respond.ts';
import type { AccountVisit, Route, Visit } from '../routes.ts';

/** Attempts in the window from one address, and on one name; what is right does not count. */
const attemptsFrom = 10;
const attemptsOn = 20;

const limits: Partial<Options> = {
  windowMs: 15 * 60_000,
  legacyHeaders: false,
  // A login that worked is answered with a redirect.
  skipSuccessfulRequests: true,
  handler: (_request, _response, next) => next(new ReplywrightError('too_many_attempts')),
};

/** Refuses further attempts to log in from an address that made too many. */
export function limitLogins(): RequestHandler {
  return rateLimit({
    ...limits,
    limit: attemptsFrom,
    standardHeaders: 'draft-8',
    skip: ({ method }) => method !== 'POST',
    validate: { xForwardedForHeader: false },
  });
}

/** The account name that a login tries, as it is counted; empty when there is none. */
function nameTried({ body }: Request): string {
  const parsed = loginForm.shape.name.safeParse((body as { name?: unknown } | undefined)?.name);
  return parsed.data?.toLowerCase() ?? '';
}

/**
 * Refuses further attempts on a name that too many were made on, from wherever: many addresses
 * must not add up to many guesses. Needs the form to be read.
 */
export function limitLoginsByName(): RequestHandler {
  return rateLimit({
    ...limits,
    limit: attemptsOn,
    standardHeaders: false,
    skip: (request) => request.method !== 'POST' || nameTried(request) === '',
    keyGenerator: nameTried,
  });
}

async function showLogin(desk: Desk, visit: Visit): Promise<void> {
  const next = safeNext(visit.request.query.next);
  if ((await currentSession(desk, visit.request)) !== null)
    return visit.response.redirect(302, next);
  await sendLonePage(desk, visit, 'login', { title: 'Log in', next, name: '', failure: null });
}

async function handleLogin(desk: Desk, visit: Visit): Promise<void> {
  const { name, password, next } = check(loginForm, visit.request.body);
  const account = await findAccountByName(desk.db, name);
  const stored = account?.passwordHash ?? null;
  const right =
    stored === null ? await pretendToVerify(password) : await verifyPassword(stored, password);
  if (account === null || !right) {
    const { message, mend } = new ReplywrightError('login_failed');
    desk.log.warn('login_failed', { ip: visit.request.ip });
    const model = { title: 'Log in', next: safeNext(next), name, failure: { message, mend } };
    return sendLonePage(desk, visit, 'login', model, 401);
  }
  await logIn(desk, visit.request, visit.response, account.id);
  visit.response.redirect(303, safeNext(next));
}

/** Shows the link's page only: whatever fetches links in advance must not use them up. */
async function showLink(desk: Desk, visit: Visit): Promise<void> {
  const token = String(visit.request.params.token);
  await sendLonePage(desk, visit, 'login-link', { title: 'Log in', token });
}

async function handleLink(desk: Desk, visit: Visit): Promise<void> {
  const account = await useLoginLink(desk.db, sha256(String(visit.request.params.token)));
  if (account === null) throw new ReplywrightError('login_link_used');
  await logIn(desk, visit.request, visit.response, account.id);
  visit.response.redirect(303, '/');
}

async function handleLogout(desk: Desk, visit: AccountVisit): Promise<void> {
  await logOut(desk, visit.response, visit.sessionSha256);
  desk.live.endSession(visit.sessionSha256);
  visit.response.redirect(303, '/login');
}

/** Routes of logging in and out. */
export function loginRoutes(desk: Desk): Route[] {
  const open = (
    method: 'get' | 'post',
    path: string,
    handle: (desk: Desk, visit: Visit) => Promise<void>,
  ): Route => ({ method, path, access: 'open', handle: (visit) => handle(desk, visit) });
  return [
    open('get', '/login', showLogin),
    open('post', '/login', handleLogin),
    open('get', '/login/:token', showLink),
    open('post', '/login/:token', handleLink),
    {
      method: 'post',
      path: '/logout',
      access: 'agent',
      handle: (visit) => handleLogout(desk, visit),
    },
  ];
}
