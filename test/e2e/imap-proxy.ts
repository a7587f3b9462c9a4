/** Stands between the program and an IMAP server, and can stop the world at an APPEND. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** `before`: the server never sees the APPEND. `after`: it has taken it, and its answer never arrives. */
export type AppendStop = 'before' | 'after';

export interface ImapProxy {
  readonly port: number;
  /** Stops the next APPEND. @returns a promise that resolves when it has come that far */
  stopNextAppend(where: AppendStop): Promise<void>;
  close(): Promise<void>;
}

interface Stop {
  where: AppendStop;
  reached: () => void;
}

/** Passes one connection on, in both directions, until the planned stop. */
function pass(client: Socket, server: Socket, planned: () => Stop | null): void {
  let stop: Stop | null = null;
  client.on('data', (data) => {
    // Commands and short literals come in one piece on loopback; the tag stands before the name.
    if (stop === null && /^\S+ APPEND /m.test(data.toString('latin1'))) stop = planned();
    if (stop?.where === 'before') return stop.reached();
    server.write(data);
  });
  server.on('data', (data) => {
    if (stop?.where === 'after' && /^\S+ OK .*APPEND/m.test(data.toString('latin1')))
      return stop.reached();
    client.write(data);
  });
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
  // Killed programs reset their connections.
  client.on('error', () => server.destroy());
  server.on('error', () => client.destroy());
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts the proxy in front of a plain IMAP port of 127.0.0.1. */
export async function startImapProxy(target: number): Promise<ImapProxy> {
  let next: Stop | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    pass(client, connect(target, '127.0.0.1'), () => {
      const stop = next;
      next = null;
      return stop;
    });
  });
  const port = await listen(server);
  return {
    port,
    stopNextAppend(where) {
      const { promise, resolve } = Promise.withResolvers<void>();
      next = { where, reached: resolve };
      return promise;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
