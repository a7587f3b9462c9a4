/** Verifies a DKIM signature by RFC 6376 alone, with nothing of what made it. */

import { createHash, createVerify } from 'node:crypto';

/** RFC 6376, section 3.4.2. */
function relaxedHeader(field: string): string {
  const colon = field.indexOf(':');
  const value = field
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim();
  return `${field.slice(0, colon).trim().toLowerCase()}:${value}`;
}

/** RFC 6376, section 3.4.4. */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  const kept = lines.join('\r\n').replace(/(?:\r\n)+$/, '');
  return kept === '' ? '' : `${kept}\r\n`;
}

export interface DkimResult {
  tags: Record<string, string>;
  /** Names of the signed fields, in lower case. */
  fields: string[];
  bodyMatches: boolean;
  signatureMatches: boolean;
}

/** Checks the first DKIM-Signature of a mail with the public half of a key, as PEM. */
export function verifyDkim(mail: Buffer, publicKey: string): DkimResult {
  const [head = '', ...rest] = mail.toString('latin1').split('\r\n\r\n');
  const fields = head.split(/\r\n(?![ \t])/);
  const signature = fields.find((field) => /^dkim-signature:/i.test(field)) ?? '';
  const list = signature.slice(signature.indexOf(':') + 1).replace(/\s+/g, '');
  const tags = Object.fromEntries(
    list.split(';').map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]),
  );
  const names = (tags.h ?? '').toLowerCase().split(':');
  const unused = fields.filter((field) => field !== signature);
  const signedFields = names.map((name) => {
    // RFC 6376, section 5.4.2: from the bottom upwards.
    const at = unused.findLastIndex((field) => field.toLowerCase().startsWith(`${name}:`));
    return at < 0 ? '' : `${relaxedHeader(unused.splice(at, 1)[0] ?? '')}\r\n`;
  });
  const unsigned = relaxedHeader(signature.replace(/([;\s])b=[^;]*$/, '$1b='));
  const verify = createVerify('RSA-SHA256');
  verify.update(`${signedFields.join('')}${unsigned}`, 'latin1');
  const body = createHash('sha256').update(relaxedBody(rest.join('\r\n\r\n')), 'latin1');
  return {
    tags,
    fields: names,
    bodyMatches: body.digest('base64') === tags.bh,
    signatureMatches: verify.verify(publicKey, tags.b ?? '', 'base64'),
  };
}
