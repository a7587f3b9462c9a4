/** The watchdog of an IMAP connection: asks for a sign of life, and cuts a connection that gives none. */

import type { ImapFlow } from 'imapflow';

/** When a connection is asked and how long it may take to answer, in milliseconds. */
export interface ProbeTimes {
  /** From one sign of life to the next question. */
  everyMs: number;
  /** From the question to the end of our patience. */
  answerMs: number;
}

/** Who owns the connection that is watched. */
export interface Watched {
  /** True while commands are under way anyway; the socket's own timeout guards those. */
  busy(): boolean;
  /** The server has answered. */
  answered(): void;
  /** The server has not answered in time; the connection is cut after this. */
  silent(): void;
}

/**
 * Watches a connection until it is closed. IDLE hears nothing from a server that is gone (RFC 2177
 * has no heartbeat, and TCP finds out after hours), so a NOOP ends it now and then; that also
 * renews an IDLE before a server gives it up, as RFC 2177 asks for every 29 minutes and some
 * servers every minute.
 */
export function watchConnection(client: ImapFlow, times: ProbeTimes, owner: Watched): void {
  let question: NodeJS.Timeout;
  let patience: NodeJS.Timeout | undefined;

  const askLater = () => {
    if (!client.usable) return;
    question = setTimeout(ask, times.everyMs);
    // Waiting for a mail server must not keep a process alive that has nothing else to do.
    question.unref();
  };
  const ask = async () => {
    if (owner.busy()) return askLater();
    patience = setTimeout(() => {
      owner.silent();
      client.close();
    }, times.answerMs);
    // Resolves whatever the answer is, and when the connection is closed.
    await client.noop().catch(() => {});
    clearTimeout(patience);
    if (client.usable) owner.answered();
    askLater();
  };
  client.once('close', () => {
    clearTimeout(question);
    clearTimeout(patience);
  });
  askLater();
}
