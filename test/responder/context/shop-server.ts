/** A shop's server for tests: answers what it is told to, and notes what it was asked. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ShopServer {
  /** With the address of the machine, which is private. */
  readonly url: string;
  readonly asked: { path: string; headers: IncomingHttpHeaders }[];
  /** What it does with a request; at first it knows nothing. */
  answer: (path: string, response: ServerResponse) => void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startShopServer(): Promise<ShopServer> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    shop.asked.push({ path, headers: request.headers });
    shop.answer(path, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shop: ShopServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer: (_path, response) => {
      response.writeHead(404).end();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return shop;
}

/** Answers everything with this JSON. */
export function says(document: unknown): ShopServer['answer'] {
  return (_path, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  };
}
