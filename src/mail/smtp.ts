/** Sending by SMTP: the only file that opens such a connection, and tells what became of a mail. */

import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import nodemailer from 'nodemailer';
import { asReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { type AccessTokens, loginByToken } from './access-tokens.ts';
import { openOutbox } from './outbox.ts';
import type { DeliveryOutcome, Outgoing, Transport } from './outgoing.ts';
import { asSmtpError, outcomeOfFailure } from './smtp-outcome.ts';
import { type Security, tlsOptions } from './tls-trust.ts';

export type { DeliveryOutcome, Outgoing, Refusal, Transport } from './outgoing.ts';

export interface SmtpSettings {
  host: string;
  port: number;
  security: Security;
  /** Null for a server that wants no login. */
  user: string | null;
  password: string | null;
  /** What logs in instead of the password. */
  tokens?: AccessTokens | null;
  /** PEM file with further certificate authorities, or null. */
  caFile: string | null;
  /** How long the server may take to accept the connection and to greet, in seconds. */
  timeoutSeconds: number;
  /** How long it may then say nothing while it is given a mail; default ten minutes. */
  answerSeconds?: number;
}

export type TransportSettings =
  | { kind: 'smtp'; smtp: SmtpSettings }
  | { kind: 'folder'; path: string };

/**
 * Default of `answerSeconds`. RFC 5321, section 4.5.3.2.6 asks for ten minutes after the final dot:
 * giving up sooner makes a delivery uncertain that the server was about to confirm. nodemailer
 * knows one such time for all phases, and none of the others asks for more.
 */
const defaultAnswerSeconds = 600;

/**
 * Notices what the server offers, and when the whole message, with its final dot, was handed to the
 * socket. nodemailer tells both in its log only: the server's words with `tnx: 'server'`, and the
 * entry `tnx: 'message'` when the last byte has left its stream. Pinned by version and by a test of
 * every phase.
 */
function messageWatch() {
  let written = false;
  let greeted = false;
  let international = false;
  const note = (entry: unknown, words?: unknown) => {
    const { tnx } = (entry ?? {}) as { tnx?: unknown };
    if (tnx === 'message') written = true;
    if (tnx !== 'server' || typeof words !== 'string') return;
    greeted ||= words.startsWith('250');
    international ||= /^250[ -]SMTPUTF8\b/im.test(words);
  };
  const silent = () => {};
  return {
    written: () => written,
    /** The server has said what it can, and SMTPUTF8 (RFC 6531) is not among it. */
    isAsciiOnly: () => greeted && !international,
    logger: {
      level: silent,
      trace: note,
      debug: note,
      info: note,
      warn: note,
      error: note,
      fatal: note,
    },
  };
}

/** As long as the news of a broken connection needs to come back from far away. */
const pauseMs = 200;

/** As much as goes through the socket's buffers at once; the last of them holds the mail's end. */
const chunkBytes = 16_384;

/**
 * The mail with a pause before its last bytes. A server that breaks off while the mail is on its way
 * is noticed in the pause, when the final dot is not written yet: the mail is certainly not sent and
 * can be tried again, where otherwise nobody could know.
 *
 * @param mayBegin asked once the server waits for the mail; without it, not a byte is given away.
 */
async function* withPause(bytes: Buffer, mayBegin: () => boolean): AsyncGenerator<Buffer> {
  if (!mayBegin()) throw new Error('The server does not take this mail.');
  const lastByte = Math.max(0, bytes.length - 1);
  for (let at = 0; at < lastByte; at += chunkBytes)
    yield bytes.subarray(at, Math.min(lastByte, at + chunkBytes));
  await setTimeout(pauseMs);
  yield bytes.subarray(lastByte);
}

/**
 * After this long a login without a token is tried again: what is missing is mended by a person or a
 * provider, at a moment that has nothing to do with how long it has been missing.
 */
const loginDelayMs = 60_000;

/** How one connection logs in; null where the server wants no login. */
type Login = { user: string; pass: string } | { type: 'OAuth2'; user: string; accessToken: string };

async function connectOptions(settings: SmtpSettings, login: Login | null, silenceSeconds: number) {
  const patience = settings.timeoutSeconds * 1000;
  return {
    host: settings.host,
    port: settings.port,
    secure: settings.security === 'tls',
    // RFC 8314, section 5.1: never "when offered", anyone on the wire can take the offer away.
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    ...(login === null ? {} : { auth: login, forceAuth: true }),
    tls: await tlsOptions(settings.caFile),
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: silenceSeconds * 1000,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * Logs in as the settings say.
 *
 * @param attempt throws `smtp_credentials` when the server refuses the login.
 * @throws ReplywrightError `oauth_*`; whatever else `attempt` throws.
 */
async function withLogin<Result>(
  { host, user, password, tokens }: SmtpSettings,
  attempt: (login: Login | null) => Promise<Result>,
): Promise<Result> {
  if (user === null) return await attempt(null);
  if (!tokens) return await attempt({ user, pass: password ?? '' });
  return await loginByToken(tokens, { host, user }, 'smtp_credentials', (accessToken) =>
    attempt({ type: 'OAuth2', user, accessToken }),
  );
}

/** The address of an envelope that only a server with SMTPUTF8 takes (RFC 6531); null for none. */
function internationalAddress({ from, to }: Outgoing['envelope']): string | null {
  return [from, ...to].find((address) => /[^\x20-\x7e]/.test(address)) ?? null;
}

/** What was asked of a server that could not; nodemailer asks all the same, and some servers guess. */
function tooInternational(address: string, { host }: SmtpSettings): DeliveryOutcome {
  const response = `The mail server ${host} takes no addresses with such letters as in ${address} (it offers no SMTPUTF8). Nothing was sent.`;
  return { outcome: 'refused', permanent: true, code: null, response };
}

/** RFC 5321, section 4.2.1: whom the server refused with 4yz it may take later. */
function deferredOf(
  errors: readonly { recipient?: string | undefined; responseCode?: number | undefined }[],
): string[] {
  return errors
    .filter(({ responseCode = 0 }) => responseCode >= 400 && responseCode < 500)
    .flatMap(({ recipient }) => recipient ?? []);
}

async function send(
  settings: SmtpSettings,
  login: Login | null,
  mail: Outgoing,
): Promise<DeliveryOutcome> {
  // One transport a send, so that what is noticed belongs to this mail and no other.
  const watch = messageWatch();
  const international = internationalAddress(mail.envelope);
  const mayBegin = () => international === null || !watch.isAsciiOnly();
  try {
    const transport = nodemailer.createTransport({
      ...(await connectOptions(settings, login, settings.answerSeconds ?? defaultAnswerSeconds)),
      logger: watch.logger,
      // The server's words stand in the log only then.
      transactionLog: international !== null,
    });
    try {
      const info = await transport.sendMail({
        // RFC 1870, section 6.1: a server that is told the size refuses before it is sent.
        envelope: { ...mail.envelope, size: mail.bytes.length },
        raw: Readable.from(withPause(mail.bytes, mayBegin), { objectMode: false }),
      });
      return {
        outcome: 'sent',
        response: String(info.response).slice(0, 500),
        rejected: [...(info.rejected ?? [])].map(String),
        deferred: deferredOf(info.rejectedErrors ?? []),
      };
    } finally {
      transport.close();
    }
  } catch (error) {
    if (international !== null && watch.isAsciiOnly() && !watch.written())
      return tooInternational(international, settings);
    return outcomeOfFailure(error, watch.written(), settings);
  }
}

/** Sends with a login that counts: one that is refused throws, since nothing was sent. */
async function sendLoggedIn(settings: SmtpSettings, mail: Outgoing): Promise<DeliveryOutcome> {
  try {
    return await withLogin(settings, async (login) => {
      const outcome = await send(settings, login, mail);
      if (outcome.outcome === 'not_sent' && outcome.error.code === 'smtp_credentials')
        throw outcome.error;
      return outcome;
    });
  } catch (error) {
    // `send` throws nothing of its own: no login came about, so no mail was given away.
    const failure = asReplywrightError(error);
    const soon = failure.code.startsWith('oauth_');
    return { outcome: 'not_sent', error: soon ? failure.withRetryAfter(loginDelayMs) : failure };
  }
}

/** Opens the way out of a mailbox. Connects at the first delivery, so it never throws. */
export function openTransport(settings: TransportSettings, log: Log): Transport {
  if (settings.kind === 'folder') return openOutbox(settings.path);
  const { smtp } = settings;
  const smtpLog = log.child({ host: smtp.host });
  return {
    async deliver(mail) {
      const outcome = await sendLoggedIn(smtp, mail);
      if (outcome.outcome === 'not_sent') smtpLog.warn('smtp_not_sent', { error: outcome.error });
      else smtpLog.info('smtp_delivery', { outcome: outcome.outcome });
      return outcome;
    },
  };
}

/**
 * Tries the settings: connects, encrypts and logs in; sends nothing.
 *
 * @throws ReplywrightError `smtp_credentials`, `smtp_certificate`, `smtp_unreachable`, `oauth_*`.
 */
export async function checkSmtp(settings: SmtpSettings): Promise<void> {
  await withLogin(settings, async (login) => {
    try {
      const transport = nodemailer.createTransport({
        // No mail is at stake, and a person waits for the result.
        ...(await connectOptions(settings, login, settings.timeoutSeconds)),
        logger: false,
      });
      try {
        await transport.verify();
      } finally {
        transport.close();
      }
    } catch (error) {
      throw asSmtpError(error, settings);
    }
  });
}
