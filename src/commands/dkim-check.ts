/** The doctor's look at a DKIM key: what is odd about it, and whether the DNS publishes its half. */

import type { DkimConfig } from '../config/dkim.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { publishedKey } from '../mail/dkim-record.ts';
import type { Open } from './findings.ts';

const wrong = {
  missing: 'there is no such TXT record',
  other: 'the record there holds another key',
  revoked: 'the record there takes the key back (`p=` is empty)',
} as const;

/**
 * What the settings found odd about the key keeps no mail from going out, nor does a DNS that cannot
 * be asked from here.
 *
 * @throws ReplywrightError `dkim_not_published` when every receiver would find the signature wrong.
 */
export async function checkDkim(dkim: DkimConfig, seconds: number): Promise<string | Open> {
  const { selector, domain, remarks } = dkim;
  const record = `${selector}._domainkey.${domain}`;
  const published = await publishedKey(dkim, seconds);
  const further = [...remarks];
  switch (published.state) {
    case 'missing':
    case 'other':
    case 'revoked': {
      const detail = wrong[published.state];
      throw new ReplywrightError('dkim_not_published', { record, domain, detail });
    }
    case 'unknown':
      further.push(`The DNS could not be asked from here (${published.detail}).`);
      break;
    case 'same':
      if (published.testing)
        further.push(
          'The record says that the key is only tested (`t=y`): some receivers ignore it.',
        );
      break;
  }
  if (further.length > 0) return { open: `${record}. ${further.join(' ')}` };
  return `${record}, as the DNS publishes it`;
}
