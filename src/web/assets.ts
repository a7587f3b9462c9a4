/** The desk's own files and the vendored ones: a fixed list, read once, named by their content. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { ReplywrightError } from '../domain/errors.ts';
import type { Visit } from './routes.ts';

const types = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
} as const;

/** Each served file and the files in `public/` that it is made of; nothing else is ever served. */
const ownFiles = {
  'clock.js': ['clock.js'],
  // One request for all styles; the order of the layers stands in the first.
  'desk.css': [
    'base.css',
    'desk.css',
    'list.css',
    'mailboxes.css',
    'panels.css',
    'item.css',
    'files.css',
    'regroup.css',
    'draft.css',
    'labels.css',
    'enclosures.css',
    'why.css',
  ],
  'desk.js': ['desk.js'],
  'editor.js': ['editor.js'],
  'enclosures.js': ['enclosures.js'],
  'favicon.svg': ['favicon.svg'],
  'frame.js': ['frame.js'],
  'growing.js': ['growing.js'],
  'keyboard.js': ['keyboard.js'],
  'labels.js': ['labels.js'],
  'leaving.js': ['leaving.js'],
  'live.js': ['live.js'],
  'login.js': ['login.js'],
  'mail.css': ['mail.css'],
  'navigate.js': ['navigate.js'],
  'preview.js': ['preview.js'],
  'toasts.js': ['toasts.js'],
} as const;
/** In one file: htmx begins by a timer, and what connects before its extension is there never does. */
const vendorFiles = { 'htmx.js': ['htmx.min.js', 'ext/hx-sse.min.js'] } as const;

interface Asset {
  type: string;
  plain: Buffer;
  brotli: Buffer;
  gzip: Buffer;
}

export interface Assets {
  /** Names the content of all files together; it stands in every URL. */
  version: string;
  /** Serves `/assets/:version/:file`. */
  serve(visit: Visit): void;
}

function load(file: string, content: Buffer): Asset {
  const type = types[file.split('.').at(-1) as keyof typeof types];
  // The best quality, 11, saves another tenth and takes a quarter of a second of each start.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 6 };
  const brotli = brotliCompressSync(content, { params });
  return { type, plain: content, brotli, gzip: gzipSync(content, { level: 9 }) };
}

/** Reads the files. A file that is missing is a broken installation: it throws at start. */
export function openAssets(): Assets {
  const { resolve } = createRequire(import.meta.url);
  const hash = createHash('sha256');
  const assets = new Map<string, Asset>();
  const add = (file: string, sources: readonly (string | URL)[]) => {
    const texts = sources.map((source) => readFileSync(source, 'utf8'));
    // Source maps are not served; without this line no browser asks for one.
    const own = texts.map((text) => text.replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, '\n'));
    const content = own.join('\n');
    hash.update(file).update(content);
    assets.set(file, load(file, Buffer.from(content)));
  };
  for (const [file, sources] of Object.entries(ownFiles))
    add(
      file,
      sources.map((source) => new URL(`public/${source}`, import.meta.url)),
    );
  const vendor = resolve('htmx.org').replace(/[^/\\]+$/, '');
  for (const [file, paths] of Object.entries(vendorFiles))
    add(
      file,
      paths.map((path) => `${vendor}${path}`),
    );
  const version = hash.digest('hex').slice(0, 12);

  return {
    version,
    serve({ request, response }) {
      const asset = assets.get(String(request.params.file));
      if (asset === undefined)
        throw new ReplywrightError('not_found', { what: 'file', id: String(request.params.file) });
      // An old page may ask with an old version: it gets today's file, but must not keep it.
      const known = request.params.version === version;
      response.set('Cache-Control', known ? 'public, max-age=31536000, immutable' : 'no-store');
      response.set('Content-Type', asset.type);
      response.set('Vary', 'Accept-Encoding');
      // Sandboxed frames have an origin of their own; these files hold nothing private.
      response.set('Cross-Origin-Resource-Policy', 'cross-origin');
      const encoding = request.acceptsEncodings('br', 'gzip', 'identity');
      if (encoding === 'br') response.set('Content-Encoding', 'br').end(asset.brotli);
      else if (encoding === 'gzip') response.set('Content-Encoding', 'gzip').end(asset.gzip);
      else response.end(asset.plain);
    },
  };
}
