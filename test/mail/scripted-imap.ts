/** An IMAP server that answers as it is told, for what no real server can be made to do. */

import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Lines to answer with, the tag in place of `*tag*`; null for silence. */
export type Answers = Record<string, string[] | null>;

const greeting = '* OK [CAPABILITY IMAP4rev1 IDLE] ready';

const usual: Answers = {
  CAPABILITY: ['* CAPABILITY IMAP4rev1 IDLE', '*tag* OK done'],
  LOGIN: ['*tag* OK logged in'],
  NAMESPACE: ['*tag* NO none'],
  LIST: ['* LIST () "/" INBOX', '*tag* OK done'],
  EXAMINE: ['* 0 EXISTS', '* OK [UIDVALIDITY 7] ok', '* OK [UIDNEXT 1] ok', '*tag* OK done'],
  NOOP: ['*tag* OK done'],
  LOGOUT: ['* BYE', '*tag* OK done'],
};

export interface ScriptedImap {
  readonly port: number;
  /** The names of the commands that came, over all connections. */
  readonly commands: readonly string[];
  /** What is answered from now on. */
  answers: Answers;
  close(): Promise<void>;
}

/** Starts the server; `first` is its greeting, null for none. */
export async function startScriptedImap(
  answers: Answers = {},
  first: string | null = greeting,
): Promise<ScriptedImap> {
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const told = { answers };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    if (first !== null) socket.write(`${first}\r\n`);
    createInterface({ input: socket }).on('line', (line) => {
      const [tag = '', given = '', more = ''] = line.split(' ');
      const name = given === 'UID' ? more : given;
      commands.push(name);
      const lines = name in told.answers ? told.answers[name] : usual[name];
      if (lines === null) return;
      for (const each of lines ?? ['*tag* BAD unknown'])
        socket.write(`${each.replace('*tag*', tag)}\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    commands,
    get answers() {
      return told.answers;
    },
    set answers(next) {
      told.answers = next;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
