/** The files of a reply: attached to it, removed from it, downloaded again. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReplywrightError } from '../../domain/errors.ts';
import { attachFile, removeFile } from '../../pipeline/enclose.ts';
import { loadDraft } from '../../storage/drafts.ts';
import { enclosurePieces, findEnclosure } from '../../storage/enclosures.ts';
import type { QueueView } from '../../storage/queue.ts';
import { check, checkPath, idParam, placeForm } from '../params.ts';
import type { Desk } from '../parts.ts';
import { isFragment } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { downloadHeaders } from '../security-headers.ts';
import { readUpload } from '../upload.ts';

/** A page with scripts looks at its item again by itself; any other is sent there. */
function answerChanged(visit: AccountVisit, view: QueueView, conversationId: number): void {
  if (isFragment(visit.request)) return void visit.response.status(204).end();
  visit.response.redirect(303, `/queue/${view}/c${conversationId}`);
}

async function handleAttach(desk: Desk, visit: AccountVisit): Promise<void> {
  const draftId = checkPath(idParam, visit.request.params.id);
  const { conversationId } = await loadDraft(desk.db, draftId);
  const parts = { db: desk.db, limits: desk.enclosureLimits };
  const accountId = visit.account.id;
  const fields = await readUpload(visit.request, async ({ filename, content }) => {
    await attachFile(parts, { draftId, accountId, filename }, content);
  });
  answerChanged(visit, check(placeForm, fields).view, conversationId);
}

async function handleRemove(desk: Desk, visit: AccountVisit): Promise<void> {
  const enclosureId = checkPath(idParam, visit.request.params.id);
  const { view } = check(placeForm, visit.request.body);
  const { conversationId } = await removeFile(desk, { enclosureId });
  answerChanged(visit, view, conversationId);
}

async function sendEnclosure(desk: Desk, { request, response }: AccountVisit): Promise<void> {
  const id = checkPath(idParam, request.params.id);
  const enclosure = await findEnclosure(desk.db, id);
  if (enclosure === null) throw new ReplywrightError('not_found', { what: 'attachment', id });
  downloadHeaders(response, enclosure.filename);
  response.set('Content-Length', String(enclosure.size));
  try {
    await pipeline(Readable.from(enclosurePieces(desk.db, id), { objectMode: false }), response);
  } catch (error) {
    // Whoever broke the download off needs no answer.
    if ((error as { code?: unknown }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/** Routes of the files of replies. */
export function enclosureRoutes(desk: Desk): Route[] {
  const access = 'agent' as const;
  return [
    {
      method: 'post',
      path: '/drafts/:id/enclosures',
      access,
      handle: (visit) => handleAttach(desk, visit),
    },
    {
      method: 'post',
      path: '/enclosures/:id/remove',
      access,
      handle: (visit) => handleRemove(desk, visit),
    },
    {
      method: 'get',
      path: '/enclosures/:id',
      access,
      handle: (visit) => sendEnclosure(desk, visit),
    },
  ];
}
