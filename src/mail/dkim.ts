/** DKIM: signs the finished bytes of a mail (RFC 6376), so that what is kept is what was signed. */

import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';
import { ReplywrightError } from '../domain/errors.ts';

/** Who signs, and with what. */
export interface DkimKey {
  domain: string;
  selector: string;
  /** RSA, PEM. */
  privateKey: string;
}

/**
 * What a reply says and to whom (RFC 6376, section 5.4.1). Not what servers on the way may add or
 * rewrite without harm.
 */
const signedFields = [
  ...['From', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'In-Reply-To', 'References'],
  ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding', 'Auto-Submitted'],
].join(':');

/**
 * Puts a signature before a mail: relaxed/relaxed, RSA with SHA-256, without a date, so that the
 * same mail is signed the same way.
 *
 * @param mail with CRLF line ends.
 * @throws ReplywrightError `dkim_failed` when the key does not sign.
 */
export async function signed(mail: Buffer, { domain, selector, privateKey }: DkimKey) {
  const signer = new DKIM({
    ...{ domainName: domain, keySelector: selector, privateKey },
    headerFieldNames: signedFields,
  });
  const bytes = await buffer(signer.sign(mail));
  // The library sends unsigned what it cannot sign; the settings have promised otherwise.
  if (bytes.toString('latin1', 0, 15) !== 'DKIM-Signature:')
    throw new ReplywrightError('dkim_failed', { domain });
  return bytes;
}
