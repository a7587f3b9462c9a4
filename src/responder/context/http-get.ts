/** One GET for a source: no redirect, a bounded answer, and only to a host that may be asked. */

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { AddressRefused, guardedLookup, isAllowedAddress } from './public-address.ts';

/** More than any order; a whole catalogue is not what was asked for. */
const largestAnswer = 1_000_000;

/** What went wrong, as the end of a sentence. Holds nothing of the answer, the key or the headers. */
export class GetFailure extends Error {}

/** The connections to the host of one source. */
export interface Getter {
  /**
   * The text of the answer; null when the server says that there is nothing (404, 410).
   *
   * @throws GetFailure; whatever aborted `signal`.
   */
  get(url: URL, signal: AbortSignal): Promise<string | null>;
  close(): void;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > largestAnswer)
      throw new GetFailure(`its answer has more than ${largestAnswer / 1_000_000} MB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

async function read(response: IncomingMessage): Promise<string | null> {
  const { statusCode: status = 0 } = response;
  try {
    if (status === 404 || status === 410) return null;
    if (status === 401 || status === 403)
      throw new GetFailure(`it refuses our credentials (${status})`);
    if (status >= 300 && status < 400)
      throw new GetFailure(`it sends us elsewhere (${status}), and redirects are not followed`);
    if (status !== 200) throw new GetFailure(`it answers with status ${status}`);
    return await textOf(response);
  } finally {
    // What is not wanted is not read; a connection that was read to its end is kept.
    if (!response.complete) response.destroy();
  }
}

function failureOf(error: unknown): Error {
  if (error instanceof GetFailure) return error;
  if (error instanceof AddressRefused)
    return new GetFailure('it lies in a private network, and `privateHosts` does not name it');
  const { code } = error as { code?: unknown };
  return new GetFailure(`it cannot be reached (${typeof code === 'string' ? code : 'no reason'})`, {
    cause: error,
  });
}

/** Opens the way to the host of one source. */
export function openGetter({
  headers,
  privateHosts,
}: {
  headers: Readonly<Record<string, string>>;
  privateHosts: readonly string[];
}): Getter {
  const options = { keepAlive: true, maxSockets: 4 };
  const agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) };
  const all = { accept: 'application/json', 'accept-encoding': 'identity', ...headers };
  return {
    async get(url, signal) {
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const mayBePrivate = privateHosts.includes(host);
      // A name is looked at when it is looked up; an address has no such moment.
      if (isIP(host) !== 0 && !isAllowedAddress(host, mayBePrivate))
        throw failureOf(new AddressRefused());
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      const isPlain = url.protocol === 'http:';
      const request = (isPlain ? httpRequest : httpsRequest)(url, {
        agent: isPlain ? agents['http:'] : agents['https:'],
        headers: all,
        lookup: guardedLookup(mayBePrivate),
        signal,
      });
      request.once('response', resolve).on('error', reject).end();
      try {
        return await read(await promise);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw failureOf(error);
      }
    },
    close() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}
