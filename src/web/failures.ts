/** Failures as answers: which status each error of the catalogue has, and the page that tells it. */

import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { type ErrorCode, ReplywrightError } from '../domain/errors.ts';
import type { Desk } from './parts.ts';
import { isFragment, sendFragment, sendLonePage } from './respond.ts';

/** Nobody is logged in, or not with the role that the route asks for. */
export class SessionNeeded extends Error {}

/** What is not listed is our own trouble: 500. */
const statuses: Partial<Record<ErrorCode, number>> = {
  attachment_missing: 409,
  attachment_refused: 422,
  attachment_too_large: 413,
  attachments_changed: 409,
  attachments_too_large: 413,
  attachments_too_many: 422,
  input_invalid: 400,
  cross_site: 403,
  database_unreachable: 503,
  disk_full: 507,
  customers_differ: 409,
  label_changed: 409,
  translation_unavailable: 409,
  draft_checks_failed: 409,
  draft_stale: 409,
  draft_text_changed: 409,
  login_failed: 401,
  login_link_used: 410,
  mail_unparsable: 422,
  no_recipient: 422,
  not_found: 404,
  reply_empty: 422,
  reply_too_long: 422,
  state_changed: 409,
  too_many_attempts: 429,
  undo_too_late: 409,
};

/** Conflicts that are no news to the page: it shows what they are about. */
const known: ReadonlySet<ErrorCode> = new Set(['attachment_missing', 'draft_checks_failed']);

/** The HTTP status that an error of the catalogue is answered with. */
export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? 500;
}

/** Longer paths are cut where they are told. */
const longestPath = 80;

function pageNotFound({ path }: Request): ReplywrightError {
  const id = path.length > longestPath ? `${path.slice(0, longestPath)}…` : path;
  return new ReplywrightError('not_found', { what: 'page', id });
}

/** Express and its body parser throw errors with a status of their own. */
function fromHttpError(error: unknown, request: Request): ReplywrightError | null {
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 404) return pageNotFound(request);
  if (status === 413) return new ReplywrightError('input_invalid', { detail: 'That is too long' });
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ReplywrightError('input_invalid', { detail: 'The request cannot be read' });
  return null;
}

function asFailure(desk: Desk, error: unknown, request: Request): ReplywrightError {
  if (error instanceof ReplywrightError) return error;
  const foreseen = fromHttpError(error, request);
  if (foreseen !== null) return foreseen;
  // Foreign messages may quote mail: the page names the line of the log, not the error.
  const reference = randomUUID().slice(0, 8);
  desk.log.error('request_failed', { reference, error });
  return new ReplywrightError('unexpected', { detail: `reference ${reference}` });
}

async function askToLogIn(desk: Desk, request: Request, response: Response): Promise<void> {
  if (request.path === '/events') return void response.status(401).end();
  if (isFragment(request)) {
    response.set({ 'HX-Retarget': '#notices', 'HX-Reswap': 'innerHTML', 'HX-Push-Url': 'false' });
    return sendFragment(desk, { request, response }, 'notice-session', {}, 401);
  }
  const next = request.method === 'GET' ? request.originalUrl : '/';
  response.redirect(303, `/login?next=${encodeURIComponent(next)}`);
}

/** Answers with the failure: a notice inside an open page, else a page of its own. */
export function answerFailures(desk: Desk): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof SessionNeeded) return askToLogIn(desk, request, response);
    const failure = asFailure(desk, error, request);
    const { code, message, kept, mend } = failure;
    const status = statusOf(code);
    const model = { title: message, code, message, kept, mend };
    if (!isFragment(request))
      return sendLonePage(desk, { request, response }, 'failure', model, status);
    // What is typed stays; the page looks again where it was out of date.
    const stale = status === 409 && !known.has(code) ? { 'HX-Trigger': 'desk:refresh' } : {};
    response.set({
      'HX-Retarget': '#notices',
      'HX-Reswap': 'innerHTML',
      'HX-Push-Url': 'false',
      ...stale,
    });
    await sendFragment(desk, { request, response }, 'notice-failure', model, status);
  };
}

/** What no route answered. */
export const answerNotFound: RequestHandler = (request) => {
  throw pageNotFound(request);
};
