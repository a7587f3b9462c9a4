/** What a failed SMTP dialogue means for the mail: refused, certainly not sent, or uncertain. */

import type { NodemailerError } from 'nodemailer';
import { ReplywrightError } from '../domain/errors.ts';
import type { DeliveryOutcome } from './outgoing.ts';
import { certificateProblem, networkProblem } from './tls-trust.ts';

interface Server {
  host: string;
}

/** RFC 4954, section 6: what a server answers to a wrong, missing or outdated login. */
const loginCodes = new Set([530, 534, 535, 538]);

/** Commands of the session, before the mail itself is spoken of. */
function isSessionCommand(command: string): boolean {
  return /^(?:CONN|EHLO|HELO|LHLO|STARTTLS|AUTH|API)\b/i.test(command);
}

function serverText(error: NodemailerError): string {
  return (error.response ?? '').replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** The failure of a connection or login, from the catalogue. */
export function asSmtpError(error: unknown, { host }: Server): ReplywrightError {
  if (error instanceof ReplywrightError) return error;
  const failed = error as NodemailerError;
  const options = { cause: error };
  const certificate = certificateProblem(error);
  if (certificate !== null)
    return new ReplywrightError('smtp_certificate', { host, detail: certificate }, options);
  const code = failed.responseCode ?? 0;
  const login = failed.code === 'EAUTH' || failed.code === 'ENOAUTH';
  // 454 is "temporary authentication failure" and any 4yz passes by itself.
  if (loginCodes.has(code) || (login && (code === 0 || code >= 500)))
    return new ReplywrightError('smtp_credentials', { host }, options);
  const said = serverText(failed);
  const detail = said === '' ? networkProblem(error) : `it answers "${said}"`;
  return new ReplywrightError('smtp_unreachable', { host, detail }, options);
}

/**
 * True when a mail is refused for its size: RFC 5321's 552 and RFC 3463's X.2.3 and X.3.4, unless
 * what is full is the mailbox (X.2.2); or our own side saw that it exceeds what the server takes.
 */
function isTooLarge(code: number | null, said: string): boolean {
  if (/\b5\.(?:2\.3|3\.4)\b/.test(said)) return true;
  if (code === 552)
    return !/\b5\.2\.2\b|quota|mailbox.{0,20}full|over.?limit.{0,20}mailbox/i.test(said);
  return /\b(?:message|mail)(?: file)? (?:size )?(?:is )?(?:too (?:big|large)|larger than allowed|exceeds)/i.test(
    said,
  );
}

/** Found by our side before a byte was sent: trying again would find it again. */
function isUndeliverable(error: NodemailerError): boolean {
  return error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
}

/**
 * Sorts a failed send.
 *
 * A reply of 4yz or 5yz to the mail is a definite no (RFC 5321, section 4.2.1). Without one it
 * depends on whether the final dot was handed to the socket: if not, the server has no complete
 * mail and must not deliver it (section 4.1.1.4); if so, it may have accepted it and the answer
 * was lost (RFC 1047), and nobody can know.
 *
 * @param written the whole message, with its final dot, was handed to the socket.
 */
export function outcomeOfFailure(
  error: unknown,
  written: boolean,
  server: Server,
): DeliveryOutcome {
  const failed = error as NodemailerError;
  const code = failed.responseCode ?? null;
  const definite = code !== null && code >= 400 && code <= 599;
  const session = isSessionCommand(failed.command ?? 'CONN');
  // A reply to the greeting, STARTTLS or login is about us; one that comes after the final dot is
  // about the mail, whatever command nodemailer files it under.
  if (definite && (written || !session) && !loginCodes.has(code)) {
    // 503 tells of a session in the wrong state; the mail itself may pass on a new connection.
    const permanent = code >= 500 && code !== 503;
    const response = serverText(failed);
    const tooLarge = permanent && isTooLarge(code, response);
    return { outcome: 'refused', permanent, tooLarge, code, response };
  }
  if (!written && code === null && isUndeliverable(failed)) {
    const response = failed.message.slice(0, 300);
    const tooLarge = isTooLarge(null, response);
    return { outcome: 'refused', permanent: true, tooLarge, code: null, response };
  }
  if (!written || definite) return { outcome: 'not_sent', error: asSmtpError(error, server) };
  return {
    outcome: 'uncertain',
    detail: `The mail server ${server.host} had the whole mail, but its answer did not come (${networkProblem(error)}).`,
  };
}
