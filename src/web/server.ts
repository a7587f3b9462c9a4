/** The desk as a whole: puts the parts together, in the order in which requests meet them. */

import express, { type Express } from 'express';
import { refuseCrossSite } from './access.ts';
import { openAssets } from './assets.ts';
import { answerFailures, answerNotFound } from './failures.ts';
import { openLive } from './live.ts';
import { attachmentRoutes } from './pages/attachments.ts';
import { candidateRoutes } from './pages/candidates.ts';
import { decideRoutes } from './pages/decide.ts';
import { enclosureRoutes } from './pages/enclosures.ts';
import { growingRoutes } from './pages/growing.ts';
import { healthRoutes } from './pages/health.ts';
import { labelRoutes } from './pages/labels.ts';
import { limitLogins, limitLoginsByName, loginRoutes } from './pages/login.ts';
import { mailRoutes } from './pages/mail.ts';
import { mailboxRoutes } from './pages/mailboxes.ts';
import { previewRoutes } from './pages/preview.ts';
import { queueRoutes } from './pages/queue.ts';
import { regroupRoutes } from './pages/regroup.ts';
import { sandboxRoutes } from './pages/sandbox.ts';
import { translationRoutes } from './pages/translation.ts';
import type { Desk, DeskParts } from './parts.ts';
import { mount, type Route } from './routes.ts';
import { securityHeaders } from './security-headers.ts';
import { openViews } from './views.ts';

/** Above the longest reply, in the worst encoding of a form. */
const longestForm = '1mb';

/** Every route of the desk, with its access rule. */
export function deskRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/assets/:version/:file',
      access: 'open',
      handle: (visit) => desk.assets.serve(visit),
    },
    {
      method: 'get',
      path: '/events',
      access: 'agent',
      handle: (visit) => desk.live.open(visit, desk.assets.version),
    },
    ...healthRoutes(desk),
    ...loginRoutes(desk),
    ...queueRoutes(desk),
    ...decideRoutes(desk),
    ...labelRoutes(desk),
    ...growingRoutes(desk),
    ...translationRoutes(desk),
    ...previewRoutes(desk),
    ...enclosureRoutes(desk),
    ...regroupRoutes(desk),
    ...mailRoutes(desk),
    ...attachmentRoutes(desk),
    ...candidateRoutes(desk),
    ...mailboxRoutes(desk),
    ...sandboxRoutes(desk),
  ];
}

/** Builds the desk. It reads its templates and files, but opens no port. */
export function createDesk(parts: DeskParts): Express {
  const views = openViews();
  const desk: Desk = { ...parts, views, assets: openAssets(), live: openLive(parts.changes) };
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  // Only a proxy on this machine may say whom it speaks for, and only where there is one. On a
  // private network, Docker's too, any visitor could name another address with every attempt.
  app.set('trust proxy', desk.publicHost === null ? false : ['loopback']);
  // For the port, which ends what an app keeps open.
  app.locals.endStreams = desk.live.close;

  app.use(securityHeaders(desk.secureCookies));
  app.use(refuseCrossSite(desk.publicHost));
  app.use('/login', limitLogins());
  app.use(express.urlencoded({ extended: false, limit: longestForm, parameterLimit: 50 }));
  app.use('/login', limitLoginsByName());
  mount(app, desk, deskRoutes(desk));
  app.use(answerNotFound);
  app.use(answerFailures(desk));
  return app;
}
