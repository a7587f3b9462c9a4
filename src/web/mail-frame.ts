/** The document in which a mail's sanitized HTML is shown: its own pictures and styles put in place. */

import type { Attachment } from '../domain/attachment.ts';
import { pictureType } from './attachment-view.ts';

/** Pictures that stand inside the HTML are shown up to this size each, and this many. */
const largestPicture = 2_000_000;
export const mostPictures = 20;

/** True for an attachment that the HTML may show in place. */
export function isOwnPicture(attachment: Attachment): boolean {
  const { contentId, size } = attachment;
  return contentId !== null && size <= largestPicture && pictureType(attachment) !== null;
}

/** Characters of pictures in one frame: HTML may show one of them thousands of times. */
const mostPictureCharacters = 60_000_000;

/**
 * Moves `style` attributes into a style sheet, so that the policy need not allow inline styles.
 * The sanitizer leaves no bare `<`, `>` or `"` in text between tags or in values, and no
 * declaration in which a brace could stand.
 */
function liftStyles(html: string): { html: string; css: string } {
  const classes = new Map<string, string>();
  const lifted = html.replace(/<[a-z][a-z0-9]*\s[^>]*>/g, (tag) =>
    tag.replace(/ style="([^"{}<]*)"/, (_whole, declarations: string) => {
      const name = classes.get(declarations) ?? `s${classes.size}`;
      classes.set(declarations, name);
      return ` class="${name}"`;
    }),
  );
  const rules = [...classes].map(([declarations, name]) => `.${name}{${declarations}}`);
  return { html: lifted, css: rules.join('\n') };
}

/**
 * The whole document of the frame.
 *
 * @param safe what the sanitizer made of the mail's HTML.
 * @param pictures the mail's own pictures by Content-ID, as `data:` addresses.
 * @param nonce stands in the policy and on the styles that came out of the mail.
 */
export function frameDocument(
  safe: string,
  pictures: ReadonlyMap<string, string>,
  stylesheet: string,
  nonce: string,
): string {
  const { html, css } = liftStyles(safe);
  let room = mostPictureCharacters;
  const body = html.replace(/ data-cid="([^"]{1,250})"/g, (_whole, id: string) => {
    const source = pictures.get(id.replaceAll('&amp;', '&'));
    if (source === undefined || source.length > room) return '';
    room -= source.length;
    return ` src="${source}"`;
  });
  return `<!doctype html><html><head><meta charset="utf-8"><title>Mail</title><link rel="stylesheet" href="${stylesheet}"><style nonce="${nonce}">${css}</style></head><body>${body}</body></html>`;
}
