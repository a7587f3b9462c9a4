/** What went wrong with an IMAP server, as one of the catalogue's errors. */

import type { ImapFlowError } from 'imapflow';
import { ReplywrightError } from '../domain/errors.ts';
import { certificateProblem, codesOf, networkProblem } from './tls-trust.ts';
import type { ImapSettings } from './watched.ts';

/** Texts of servers that refuse a login for reasons that have nothing to do with the password. */
const forNow =
  /too many|limit|later|temporar|maximum|simultaneous|connections|unavailable|try again|throttl|in use|busy/i;

/**
 * imapflow sets `authenticationFailed` for every failed login, so only the response code of
 * RFC 5530, section 3, is proof; without any code, the text decides.
 */
function isBadPassword(error: ImapFlowError): boolean {
  if (error.authenticationFailed !== true) return false;
  const code = error.serverResponseCode?.toUpperCase();
  if (code !== undefined && code !== '' && code !== 'ALERT')
    return ['AUTHENTICATIONFAILED', 'AUTHORIZATIONFAILED', 'EXPIRED'].includes(code);
  return !forNow.test(serverText(error));
}

/** What the server gave as reason when it ended the connection; OpenSSL names its own likewise. */
function byeReason(error: ImapFlowError): string | undefined {
  return 'library' in error ? undefined : error.reason;
}

/** What the server said, on one line and short. */
function serverText(error: ImapFlowError): string {
  const response = typeof error.response === 'string' ? error.response : '';
  const text = error.responseText ?? byeReason(error) ?? response;
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}

const refusals = new Set([
  'UNAVAILABLE',
  'LIMIT',
  'INUSE',
  'OVERQUOTA',
  'SERVERBUG',
  'CONTACTADMIN',
  'ALERT',
  'NOPERM',
  'PRIVACYREQUIRED',
]);

/** Any error as one from the catalogue; those that are already pass through. */
export function asImapError(error: unknown, settings: ImapSettings): ReplywrightError {
  if (error instanceof ReplywrightError) return error;
  const { host, user: mailbox } = settings;
  const cause = { cause: error };
  const failed = (error instanceof Error ? error : new Error(String(error))) as ImapFlowError;
  const certificate = certificateProblem(error);
  if (certificate !== null)
    return new ReplywrightError('imap_certificate', { host, detail: certificate }, cause);
  if (isBadPassword(failed))
    return new ReplywrightError('imap_credentials', { host, mailbox }, cause);
  const code = failed.serverResponseCode?.toUpperCase() ?? '';
  const answered = failed.responseStatus !== undefined || failed.authenticationFailed === true;
  if (answered || refusals.has(code) || codesOf(error).includes('ETHROTTLE') || byeReason(failed)) {
    const detail = serverText(failed) || code || 'it gives no reason';
    return new ReplywrightError('imap_refused', { host, detail }, cause);
  }
  const noStarttls = failed.tlsFailed === true && codesOf(error).length === 0;
  const detail = noStarttls ? 'it does not offer STARTTLS' : networkProblem(error);
  return new ReplywrightError('imap_unreachable', { host, detail }, cause);
}
