/** Reads an SMTP client's lines and message bodies from a socket, on demand. */
import type { Socket } from 'node:net';

const LINE_END = Buffer.from('\r\n');
/** RFC 5321 section 4.1.1.4: the end of the message is CRLF "." CRLF, nothing else. */
const BODY_END = Buffer.from('\r\n.\r\n');

/** Thrown to leave the dialogue when the connection is gone or shall go. */
export class Gone extends Error {}

/** Reads lines and bodies from a socket, on demand, so that an unread client feels back-pressure. */
export class SmtpReader {
  socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
  }

  async #fill(): Promise<void> {
    for (;;) {
      const chunk = this.socket.read() as Buffer | null;
      if (chunk !== null) {
        this.#buffer = Buffer.concat([this.#buffer, chunk]);
        return;
      }
      if (this.socket.destroyed || this.socket.readableEnded) throw new Gone();
      await this.#event();
    }
  }

  #event(): Promise<void> {
    const { socket } = this;
    return new Promise((resolve) => {
      const events = ['readable', 'end', 'close', 'error'] as const;
      const done = (): void => {
        for (const event of events) socket.off(event, done);
        resolve();
      };
      for (const event of events) socket.on(event, done);
    });
  }

  /** Forgets what was sent before TLS: RFC 3207 section 4.2, a stranger may have written it. */
  upgrade(socket: Socket): void {
    this.socket = socket;
    this.#buffer = Buffer.alloc(0);
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf(LINE_END);
      if (end !== -1) {
        const line = this.#buffer.subarray(0, end).toString('utf8');
        this.#buffer = this.#buffer.subarray(end + 2);
        return line;
      }
      await this.#fill();
    }
  }

  /** Waits for the first bytes of a message. */
  async some(): Promise<void> {
    if (this.#buffer.length === 0) await this.#fill();
  }

  /** Reads up to the final dot and takes away the stuffed dots (RFC 5321 section 4.5.2). */
  async body(): Promise<Buffer> {
    // The CRLF in front lets an empty message and a first line with a dot need no case of their own.
    const chunks: Buffer[] = [LINE_END];
    let tail: Buffer = LINE_END;
    for (;;) {
      await this.some();
      const chunk = this.#buffer;
      const end = Buffer.concat([tail, chunk]).indexOf(BODY_END);
      if (end !== -1) {
        const taken = end + BODY_END.length - tail.length;
        this.#buffer = chunk.subarray(taken);
        chunks.push(chunk.subarray(0, taken));
        break;
      }
      // Only the new bytes are searched: a large message must not cost the square of its size.
      chunks.push(chunk);
      this.#buffer = Buffer.alloc(0);
      tail = Buffer.concat([tail, chunk]).subarray(-(BODY_END.length - 1));
    }
    const stuffed = Buffer.concat(chunks).subarray(0, -(BODY_END.length - 2));
    return Buffer.from(stuffed.toString('latin1').replaceAll('\r\n.', '\r\n').slice(2), 'latin1');
  }
}
