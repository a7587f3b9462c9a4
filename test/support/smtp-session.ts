/** Speaks SMTP (RFC 5321) on one connection and does at each point what the script says. */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { SmtpJournal } from './smtp-journal.ts';
import { Gone, SmtpReader } from './smtp-reader.ts';
import type { SmtpPoint, SmtpScript } from './smtp-script.ts';

/** What the sessions of one server share. */
export interface SmtpSettings {
  readonly journal: SmtpJournal;
  readonly script: SmtpScript;
  /** Demanded credentials; null takes mail without a login and any login. */
  readonly login: { readonly user: string; readonly password: string } | null;
  /** Whether a token is good, for logins by XOAUTH2; null does not offer them. */
  readonly accepts: ((user: string, token: string) => boolean) | null;
  /** Offers STARTTLS with this certificate. */
  readonly starttls: SecureContext | null;
  /** Bytes. */
  readonly maxSize: number;
  /** Every command line, in order, all sessions. */
  readonly commands: string[];
  onAccepted(): void;
}

/** One connection from its greeting to its end. */
export class SmtpSession {
  readonly #settings: SmtpSettings;
  readonly #reader: SmtpReader;
  #socket: Socket;
  #secure: boolean;
  #user: string | null = null;
  #from: string | null = null;
  #to: string[] = [];
  #dropAfterAnswer = false;

  constructor(socket: Socket, settings: SmtpSettings) {
    this.#socket = socket;
    this.#secure = socket instanceof TLSSocket;
    this.#settings = settings;
    this.#reader = new SmtpReader(socket);
  }

  /** Runs the dialogue; resolves when the connection is over. */
  async run(): Promise<void> {
    try {
      if (await this.#passes('connect')) {
        if (await this.#passes('banner')) this.#say(220, 'localhost ESMTP double');
      }
      for (;;) await this.#command(await this.#reader.line());
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      this.#socket.destroy();
    }
  }

  #say(code: number, ...lines: readonly string[]): void {
    const last = lines.length - 1;
    const text = lines
      .map((line, index) => `${code}${index === last ? ' ' : '-'}${line}\r\n`)
      .join('');
    if (this.#dropAfterAnswer || code === 421) {
      this.#socket.end(text);
      throw new Gone();
    }
    this.#socket.write(text);
  }

  /** Does what the script says at this point. @returns whether the ordinary answer shall follow */
  async #passes(point: SmtpPoint, recipient: string | null = null): Promise<boolean> {
    const action = this.#settings.script.take(point, recipient);
    if (action === null) return true;
    if (action === 'drop') throw new Gone();
    if (action === 'reset') {
      this.#socket.resetAndDestroy();
      throw new Gone();
    }
    if (action === 'hang') {
      await this.#settings.script.hold();
      if (this.#socket.destroyed) throw new Gone();
      return true;
    }
    if (action === 'answer-then-drop') {
      this.#dropAfterAnswer = true;
      return true;
    }
    this.#say(action.reply, action.text ?? `scripted at ${point}`);
    return false;
  }

