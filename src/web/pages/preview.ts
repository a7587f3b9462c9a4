/** The reply as the customer will see it, with who gets it and what it carries. */

import { randomBytes } from 'node:crypto';
import { replySubject } from '../../mail/compose.ts';
import { possibleRecipients } from '../../mail/copies.ts';
import { replyBodies } from '../../mail/reply-bodies.ts';
import { type ReplyFooter, replyContent } from '../../pipeline/reply-content.ts';
import { draftForPreview } from '../../storage/drafts.ts';
import { looseEnclosures } from '../../storage/enclosures.ts';
import { loadForReply } from '../../storage/messages.ts';
import { frameDocument } from '../mail-frame.ts';
import { namesOf } from '../message-head.ts';
import { check, checkPath, idParam, previewForm } from '../params.ts';
import type { Desk } from '../parts.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { frameHeaders } from '../security-headers.ts';

/** Who would get the reply: its recipient, and those chosen among whom the mail names. */
async function recipients(desk: Desk, messageId: number, chosen: readonly string[]) {
  const message = await loadForReply(desk.db, messageId);
  const { to, copies } = possibleRecipients(
    { ...message, ...message.recipients },
    desk.ownAddresses,
  );
  const cc = copies.map(({ address }) => address).filter(({ address }) => chosen.includes(address));
  return { to: to === null ? null : namesOf([to]), cc: namesOf(cc) };
}

/** A mailbox that is no longer in the settings sends nothing, and puts nothing below. */
const noFooter: ReplyFooter = { signature: '' };

async function showPreview(desk: Desk, { request, response }: AccountVisit): Promise<void> {
  const id = checkPath(idParam, request.params.id);
  const { text, copies } = check(previewForm, request.body);
  const draft = await draftForPreview(desk.db, id);
  const footer = desk.mailboxes.get(draft.mailboxName) ?? noFooter;
  const language = draft.language ?? footer.language ?? null;
  const content = await replyContent(desk.db, footer, { ...draft, language, text });
  const bodies = replyBodies(content);
  const files = await looseEnclosures(desk.db, draft.conversationId);
  const model = {
    subject: replySubject(draft.subject),
    ...(await recipients(desk, draft.messageId, copies)),
    files,
    text: bodies.text,
  };
  const nonce = randomBytes(16).toString('base64');
  frameHeaders(response, false, `'self' 'nonce-${nonce}'`);
  const head = desk.views.render('preview-head', model);
  const plain = desk.views.render('preview-plain', model);
  const stylesheet = `/assets/${desk.assets.version}/mail.css`;
  const body = `${head}${bodies.html}${plain}`;
  response.type('html').send(frameDocument(body, new Map(), stylesheet, nonce));
}

/** The route of the preview. Nothing is kept of what it is given. */
export function previewRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/drafts/:id/preview',
      access: 'agent',
      handle: (visit) => showPreview(desk, visit),
    },
  ];
}
