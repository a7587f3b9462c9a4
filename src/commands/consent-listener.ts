/** Waits on this machine for the browser to come back from the page where access is granted. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ReplywrightError } from '../domain/errors.ts';

/** A browser that came back. */
export interface ComeBack {
  /** The address it was sent to, with the answer in it. */
  address: URL;
  /** Tells the person in the browser what came of it. */
  tell(text: string): void;
}

export interface ConsentListener {
  /** The address to be called back at. */
  redirectUri: string;
  /**
   * The first call that `isOurs`; others get a 404 and change nothing, since any program and any
   * page in a browser can call this port.
   *
   * @throws the reason of `signal`.
   */
  comeBack(isOurs: (address: URL) => boolean, signal: AbortSignal): Promise<ComeBack>;
  close(): Promise<void>;
}

/** A plain sentence that nothing can be made to run in. */
function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`${text}\n`);
}

async function listening(server: Server, port: number): Promise<number> {
  const host = '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Only this machine (RFC 8252, section 8.3).
    server.listen(port, host, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    const detail = `Port ${port} of this machine cannot be had; choose another one with --port`;
    throw new ReplywrightError('argument_invalid', { detail }, { cause: error });
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Opens the port that the browser is sent back to.
 *
 * @param host how the provider wants this machine to be called.
 * @param port 0 for any free one.
 * @throws ReplywrightError `argument_invalid` when the port cannot be had.
 */
export async function listenForConsent(host: string, port: number): Promise<ConsentListener> {
  const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000 });
  const bound = await listening(server, port);
  const redirectUri = `http://${host}:${bound}/`;
  return {
    redirectUri,
    comeBack: (isOurs, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        server.on('request', (request, response) => {
          const address = URL.canParse(request.url ?? '', redirectUri)
            ? new URL(request.url ?? '', redirectUri)
            : null;
          if (request.method !== 'GET' || address === null || !isOurs(address))
            return answer(response, 404, 'There is nothing here.');
          resolve({ address, tell: (text) => answer(response, 200, text) });
        });
      }),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
    },
  };
}
