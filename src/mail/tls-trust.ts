/** Whom we trust on the wire: TLS options for IMAP and SMTP, and what counts as a bad certificate. */

import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';

/** `tls`: from the first byte; `starttls`: required before the password; `none`: only in tests. */
export type Security = 'tls' | 'starttls' | 'none';

/**
 * TLS options that trust the system's authorities and, if given, those in `caFile` (PEM).
 *
 * @throws ReplywrightError `ca_file_unusable` when the file cannot be read or holds no certificate.
 */
export async function tlsOptions(
  caFile: string | null,
): Promise<{ minVersion: 'TLSv1.2'; ca?: string[] }> {
  // RFC 8997 ends TLS 1.0 and 1.1 for mail.
  if (caFile === null) return { minVersion: 'TLSv1.2' };
  const unusable = (detail: string, cause?: unknown) =>
    new ReplywrightError('ca_file_unusable', { file: caFile, detail }, { cause });
  const pem = await readFile(caFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unusable(fileTrouble(error), error);
  });
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw unusable('it holds no certificate');
  return { minVersion: 'TLSv1.2', ca: [...getCACertificates('default'), pem] };
}

/** OpenSSL's verification results as Node passes them on, and what they mean. */
const certificateProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it was revoked',
  CERT_REJECTED: 'it was rejected',
  CERT_UNTRUSTED: 'nobody we trust has signed it',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  CERT_CHAIN_TOO_LONG: 'its chain is too long',
  INVALID_CA: 'it was signed by what is no authority',
  INVALID_PURPOSE: 'it was not made for servers',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the server has signed it itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not one we trust',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known',
  HOSTNAME_MISMATCH: 'it is for another host name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
};

/** Every error in the chain, the outermost first; libraries wrap under different names. */
function chain(error: unknown): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  let next = error;
  while (next instanceof Error && found.length < 5) {
    const fields = next as unknown as Record<string, unknown>;
    found.push(fields);
    next = fields.cause ?? fields._err ?? null;
  }
  return found;
}

/** Every error code in the chain. */
export function codesOf(error: unknown): string[] {
  return chain(error)
    .flatMap((fields) => [fields.code, fields.originalCode])
    .filter((code): code is string => typeof code === 'string');
}

/** What is wrong with the server's certificate, or null when that is not what failed. */
export function certificateProblem(error: unknown): string | null {
  for (const fields of chain(error)) {
    const codes = [fields.code, fields.originalCode].filter((code) => typeof code === 'string');
    for (const code of codes) {
      const known = certificateProblems[code as string];
      if (known !== undefined) return known;
    }
    // Some wrappers keep only OpenSSL's sentence.
    if (
      /certificate (?:has expired|is not yet valid)|self[- ]signed certificate|altnames/i.test(
        String(fields.message),
      )
    )
      return 'it cannot be verified';
  }
  return null;
}

/** Why a server cannot be reached, as half a sentence, from the codes of Node and the libraries. */
export function networkProblem(error: unknown): string {
  const port = chain(error).find((fields) => typeof fields.port === 'number')?.port;
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: `nothing listens on ${port === undefined ? 'that port' : `port ${port}`}`,
    ENOTFOUND: 'there is no host of that name',
    EAI_AGAIN: 'the name service does not answer',
    EDNS: 'the name cannot be resolved',
    ETIMEDOUT: 'it does not answer in time',
    ETIMEOUT: 'it does not answer in time',
    CONNECT_TIMEOUT: 'it does not answer in time',
    GREETING_TIMEOUT: 'it accepts the connection but does not greet; is the port right?',
    UPGRADE_TIMEOUT: 'the encrypted connection does not come about in time',
    EHOSTUNREACH: 'there is no way to that host',
    ENETUNREACH: 'there is no network',
    ECONNRESET: 'it broke the connection',
    EPIPE: 'it broke the connection',
    NoConnection: 'the connection was lost',
    EConnectionClosed: 'the connection was lost',
    ECONNECTION: 'the connection was lost',
    ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on that port; is the port right?',
    ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS on that port; is the port right?',
    EPROTO: 'it does not speak TLS on that port; is the port right?',
  };
  const codes = codesOf(error);
  const known = codes.toReversed().flatMap((code) => words[code] ?? [])[0];
  return known ?? (codes.length > 0 ? codes.join(', ') : 'the connection failed');
}