  async #command(line: string): Promise<void> {
    this.#settings.commands.push(line);
    const verb = line.split(/[\s:]/, 1)[0]?.toUpperCase() ?? '';
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        return this.#hello(verb);
      case 'STARTTLS':
        return this.#startTls();
      case 'AUTH':
        return this.#auth(line);
      case 'MAIL':
        return this.#mail(line);
      case 'RCPT':
        return this.#rcpt(line);
      case 'DATA':
        return this.#data();
      case 'RSET':
        if (!(await this.#passes('rset'))) return;
        this.#forget();
        return this.#say(250, 'ok');
      case 'NOOP':
        if (await this.#passes('noop')) this.#say(250, 'ok');
        return;
      case 'QUIT':
        if (!(await this.#passes('quit'))) return;
        this.#dropAfterAnswer = true;
        return this.#say(221, 'bye');
      default:
        return this.#say(502, 'command not implemented');
    }
  }

  #forget(): void {
    this.#from = null;
    this.#to = [];
  }

  async #hello(verb: string): Promise<void> {
    if (!(await this.#passes('ehlo'))) return;
    this.#forget();
    if (verb === 'HELO') return this.#say(250, 'localhost');
    const offers = [
      'localhost',
      `SIZE ${this.#settings.maxSize}`,
      'PIPELINING',
      '8BITMIME',
      'SMTPUTF8',
      this.#settings.accepts === null ? 'AUTH PLAIN LOGIN' : 'AUTH XOAUTH2',
    ];
    if (this.#settings.starttls !== null && !this.#secure) offers.push('STARTTLS');
    this.#say(250, ...offers);
  }

  async #startTls(): Promise<void> {
    if (!(await this.#passes('starttls'))) return;
    const { starttls } = this.#settings;
    if (starttls === null || this.#secure) return this.#say(502, 'command not implemented');
    this.#say(220, 'go ahead');
    const secured = new TLSSocket(this.#socket, { isServer: true, secureContext: starttls });
    // A client that does not trust the certificate ends the handshake: that is its right, not our failure.
    secured.on('error', () => secured.destroy());
    this.#socket = secured;
    this.#reader.upgrade(secured);
    this.#secure = true;
    this.#user = null;
    this.#forget();
  }

  async #ask(prompt: string): Promise<string> {
    this.#say(334, Buffer.from(prompt).toString('base64'));
    return this.#reader.line();
  }

  /** Google's mechanism: a refusal is told in JSON first, and the client has to answer it. */
  async #token(initial: string): Promise<void> {
    const decoded = Buffer.from(initial, 'base64').toString('utf8');
    const [user = '', token = ''] = decoded
      .split('\u0001')
      .map((part) => part.replace(/^(user=|auth=Bearer )/, ''));
    if (!(await this.#passes('auth'))) return;
    if (this.#settings.accepts?.(user, token) !== true) {
      await this.#ask('{"status":"400","schemes":"Bearer"}');
      return this.#say(535, '5.7.8 Username and Password not accepted');
    }
    this.#user = user;
    this.#say(235, '2.7.0 authentication successful');
  }

  async #auth(line: string): Promise<void> {
    const [, mechanism = '', initial] = line.split(' ');
    if (mechanism.toUpperCase() === 'XOAUTH2') return await this.#token(initial ?? '');
    let user = '';
    let password = '';
    if (mechanism.toUpperCase() === 'PLAIN') {
      const decoded = Buffer.from(initial ?? (await this.#ask('')), 'base64').toString('utf8');
      [, user = '', password = ''] = decoded.split('\0');
    } else if (mechanism.toUpperCase() === 'LOGIN') {
      user = Buffer.from(initial ?? (await this.#ask('Username:')), 'base64').toString('utf8');
      password = Buffer.from(await this.#ask('Password:'), 'base64').toString('utf8');
    } else {
      return this.#say(504, '5.5.4 mechanism not supported');
    }
    if (!(await this.#passes('auth'))) return;
    const { login } = this.#settings;
    if (login !== null && (login.user !== user || login.password !== password)) {
      return this.#say(535, '5.7.8 authentication credentials invalid');
    }
    this.#user = user;
    this.#say(235, '2.7.0 authentication successful');
  }

  async #mail(line: string): Promise<void> {
    if (!(await this.#passes('mail'))) return;
    const { login, accepts } = this.#settings;
    if ((login !== null || accepts !== null) && this.#user === null)
      return this.#say(530, '5.7.0 authentication required');
    const address = /^MAIL FROM:\s*<([^>]*)>/i.exec(line)?.[1];
    if (address === undefined) return this.#say(501, '5.5.4 syntax: MAIL FROM:<address>');
    if (this.#from !== null) return this.#say(503, '5.5.1 nested MAIL');
    const size = Number(/\bSIZE=(\d+)/i.exec(line)?.[1] ?? 0);
    if (size > this.#settings.maxSize) return this.#say(552, '5.3.4 message too big');
    this.#from = address;
    this.#say(250, '2.1.0 ok');
  }

  async #rcpt(line: string): Promise<void> {
    const address = /^RCPT TO:\s*<([^>]+)>/i.exec(line)?.[1];
    if (!(await this.#passes('rcpt', address ?? null))) return;
    if (this.#from === null) return this.#say(503, '5.5.1 MAIL first');
    if (address === undefined) return this.#say(501, '5.5.4 syntax: RCPT TO:<address>');
    this.#to.push(address);
    this.#say(250, '2.1.5 ok');
  }

  async #data(): Promise<void> {
    if (!(await this.#passes('data'))) return;
    const from = this.#from;
    if (from === null || this.#to.length === 0) return this.#say(503, '5.5.1 no valid recipients');
    this.#say(354, 'end with <CRLF>.<CRLF>');
    await this.#reader.some();
    // A refusal in mid-body is not SMTP: the answer would be read as that to the final dot, so it comes after it.
    const bodyPasses = await this.#passes('body');
    const raw = await this.#reader.body();
    if (!bodyPasses || !(await this.#passes('dot'))) return this.#forget();
    if (raw.length > this.#settings.maxSize) {
      this.#forget();
      return this.#say(552, '5.3.4 message too big');
    }
    const envelope = { from, to: this.#to, user: this.#user, secure: this.#secure };
    const { sequence } = this.#settings.journal.accept(envelope, raw);
    this.#settings.onAccepted();
    this.#forget();
    if (await this.#passes('accepted')) this.#say(250, `2.0.0 ok queued as ${sequence}`);
  }
}
