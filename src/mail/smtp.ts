/** Sending by SMTP: the only file that opens such a connection, and tells what became of a mail. */

import nodemailer from 'nodemailer';
import type { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { openOutbox } from './outbox.ts';
import type { DeliveryOutcome, Outgoing, Transport } from './outgoing.ts';
import { asSmtpError, outcomeOfFailure } from './smtp-outcome.ts';
import { type Security, tlsOptions } from './tls-trust.ts';

export type { DeliveryOutcome, Outgoing, Transport } from './outgoing.ts';

export interface SmtpSettings {
  host: string;
  port: number;
  security: Security;
  /** Null for a server that wants no login. */
  user: string | null;
  password: string | null;
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
 * Notices when the whole message, with its final dot, was handed to the socket. nodemailer tells
 * that in its log only: the entry `tnx: 'message'` is written when the last byte has left its
 * stream. Pinned by version and by a test of every phase.
 */
function messageWatch() {
  let written = false;
  const note = (entry: unknown) => {
    if ((entry as { tnx?: unknown } | null)?.tnx === 'message') written = true;
  };
  const silent = () => {};
  return {
    written: () => written,
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

async function connectOptions(settings: SmtpSettings, silenceSeconds: number) {
  const { user, password } = settings;
  const patience = settings.timeoutSeconds * 1000;
  return {
    host: settings.host,
    port: settings.port,
    secure: settings.security === 'tls',
    // RFC 8314, section 5.1: never "when offered", anyone on the wire can take the offer away.
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    ...(user === null ? {} : { auth: { user, pass: password ?? '' }, forceAuth: true }),
    tls: await tlsOptions(settings.caFile),
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: silenceSeconds * 1000,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function send(settings: SmtpSettings, mail: Outgoing): Promise<DeliveryOutcome> {
  // One transport a send, so that what is noticed belongs to this mail and no other.
  const watch = messageWatch();
  try {
    const transport = nodemailer.createTransport({
      ...(await connectOptions(settings, settings.answerSeconds ?? defaultAnswerSeconds)),
      logger: watch.logger,
    });
    try {
      const info = await transport.sendMail({ envelope: mail.envelope, raw: mail.bytes });
      return {
        outcome: 'sent',
        response: String(info.response).slice(0, 500),
        rejected: [...(info.rejected ?? [])].map(String),
      };
    } finally {
      transport.close();
    }
  } catch (error) {
    return outcomeOfFailure(error, watch.written(), settings);
  }
}

/** Opens the way out of a mailbox. Connects at the first delivery, so it never throws. */
export function openTransport(settings: TransportSettings, log: Log): Transport {
  if (settings.kind === 'folder') return openOutbox(settings.path);
  const { smtp } = settings;
  const smtpLog = log.child({ host: smtp.host });
  return {
    async deliver(mail) {
      const outcome = await send(smtp, mail);
      if (outcome.outcome === 'not_sent') smtpLog.warn('smtp_not_sent', { error: outcome.error });
      else smtpLog.info('smtp_delivery', { outcome: outcome.outcome });
      return outcome;
    },
  };
}

/**
 * Tries the settings: connects, encrypts and logs in; sends nothing.
 *
 * @throws ReplywrightError `smtp_credentials`, `smtp_certificate`, `smtp_unreachable`.
 */
export async function checkSmtp(settings: SmtpSettings): Promise<void> {
  try {
    const transport = nodemailer.createTransport({
      // No mail is at stake, and a person waits for the result.
      ...(await connectOptions(settings, settings.timeoutSeconds)),
      logger: false,
    });
    try {
      await transport.verify();
    } finally {
      transport.close();
    }
  } catch (error) {
    throw asSmtpError(error, settings) satisfies ReplywrightError;
  }
}
