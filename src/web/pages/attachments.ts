/** Attachments: downloaded as files that cannot run here, pictures and texts looked at in place. */

import * as z from 'zod';
import { type Attachment, isDangerous } from '../../domain/attachment.ts';
import { ReplywrightError } from '../../domain/errors.ts';
import { decodeText } from '../../mail/charset.ts';
import { attachmentContent, attachmentContents } from '../../mail/parse.ts';
import { pdfText } from '../../mail/pdf-text.ts';
import { wellFormed } from '../../mail/text-hygiene.ts';
import { loadMessage } from '../../storage/messages.ts';
import { messageRaw } from '../../storage/raw-bytes.ts';
import { fileView, pictureType, textOf } from '../attachment-view.ts';
import { checkPath, idParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import { openPictureShelf, type PictureShelf } from '../picture-shelf.ts';
import { isFragment, sendFragment, sendLonePage } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { downloadHeaders, pictureHeaders } from '../security-headers.ts';
import { count } from '../wording.ts';

/** Parts are numbered from 0, and what was unpacked from them from 1000. */
const indexParam = z.coerce.number().int().min(0).max(1999);

/** Bytes and lines of a text that are shown. */
const shownText = { bytes: 64 * 1024, lines: 300 };

interface Place {
  id: number;
  attachment: Attachment;
  attachments: readonly Attachment[];
}

/** The attachment that an address names. */
async function placeOf(desk: Desk, { request }: AccountVisit): Promise<Place> {
  const id = checkPath(idParam, request.params.id);
  const index = checkPath(indexParam, request.params.index);
  const attachments = (await loadMessage(desk.db, id))?.attachments ?? [];
  const attachment = attachments.find((each) => each.index === index);
  if (attachment === undefined)
    throw new ReplywrightError('not_found', { what: 'attachment', id: index });
  return { id, attachment, attachments };
}

async function rawOf(desk: Desk, id: number): Promise<Buffer> {
  const raw = await messageRaw(desk.db, id);
  if (raw === null) throw new ReplywrightError('not_found', { what: 'message', id });
  return raw;
}

async function sendFile(desk: Desk, { response }: AccountVisit, place: Place): Promise<void> {
  const { id, attachment } = place;
  const { content } = await attachmentContent(await rawOf(desk, id), attachment.index);
  downloadHeaders(response, attachment.filename);
  response.send(content);
}

/** Asks first, where a click too many could do harm. */
async function download(desk: Desk, visit: AccountVisit): Promise<void> {
  const place = await placeOf(desk, visit);
  if (!isDangerous(place.attachment)) return await sendFile(desk, visit, place);
  const file = fileView(place.id, place.attachment);
  if (isFragment(visit.request)) return await sendFragment(desk, visit, 'download-warning', file);
  await sendLonePage(desk, visit, 'download', { title: 'Download', file });
}

/** The second step: by POST, which no link in a mail can do. */
async function downloadAnyway(desk: Desk, visit: AccountVisit): Promise<void> {
  await sendFile(desk, visit, await placeOf(desk, visit));
}

async function showPicture(desk: Desk, shelf: PictureShelf, visit: AccountVisit): Promise<void> {
  const { id, attachment, attachments } = await placeOf(desk, visit);
  const { index, filename } = attachment;
  const type = pictureType(attachment);
  const shown = attachments.filter((each) => pictureType(each) !== null);
  const content = await shelf.picture(
    id,
    index,
    shown,
    async (indexes) => await attachmentContents(await rawOf(desk, id), indexes),
  );
  if (type === null || content === null)
    throw new ReplywrightError('not_found', { what: 'picture', id: index });
  pictureHeaders(visit.response, type, filename);
  visit.response.send(Buffer.from(content.buffer, content.byteOffset, content.byteLength));
}

interface Shown {
  /** What is shown of it: "pages 1 to 5 of 14". */
  extent: string;
  paragraphs: string[];
}

function shownLines(content: Buffer, size: number): Shown {
  const text = wellFormed(decodeText(content, null), shownText.bytes);
  const all = text.replace(/\r\n?/g, '\n').trimEnd().split('\n');
  const lines = all.slice(0, shownText.lines);
  const whole = lines.length === all.length && content.length === size;
  const extent = whole ? count(lines.length, 'line', 'lines') : `the first ${lines.length} lines`;
  return { extent, paragraphs: [lines.join('\n')] };
}

async function shownPdf(content: Uint8Array): Promise<Shown> {
  const read = await pdfText(content);
  if ('unreadable' in read) return { extent: 'not readable', paragraphs: [read.unreadable] };
  const { pages, texts } = read;
  const extent = texts.length < pages ? `the first ${texts.length} of ${pages} pages` : '';
  if (texts.every((text) => text === ''))
    return {
      extent,
      paragraphs: ['There is no text in it: its pages are pictures. Download it to see them.'],
    };
  return { extent: extent || count(pages, 'page', 'pages'), paragraphs: texts };
}

async function showText(desk: Desk, visit: AccountVisit): Promise<void> {
  const { id, attachment } = await placeOf(desk, visit);
  const how = textOf(attachment);
  if (how === null)
    throw new ReplywrightError('not_found', { what: 'text of attachment', id: attachment.index });
  const most = how === 'pdf' ? attachment.size : shownText.bytes;
  const raw = await rawOf(desk, id);
  const [found] = await attachmentContents(raw, [attachment.index], most);
  if (found === undefined)
    throw new ReplywrightError('not_found', { what: 'attachment', id: attachment.index });
  const { buffer, byteOffset, byteLength } = found.content;
  const shown =
    how === 'pdf'
      ? await shownPdf(found.content)
      : shownLines(Buffer.from(buffer, byteOffset, byteLength), attachment.size);
  const model = { ...shown, filename: attachment.filename };
  if (isFragment(visit.request)) return await sendFragment(desk, visit, 'attached-text', model);
  await sendLonePage(desk, visit, 'text', { title: attachment.filename, shown: model });
}

/** Routes of attachments. */
export function attachmentRoutes(desk: Desk): Route[] {
  const shelf = openPictureShelf();
  const path = '/messages/:id/attachments/:index';
  const access = 'agent';
  return [
    { method: 'get', path, access, handle: (visit) => download(desk, visit) },
    {
      method: 'post',
      path: `${path}/download`,
      access,
      handle: (visit) => downloadAnyway(desk, visit),
    },
    {
      method: 'get',
      path: `${path}/picture`,
      access,
      handle: (visit) => showPicture(desk, shelf, visit),
    },
    { method: 'get', path: `${path}/text`, access, handle: (visit) => showText(desk, visit) },
  ];
}
