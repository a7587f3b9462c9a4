/** The headers that keep browsers from running, framing, sniffing or keeping what we serve. */

import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

/**
 * Headers for every answer: scripts, styles and requests only from here, no framing, no cache.
 *
 * `same-origin` rather than `no-referrer`: with the latter browsers send `Origin: null`, and the
 * check against other sites could not fall back on it.
 */
export function securityHeaders(secure: boolean): RequestHandler[] {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        ...(secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    // Sandboxed frames cannot be keyed that way, and browsers complain about the mixture.
    originAgentCluster: false,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: 'deny' },
  });
  const noStore: RequestHandler = (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    response.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=()');
    next();
  };
  return [headers, noStore];
}

/**
 * Headers for a customer's HTML, shown in a frame of ours: nothing runs, nothing is submitted, and
 * nothing is fetched except pictures, when `remoteImages` asks for them.
 */
export function frameHeaders(response: Response, remoteImages: boolean, styles: string): void {
  response.set(
    'Content-Security-Policy',
    [
      "default-src 'none'",
      `img-src data:${remoteImages ? ' https: http:' : ''}`,
      `style-src ${styles}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      'sandbox',
    ].join('; '),
  );
  response.set('X-Frame-Options', 'SAMEORIGIN');
  response.set('Referrer-Policy', 'no-referrer');
}

/** Headers for a download of foreign bytes: saved, never shown. */
export function downloadHeaders(response: Response, filename: string): void {
  response.attachment(safeFilename(filename));
  // After `attachment`, which would guess a type that a browser might open.
  response.set('Content-Type', 'application/octet-stream');
  response.set('Content-Security-Policy', "default-src 'none'; sandbox");
}

/**
 * Headers for a picture that a customer sent, shown in our pages: of the type that its content has,
 * and inert also where somebody opens it by itself.
 */
export function pictureHeaders(response: Response, type: string, filename: string): void {
  response.attachment(safeFilename(filename));
  const disposition = String(response.get('Content-Disposition'));
  response.set('Content-Disposition', disposition.replace(/^attachment/, 'inline'));
  response.set('Content-Type', type);
  response.set('Content-Security-Policy', "default-src 'none'; sandbox");
}

/** A file name without folders, control characters or directions of writing that disguise it. */
export function safeFilename(name: string): string {
  const plain = name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/^\.+/, '')
    .trim()
    .slice(-150);
  return plain === undefined || plain === '' ? 'attachment' : plain;
}
