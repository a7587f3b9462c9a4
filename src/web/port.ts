/** The desk's port: taken before anything else is started, and answered on once there is a desk. */

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { type ErrorCode, ReplywrightError } from '../domain/errors.ts';

export interface DeskPort {
  /** The port that was bound; the asked one, or a free one for 0. */
  port: number;
  /** Lets the desk answer from now on. */
  serve(desk: Express): void;
  /** Ends live streams, lets requests under way finish, and closes the port; twice does no harm. */
  close(): Promise<void>;
}

/** How long requests under way may take when the server closes. */
const graceMs = 2_000;

/** What the system says of an address that is not this machine's, or that is none at all. */
const wrongHost = /^(EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EINVAL|EAFNOSUPPORT)$/;

function codeOf(error: NodeJS.ErrnoException): ErrorCode | null {
  if (error.code === 'EADDRINUSE') return 'port_busy';
  if (error.code === 'EACCES' || error.code === 'EPERM') return 'port_forbidden';
  return wrongHost.test(error.code ?? '') ? 'host_unusable' : null;
}

/** For whoever asks between the first moment and the desk. */
const answerStarting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '1' });
  response.end('Replywright is starting.\n');
};

/**
 * Takes the port.
 *
 * @throws ReplywrightError `port_busy`, `port_forbidden` or `host_unusable`.
 */
export async function openPort(host: string, port: number): Promise<DeskPort> {
  let endStreams: (() => void) | undefined;
  const server = createServer(answerStarting);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    const code = codeOf(cause);
    throw code === null ? cause : new ReplywrightError(code, { port, host }, { cause });
  });
  return {
    port: (server.address() as AddressInfo).port,
    serve(desk) {
      endStreams = desk.locals.endStreams;
      server.off('request', answerStarting).on('request', desk);
    },
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        endStreams?.();
        server.closeIdleConnections();
      }),
  };
}
