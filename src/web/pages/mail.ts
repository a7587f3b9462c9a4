/** A message's other forms: its HTML in a frame, its bytes as they came. */

import { randomBytes } from 'node:crypto';
import { ReplywrightError } from '../../domain/errors.ts';
import { attachmentContents } from '../../mail/parse.ts';
import { safeHtml } from '../../mail/safe-html.ts';
import { loadMessage, messageHtml } from '../../storage/messages.ts';
import { messageRaw } from '../../storage/raw-bytes.ts';
import { pictureType } from '../attachment-view.ts';
import { frameDocument, isOwnPicture, mostPictures } from '../mail-frame.ts';
import { checkPath, idParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { downloadHeaders, frameHeaders } from '../security-headers.ts';

async function rawOf(desk: Desk, id: number): Promise<Buffer> {
  const raw = await messageRaw(desk.db, id);
  if (raw === null) throw new ReplywrightError('not_found', { what: 'message', id });
  return raw;
}

/** The mail's own pictures by Content-ID, as `data:` addresses. */
async function ownPictures(desk: Desk, id: number): Promise<Map<string, string>> {
  const message = await loadMessage(desk.db, id);
  const wanted = (message?.attachments ?? []).filter(isOwnPicture).slice(0, mostPictures);
  const pictures = new Map<string, string>();
  if (wanted.length === 0) return pictures;
  const indexes = wanted.map(({ index }) => index);
  for (const { attachment, content } of await attachmentContents(await rawOf(desk, id), indexes)) {
    const { contentId } = attachment;
    const base64 = Buffer.from(content.buffer, content.byteOffset, content.length).toString(
      'base64',
    );
    pictures.set(contentId ?? '', `data:${pictureType(attachment)};base64,${base64}`);
  }
  return pictures;
}

const tooCostly =
  '<p>The formatted form of this mail is too complicated to be shown. Its text stands in the conversation, and the original can be downloaded there.</p>';

async function showHtml(desk: Desk, { request, response }: AccountVisit): Promise<void> {
  const id = checkPath(idParam, request.params.id);
  const html = await messageHtml(desk.db, id);
  if (html === null) throw new ReplywrightError('not_found', { what: 'HTML of message', id });
  const remoteImages = request.query.pictures === 'yes';
  const pictures = html.includes('cid:') ? await ownPictures(desk, id) : new Map<string, string>();
  const safe = (await safeHtml(html, { remoteImages })) ?? tooCostly;
  const nonce = randomBytes(16).toString('base64');
  frameHeaders(response, remoteImages, `'self' 'nonce-${nonce}'`);
  const stylesheet = `/assets/${desk.assets.version}/mail.css`;
  response.type('html').send(frameDocument(safe, pictures, stylesheet, nonce));
}

async function sendRaw(desk: Desk, { request, response }: AccountVisit): Promise<void> {
  const id = checkPath(idParam, request.params.id);
  const raw = await rawOf(desk, id);
  downloadHeaders(response, `message-${id}.eml`);
  response.send(raw);
}

/** Routes of single messages. */
export function mailRoutes(desk: Desk): Route[] {
  const get = (
    path: string,
    handle: (desk: Desk, visit: AccountVisit) => Promise<void>,
  ): Route => ({ method: 'get', path, access: 'agent', handle: (visit) => handle(desk, visit) });
  return [get('/messages/:id/html', showHtml), get('/messages/:id/raw', sendRaw)];
}
