/** Sends pages: whole ones to browsers, fragments to htmx, both compressed. */

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request } from 'express';
import type { Desk } from './parts.ts';
import type { Visit } from './routes.ts';

const compress = promisify(gzip);

/** Below this an answer fits one packet, and compressing it gains nothing. */
const worthCompressing = 1_200;

/** True when htmx asks for a part of a page. */
export function isFragment(request: Request): boolean {
  return request.get('hx-request') === 'true' && request.get('hx-request-type') === 'partial';
}

/** Sends finished HTML. */
export async function sendHtml(visit: Visit, html: string, status = 200): Promise<void> {
  const { request, response } = visit;
  response.status(status);
  response.set('Content-Type', 'text/html; charset=utf-8');
  response.vary('HX-Request');
  if (html.length < worthCompressing || request.acceptsEncodings('gzip') !== 'gzip')
    return void response.end(html);
  const packed = await compress(html, { level: 6 });
  response.set('Content-Encoding', 'gzip');
  response.end(packed);
}

/** Sends one template as it is, for htmx to swap in. */
export async function sendFragment(
  desk: Desk,
  visit: Visit,
  template: string,
  model: object,
  status = 200,
): Promise<void> {
  await sendHtml(visit, desk.views.render(template, model), status);
}

/** Sends a page that stands alone, without the desk around it: login, failures. */
export async function sendLonePage(
  desk: Desk,
  visit: Visit,
  template: string,
  model: object,
  status = 200,
): Promise<void> {
  const { shopName, standing, assets, version } = desk;
  const frame = {
    shopName,
    offline: standing.offline,
    version,
    assets: `/assets/${assets.version}`,
  };
  await sendHtml(visit, desk.views.render(template, { ...frame, ...model }), status);
}
