/** The route table: every route names who may use it, and there is no other way to add one. */

import type { Express, Request, Response } from 'express';
import type { Account, Role } from '../storage/accounts.ts';
import { currentSession, roleAllows } from './access.ts';
import { SessionNeeded } from './failures.ts';
import type { Desk } from './parts.ts';

export interface Visit {
  request: Request;
  response: Response;
}

/** A visit by somebody who is logged in. */
export interface AccountVisit extends Visit {
  account: Account;
  /** Names the session; the token itself stays in the cookie. */
  sessionSha256: string;
}

interface Place {
  method: 'get' | 'post';
  path: string;
}

/** `open` routes can be used by anyone; the others by that role and those above it. */
export type Route =
  | (Place & { access: 'open'; handle(visit: Visit): Promise<void> | void })
  | (Place & { access: Role; handle(visit: AccountVisit): Promise<void> | void });

/** Adds the routes to the app, each behind its access rule. */
export function mount(app: Express, desk: Desk, routes: readonly Route[]): void {
  for (const route of routes) {
    app[route.method](route.path, async (request, response) => {
      if (route.access === 'open') return route.handle({ request, response });
      const session = await currentSession(desk, request);
      if (session === null || !roleAllows(session.account.role, route.access))
        throw new SessionNeeded();
      await route.handle({ request, response, ...session });
    });
  }
}
